"""Mean and variance of every element of an array column, and the gate they pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.ml.stat import Summarizer
from pyspark.sql import functions as F

from sparkfl.local.stores import matrix
from sparkfl.privacy.moments import release_moments
from sparkfl.statistics.moments import Moments

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import Column

__all__ = ["feature_moments", "told_moments"]

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


def told_moments(batch: pa.RecordBatch, d: int, min_cluster_size: int) -> Moments:
    """Read what was counted of stores, a row each, through the gate; in a worker.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
        `rows`, whether all of them are `equal`, and the `mean` and `variance` of `feature_moments`.
    d : int
        Number of features.
    min_cluster_size : int
        Smallest number of rows that a store may tell anything of.
    """
    rows, equal = (batch[c].to_numpy(zero_copy_only=False) for c in ("rows", "equal"))
    mean, variance = (matrix([batch[c]], d).T for c in ("mean", "variance"))
    n = np.broadcast_to(rows[:, None], mean.shape)
    return release_moments(Moments(n, mean, variance * (n - 1)), equal[:, None], min_cluster_size)
