"""How near is local training to the floor, and how far from a loop over MLlib?"""

from __future__ import annotations

from collections.abc import Sequence
from multiprocessing.pool import ThreadPool
from pathlib import Path

import numpy as np
import pyarrow.dataset as ds
from pyspark.ml import PipelineModel
from pyspark.ml.clustering import BisectingKMeans
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks.floor import FLOOR, floor
from benchmarks.harness import alternately, say, seconds, spark_session
from benchmarks.results import Result
from benchmarks.stores import FEATURES, stores
from sparkfl.execution.training import LocalResult, LocalTraining
from sparkfl.metrics.silhouette import silhouettes
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.nearest import nearest
from sparkfl.statistics.scaling import Scaling

__all__ = ["measure", "train", "training"]

SHAPES = {(10, 100_000): "", (100, 10_000): "", (1_000, 1_000): "<= 2", (10_000, 100): "<= 2"}
"""Stores, and rows of each: a million rows however they are cut, with the bound if there is one."""

K = 3


def training(algorithm: str = "bisecting_kmeans", **options: int) -> LocalTraining:
    """Return the training that is measured: features as they are."""
    scaling = Scaling.identity(len(FEATURES))
    return LocalTraining(algorithm, k=K, seed=0, rules=Rules(10), scaling=scaling, **options)


def train(df: DataFrame, **options: int) -> list[tuple[object, LocalResult]]:
    """Train all stores; every one must come out well."""
    features = [F.col(name) for name in FEATURES]
    results = training(**options).fit_stores(df, F.col("store_id"), features)
    wrong = [(store, result.verdict) for store, result in results if result.verdict != "ok"]
    if wrong:
        raise AssertionError(f"{len(wrong)} of {len(results)} stores failed, first {wrong[0]}")
    return results


def measure(quick: bool) -> list[Result]:
    """Train a million rows cut into few and many stores."""
    results = []
    with spark_session(quick) as spark:
        for (n, rows), target in SHAPES.items():
            n, rows = (n // 10, rows // 2) if quick else (n, rows)
            df = spark.read.parquet(str(stores([(n, rows)])))
            name = f"local_training: {n:,} stores x {rows:,}"
            say(name)
            took = alternately({"sparkfl": lambda: train(df), "floor": lambda: floor(df)})  # noqa: B023
            ratio = took["sparkfl"] / took["floor"]
            results.append(Result(name, took["sparkfl"], "s", FLOOR, ratio, target))
            if (n, rows) == ((100, 500) if quick else (1_000, 1_000)):
                results.append(_loop(df, n, rows, took["sparkfl"], 4 if quick else 10))
        results += _quality(spark, *((4, 1_000) if quick else (20, 1_000)))
    return results


def _loop(df: DataFrame, n: int, rows: int, own: float, tried: int) -> Result:
    """Fit some stores by MLlib, four at a time, each from a query of its own."""

    def fit(store: int) -> None:
        _mllib(df.where(F.col("store_id") == f"store_{store:05}"))

    say("  MLlib loop")
    with ThreadPool(4) as pool:
        pool.map(fit, range(4))
        took = seconds(lambda: pool.map(fit, range(tried), chunksize=1)) * n / tried
    against = f"MLlib's BisectingKMeans in a loop of 4 threads, from {tried} stores to {n:,}"
    name = f"local_training: {n:,} stores x {rows:,}, MLlib's loop"
    return Result(name, took, "s", f"{against}, over sparkfl", took / own, ">= 150")


def _mllib(df: DataFrame) -> PipelineModel:
    """Fit one store by MLlib."""
    assembler = VectorAssembler(inputCols=list(FEATURES), outputCol="features")
    model = BisectingKMeans(k=K, seed=0).fit(assembler.transform(df))
    return PipelineModel([assembler, model])


def _quality(spark: SparkSession, n: int, rows: int) -> list[Result]:
    """Compare mean silhouettes, all by the same formula on the same rows."""
    say("local_training: silhouettes")
    directory = stores([(n, rows)])
    matrices = [_rows(directory, store) for store in range(n)]
    mllib = np.mean([_silhouette_of_mllib(spark, matrix) for matrix in matrices])
    results = [Result("local_training: mean silhouette, MLlib", float(mllib), "")]
    for algorithm in ("bisecting_kmeans", "kmeans"):
        own = np.mean([_silhouette(matrix, algorithm) for matrix in matrices])
        name = f"local_training: mean silhouette, {algorithm}"
        against = f"MLlib's BisectingKMeans on the same {n} stores, difference"
        results.append(Result(name, float(own), "", against, float(own - mllib), ">= -0.01"))
    return results


def _rows(directory: Path, store: int) -> np.ndarray:
    """Features of one store."""
    own = ds.field("store_id") == f"store_{store:05}"
    table = ds.dataset(directory).to_table(columns=list(FEATURES), filter=own)
    return np.column_stack([column.to_numpy() for column in table.columns])


def _silhouette(matrix: np.ndarray, algorithm: str) -> float:
    """Judge the clusters that a store releases."""
    summary = training(algorithm).fit(matrix).summary
    assert summary is not None
    return _score(matrix, nearest(matrix, summary.mean)[0])


def _silhouette_of_mllib(spark: SparkSession, matrix: np.ndarray) -> float:
    """Judge the clusters that MLlib finds."""
    df = spark.createDataFrame(matrix, list(FEATURES)).coalesce(1)
    predicted = _mllib(df).transform(df).toPandas()
    return _score(predicted[list(FEATURES)].to_numpy(), predicted["prediction"].to_numpy())


def _score(matrix: np.ndarray, labels: Sequence[int] | np.ndarray) -> float:
    """Mean silhouette, 0 where only one cluster was found."""
    score = silhouettes(matrix.T, np.asarray(labels, dtype=float), np.array([len(matrix)]))
    return float(np.nan_to_num(score[0]))
