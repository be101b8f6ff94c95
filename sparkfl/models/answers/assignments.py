"""Which cluster of a graph a node belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.sql import functions as F

from sparkfl.columns import arrow_frame

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["assigner", "assignment_sizes"]


def assigner(tables: Mapping[str, pa.Table]) -> Callable[[pa.Array], pa.Array]:
    """Return the function of the clusters of nodes; NULL if the graph did not have one."""
    found = tables["assignments"]
    clusters = dict(zip(found["id"].to_pylist(), found["cluster"].to_pylist(), strict=True))

    def look_up(ids: pa.Array) -> pa.Array:
        return pa.array([clusters.get(id_) for id_ in ids.to_pylist()], pa.int32())

    return look_up


def assignment_sizes(model: Any, spark: SparkSession) -> DataFrame:
    """Return a row a cluster, with how many nodes it has, and their share."""
    nodes = arrow_frame(spark, model.tables["assignments"], "id string, cluster int")
    total = float(len(model.tables["assignments"]))
    sizes = nodes.groupBy("cluster").agg(F.count("id").alias("n"))
    share = (F.col("n") / F.lit(total)).alias("share")
    spread = F.lit(None).cast("double").alias("spread")
    return sizes.select(F.col("cluster").alias("centroid_id"), "n", share, spread)
