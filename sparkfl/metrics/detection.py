"""How many of the known anomalies are found, where the truth is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from sparkfl.errors import SchemaError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["detection"]


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
    SchemaError
        If a column is missing.

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
    _require(scored, [*on, "is_anomaly"], "scored rows")
    _require(truth, on, "truth")
    known = truth.select(*on).distinct().withColumn("known", F.lit(True))
    rows = scored.select(*on, "is_anomaly").join(known, list(on), "full")
    flagged, is_known = F.col("is_anomaly"), F.col("known").isNotNull()
    counts = rows.groupBy(on[0]).agg(
        F.count_if(flagged).alias("flagged"),
        F.count_if(is_known).alias("known"),
        F.count_if(flagged & is_known).alias("hits"),
    )
    return counts.withColumns(
        {
            "precision": F.try_divide("hits", "flagged"),
            "recall": F.try_divide("hits", "known"),
        }
    )


def _require(df: DataFrame, columns: Sequence[str], what: str) -> None:
    """Require columns by name."""
    missing = [c for c in columns if c not in df.columns]
    if missing:
        raise SchemaError(
            f"The {what} lack {', '.join(missing)}; they have {', '.join(df.columns)}."
        )
