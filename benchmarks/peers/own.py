"""sparkfl's part of the comparison: a cold process, or the second training of a session."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from benchmarks.harness import alternately, spark_session
from benchmarks.local_training import training
from benchmarks.processes import ProcessTree
from benchmarks.stores import FEATURES
from sparkfl.global_.aggregate import aggregate
from sparkfl.statistics.summary import ClusterSummary

__all__ = ["warm"]

GLOBAL_K = 8


def warm(directory: Path, quick: bool) -> float:
    """CPU seconds of a training in a session that has trained before."""

    def cpu(work: Callable[[], object]) -> float:
        with ProcessTree() as tree:
            work()
        return tree.cpu

    with spark_session(quick) as spark:
        work = {"sparkfl": lambda: _train(spark, str(directory))}
        return alternately(work, rounds=3, clock=cpu)["sparkfl"]


def _train(spark: SparkSession, directory: str) -> None:
    """Train all stores and the global model."""
    df = spark.read.parquet(directory)
    found = training().fit_stores(df, F.col("store_id"), [F.col(name) for name in FEATURES])
    releases = ClusterSummary.concatenate([r.summary for _, r in found if r.summary])
    clusters = aggregate(releases, GLOBAL_K, 0, True, "kmeans")
    print(f"sparkfl: {len(found)} stores, {len(clusters)} global clusters", file=sys.stderr)


if __name__ == "__main__":
    with spark_session(quick="--quick" in sys.argv) as session:
        _train(session, sys.argv[1])
