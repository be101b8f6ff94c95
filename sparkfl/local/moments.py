"""Each store's count, mean and sum of squares of the raw features, for the federated scaling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

import numpy as np
from pyspark.sql import functions as F

from sparkfl.local.summary import ClusterSummary

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["pooled_moments"]


def pooled_moments(
    df: DataFrame, store: Column, features: Sequence[Column], k: int, min_cluster_size: int
) -> ClusterSummary | None:
    """Pool the moments of every store that may release anything.

    The gate's screen, in Spark: a store with too few rows, a value that is not finite, or all
    rows equal contributes nothing, since its sums could be its customer.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Rows of all stores.
    store : pyspark.sql.Column
        Store of each row.
    features : sequence of pyspark.sql.Column
        Features as doubles, NULL if not finite.
    k, min_cluster_size : int
        As in `sparkfl.local.release.screen`.

    Returns
    -------
    ClusterSummary or None
        One cluster of all rows of those stores, merged in the order of the stores; None if there
        is no such store.

    Examples
    --------
    >>> rows = spark.createDataFrame(
    ...     [(s, float(x)) for s in "ab" for x in range(6)], "s string, x double"
    ... )
    >>> pooled_moments(rows, rows.s, [rows.x], k=2, min_cluster_size=5).n.tolist()
    [12]
    """
    named = [f"f{i}" for i in range(len(features))]
    rows = df.where(store.isNotNull()).select(
        store.alias("store"), *(f.alias(n) for f, n in zip(features, named, strict=True))
    )
    complete = [F.count(n) == F.count(F.lit(1)) for n in named]
    varies = ~reduce(and_, [F.min(n) == F.max(n) for n in named])
    moments = (
        rows.groupBy("store")
        .agg(
            F.count(F.lit(1)).alias("n"),
            F.array(*(F.avg(n) for n in named)).alias("mean"),
            F.array(*(F.var_pop(n) for n in named)).alias("variance"),
            (reduce(and_, complete) & varies).alias("releasable"),
        )
        .where((F.col("n") > k) & (F.col("n") >= min_cluster_size) & F.col("releasable"))
        .select("store", "n", "mean", "variance")
        .collect()
    )
    stores = [
        ClusterSummary(
            np.array([row["n"]]), np.array([row["mean"]]), np.array([row["variance"]]) * row["n"]
        )
        for row in sorted(moments, key=lambda row: row["store"])
        if all(map(math.isfinite, row["variance"]))
    ]
    return ClusterSummary.concatenate(stores).total() if stores else None
