"""Mean and variance of every element of an array column, as aggregates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.ml.stat import Summarizer
from pyspark.sql import functions as F

if TYPE_CHECKING:
    from pyspark.sql import Column

__all__ = ["feature_moments"]

_COMPILED = 16
"""So many features are aggregated one by one, which Spark compiles; more of them at once."""


def feature_moments(features: Column, d: int) -> dict[str, Column]:
    """Mean and sample variance of d features, an array of doubles each.

    Parameters
    ----------
    features : pyspark.sql.Column
        Arrays of d doubles.
    d : int
        Number of features.

    Examples
    --------
    >>> rows = spark.range(4).select(F.array(F.col("id").cast("double")).alias("x"))
    >>> rows.agg(*feature_moments(rows.x, 1).values()).first()[:]
    ([1.5], [1.6666666666666667])
    """
    if d <= _COMPILED:
        x = [F.get(features, F.lit(i)) for i in range(d)]
        return {
            "mean": F.array(*map(F.avg, x)),
            # That of one row is 0, as `Summarizer` has it.
            "variance": F.array(*(F.coalesce(F.var_samp(v), F.lit(0.0)) for v in x)),
        }
    summary = Summarizer.metrics("mean", "variance").summary(array_to_vector(features))
    return {name: vector_to_array(summary[name]) for name in ("mean", "variance")}
