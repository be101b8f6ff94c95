"""Is a store of fifty million customers trained without a worker that holds it, and how well?"""

from __future__ import annotations

import numpy as np
import pyarrow.dataset as ds
from pyspark.sql import SparkSession

from benchmarks.harness import fresh, say, seconds, spark_session
from benchmarks.local_training import train
from benchmarks.processes import ProcessTree
from benchmarks.results import Result
from benchmarks.stores import FEATURES, stores
from sparkfl import FederatedClustering
from sparkfl.metrics.silhouette import silhouettes
from sparkfl.statistics.nearest import nearest

__all__ = ["measure"]

MEMORY = "12g"
SUMMARISED = 2**16
"""Values of a store above which it is summarised: forces the large path."""


def measure(quick: bool) -> list[Result]:
    """Fit the federation of the giant, then one store both ways."""
    giant = 2_500_000 if quick else 50_000_000
    took, peak = fresh(_fit, quick, giant)
    name = f"giant_store: a store of {giant:,} beside 9 of 1,000"
    held = giant * len(FEATURES) * 8
    against = f"the store's features as doubles, {held / 2**20:,.0f} MiB, share"
    worker = "giant_store: peak of the largest worker"
    results = [
        Result(name, took, "s", f"{giant / took:,.0f} rows/s, from a cold session"),
        Result(worker, peak / 2**20, "MiB", against, peak / held, "<= 1"),
    ]
    with spark_session(quick) as spark:
        return [*results, _quality(spark, 20_000 if quick else 200_000)]


def _fit(quick: bool, giant: int) -> tuple[float, int]:
    """Return seconds and the peak resident bytes of the largest Python worker."""
    directory = str(stores([(1, giant), (9, 1_000)]))
    say("giant_store: fit")
    with spark_session(quick, MEMORY) as spark:
        df = spark.read.parquet(directory)
        estimator = FederatedClustering(inputCols=list(FEATURES), k=3)
        with ProcessTree() as tree:
            took = seconds(lambda: estimator.fit(df))
        say(f"  {took:.1f} s, {tree.peak_worker_rss / 2**20:.0f} MiB")
    return took, tree.peak_worker_rss


def _quality(spark: SparkSession, rows: int) -> Result:
    """Compare silhouettes of the same store held in memory and summarised."""
    say("giant_store: silhouettes")
    directory = stores([(1, rows)])
    table = ds.dataset(directory).to_table(columns=list(FEATURES))
    matrix = np.column_stack([column.to_numpy() for column in table.columns])
    df = spark.read.parquet(str(directory))
    scores = []
    for options in ({}, {"max_values": SUMMARISED}):
        ((_, result),) = train(df, **options)
        assert result.summary is not None
        labels = nearest(matrix, result.summary.mean)[0].astype(float)
        scores.append(float(silhouettes(matrix.T, labels, np.array([len(matrix)]))[0]))
    held, summarised = scores
    name = f"giant_store: silhouette of a summarised store of {rows:,}"
    against = f"held in memory: {held:.4f}, absolute difference"
    return Result(name, summarised, "", against, abs(summarised - held), "<= 0.01")
