"""How many of the known anomalies are found, where the truth is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from sparkfl.columns import Found, check_taken, is_number, resolve_all
from sparkfl.errors import ParameterError, SchemaError

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["detection"]

_OUTPUTS = ("flagged", "known", "hits", "precision", "recall")


def detection(
    scored: DataFrame, truth: DataFrame, on: Sequence[str] = ("store_id", "customer_id")
) -> DataFrame:
    """Compare flagged customers with known anomalies, store by store.

    Parameters
    ----------
    scored : pyspark.sql.DataFrame
        Rows of `FederatedClusteringModel.transform`, with `is_anomaly` and the columns `on`.
    truth : pyspark.sql.DataFrame
        The known anomalies, one row each, with the columns `on`; for example of
        `sparkfl.datasets.fashion_stores_anomalies`.
    on : sequence of str, default ('store_id', 'customer_id')
        Columns that name a customer; the first is the store.

    Returns
    -------
    pyspark.sql.DataFrame
        A plan, one row a store: the store column, `flagged`, `known` and `hits` (bigint), and
        `precision` (hits over flagged) and `recall` (hits over known), NULL where there is nothing
        to divide by.

    Raises
    ------
    ParameterError
        If `on` is empty.
    SchemaError
        If a column is missing, of another type in the truth, or the store is named like an output.

    Examples
    --------
    >>> scored = spark.sql("VALUES ('a', 1, true), ('a', 2, true), ('a', 3, false)").toDF(
    ...     "store_id", "customer_id", "is_anomaly"
    ... )
    >>> truth = spark.sql("VALUES ('a', 2), ('a', 3)").toDF("store_id", "customer_id")
    >>> detection(scored, truth).show()
    +--------+-------+-----+----+---------+------+
    |store_id|flagged|known|hits|precision|recall|
    +--------+-------+-----+----+---------+------+
    |       a|      2|    2|   1|      0.5|   0.5|
    +--------+-------+-----+----+---------+------+
    """
    if not on or isinstance(on, str):
        raise ParameterError(f"on is {on!r}; give the names of the store column and others.")
    *keys, flag = resolve_all(scored, [*on, "is_anomaly"], "The frame of scored rows")
    truths = resolve_all(truth, on, "The truth")
    _check(keys, truths)
    key = [f"key{i}" for i in range(len(keys))]
    flags = scored.select(*_named(keys, key), flag.column.alias("flagged"))
    known = truth.select(*_named(truths, key)).distinct().withColumn("known", F.lit(True))
    flagged, is_known = F.col("flagged"), F.col("known").isNotNull()
    counts = (
        flags.join(known, key, "full")
        .groupBy(F.col(key[0]).alias(keys[0].name))
        .agg(
            F.count_if(flagged).alias("flagged"),
            F.count_if(is_known).alias("known"),
            F.count_if(flagged & is_known).alias("hits"),
        )
    )
    return counts.select(
        "*",
        F.try_divide("hits", "flagged").alias("precision"),
        F.try_divide("hits", "known").alias("recall"),
    )


def _named(columns: Sequence[Found], names: Sequence[str]) -> list[Column]:
    """Columns under other names."""
    return [found.column.alias(name) for found, name in zip(columns, names, strict=True)]


def _check(keys: Sequence[Found], truths: Sequence[Found]) -> None:
    """Refuse a store named like an output, and keys that cannot be compared."""
    check_taken([keys[0].name], _OUTPUTS)
    for key, other in zip(keys, truths, strict=True):
        if key.type != other.type and not (is_number(key.type) and is_number(other.type)):
            raise SchemaError(
                f"Column {key.name!r} is {key.type.simpleString()} in the scored rows and "
                f"{other.type.simpleString()} in the truth; cast one of them."
            )
