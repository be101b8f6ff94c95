"""The inverse hyperbolic sine of z-scores in SQL, and the moments that stores tell of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyspark.sql import functions as F

from sparkfl.execution.feature_moments import feature_moments
from sparkfl.execution.numbers import INLINE, Numbers, mapped, number_sql
from sparkfl.local.stores import matrix
from sparkfl.privacy.moments import release_moments
from sparkfl.statistics.moments import Moments
from sparkfl.statistics.scaling import LARGEST_Z, Scaling

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

__all__ = ["asinh_moments", "asinh_sql", "has_extension", "scaled_sql"]

_TOLD = "n array<bigint>, mean array<double>, ss array<double>"


def scaled_sql(features: str, scaling: Numbers, d: int) -> str:
    """Write the array of features scaled linearly, by d means and then d factors.

    Examples
    --------
    >>> scaled_sql("x", Numbers(np.array([1.0, 0.5])), 1)
    'array((get(x, 0) - (1.0D)) * (0.5D))'
    """
    mean, factor = scaling.part(0, d), scaling.part(d, d)
    return mapped(d, lambda i: f"(get({features}, {i}) - {mean.at(i)}) * {factor.at(i)}")


def asinh_sql(z: str, d: int) -> str:
    """Write the array of asinh of an array of z-scores; Spark's own loses what is far below 0.

    Examples
    --------
    >>> text = asinh_sql("array(0.0D, -1e9D, double('infinity'))", 3)
    >>> [round(x, 2) for x in spark.sql(f"SELECT {text}").first()[0]]
    [0.0, -21.42, 230.95]
    """

    def one(value: str) -> str:
        size = f"least(abs({value}), {number_sql(LARGEST_Z)})"
        return f"signum({value}) * ln({size} + sqrt({size} * {size} + 1.0D))"

    if d <= INLINE:
        return mapped(d, lambda i: one(f"get({z}, {i})"))
    # Not by places: what makes the array stands in the plan once.
    return f"transform({z}, z -> {one('z')})"


def asinh_moments(
    rows: DataFrame, features: int, standard: Scaling, min_cluster_size: int
) -> Moments | None:
    """Pool what stores tell of asinh(z), in one job: the second pass of a robust scaling.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
        Rows of all stores: `store` and `features`, an array of finite doubles, NULL in a row that
        is not valid.
    features : int
        Length of the arrays.
    standard : Scaling
        The z-scores.
    min_cluster_size : int
        Smallest number of rows that a store may tell anything of.

    Returns
    -------
    Moments or None
        Of all stores together; None if no store may tell anything.

    Examples
    --------
    >>> rows = spark.range(40).selectExpr("id % 2 AS store", "array(double(id)) AS features")
    >>> standard = Scaling(np.array([19.5]), np.array([11.7]))
    >>> asinh_moments(rows, 1, standard, min_cluster_size=10).n.tolist()
    [[40]]
    """
    hash_ = F.xxhash64("features")
    counted = {
        "rows": F.count(F.lit(1)),
        "equal": F.min(hash_) == F.max(hash_),
        **feature_moments(_asinh(rows.sparkSession, standard, features), features),
    }
    named = rows.where(F.col("features").isNotNull() & F.col("store").isNotNull())
    stores = named.groupBy("store").agg(*(c.alias(name) for name, c in counted.items()))

    def gate(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            rows, equal = (batch[c].to_numpy(zero_copy_only=False) for c in ("rows", "equal"))
            mean, variance = (matrix([batch[c]], features).T for c in ("mean", "variance"))
            n = np.broadcast_to(rows[:, None], mean.shape)
            told = release_moments(
                Moments(n, mean, variance * (n - 1)), equal[:, None], min_cluster_size
            )
            may = (told.n > 0).all(axis=1)
            kept = {"n": told.n[may], "mean": told.mean[may], "ss": told.ss[may]}
            yield pa.RecordBatch.from_pydict({c: pa.array(list(v)) for c, v in kept.items()})

    told = stores.drop("store").mapInArrow(gate, _TOLD).toArrow()
    if not len(told):
        return None
    n, mean, ss = (np.array(told[name].to_pylist()) for name in ("n", "mean", "ss"))
    return Moments(n, mean, ss).total()


def has_extension(spark: SparkSession) -> bool:
    """Tell whether the session has the functions of sparkfl's SQL extension."""
    return spark.catalog.functionExists("sparkfl_scaled")


def _asinh(spark: SparkSession, standard: Scaling, d: int) -> Column:
    """Column of asinh of the z-scores of the column `features`."""
    numbers = [standard.mean, standard.factor]
    if has_extension(spark):
        again = Scaling.identity(d)
        given = Numbers(np.concatenate([*numbers, again.mean, again.factor]))
        return F.call_function("sparkfl_scaled", F.expr(given.sql), F.col("features"))
    return F.expr(asinh_sql(scaled_sql("features", Numbers(np.concatenate(numbers)), d), d))
