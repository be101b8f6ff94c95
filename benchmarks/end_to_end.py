"""From web events to versions in MLflow: where does the time go, and does it grow linearly?"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter

from pyspark.sql import SparkSession

from benchmarks.harness import say, spark_session
from benchmarks.results import Result
from benchmarks.stores import CACHE
from sparkfl import FederatedClustering, FederatedClusteringModel
from sparkfl.datasets import fashion_stores
from sparkfl.features import FEATURES, customer_features
from sparkfl.federation.evaluation import training_report
from sparkfl.registry import ModelRegistry

__all__ = ["measure"]

MEMORY = "12g"
STORES = 10_000
EVENTS = (2_000_000, 20_000_000)
ROUNDS = (3, 1)

_EVENTS_A_CUSTOMER = 7.3


@dataclass
class Stages:
    """Seconds and rows of each stage, in order."""

    seconds: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Time a stage."""
        start = perf_counter()
        yield
        self.seconds[name] = perf_counter() - start


def measure(quick: bool) -> list[Result]:
    """Run both sizes in one session that has run before."""
    part = 20 if quick else 1
    small, large = (events // part for events in EVENTS)
    shops = STORES // part
    with spark_session(quick, MEMORY) as spark:
        directories = {events: _events(spark, shops, events) for events in (small, large)}
        say("end_to_end: warming up")
        _run(spark, directories[small])
        runs: dict[int, list[Stages]] = defaultdict(list)
        for events, rounds in zip((small, large), ROUNDS, strict=True):
            for _ in range(rounds):
                say(f"end_to_end: {events:,} events")
                runs[events].append(_run(spark, directories[events]))
    few, many = (median(sum(run.seconds.values()) for run in runs[n]) for n in (small, large))
    rows = {n: runs[n][0].rows["features"] for n in (small, large)}
    growth = rows[large] / rows[small]
    against = f"{few:.1f} s for {rows[small]:,}, times {growth:.2f}"
    whole = Result(
        f"end_to_end: {rows[large]:,} events of {shops:,} stores",
        many,
        "s",
        against,
        many / (growth * few),
        "<= 1.15",
    )
    return [whole, *(result for n in runs for result in _stages(rows[n], runs[n]))]


def _events(spark: SparkSession, shops: int, events: int) -> Path:
    """Return a directory with about so many events."""
    customers = max(round(events / shops / _EVENTS_A_CUSTOMER), 1)
    directory = CACHE / f"events-{shops}x{customers}"
    if not (directory / "_SUCCESS").exists():
        say(f"  generating about {events:,} events")
        fashion_stores(spark, shops, customers).write.mode("overwrite").parquet(str(directory))
    return directory


def _run(spark: SparkSession, directory: Path) -> Stages:
    """Go through all stages once; each leaves what the next one reads."""
    stage = Stages()
    events = spark.read.parquet(str(directory))
    count = events.count()
    with tempfile.TemporaryDirectory(dir=CACHE) as home:
        registry = ModelRegistry(f"sqlite:///{home}/mlflow.db")
        registry.models()
        with stage("features"):
            customers = customer_features(events, "2025-01-01", "2026-01-01")
            customers.write.parquet(f"{home}/features")
        features = spark.read.parquet(f"{home}/features")
        with stage("fit"):
            model = FederatedClustering(inputCols=list(FEATURES)).fit(features)
        with stage("evaluation"):
            kept = training_report(model, features)
        with stage("versions"):
            registry.register("shops", model, metrics=kept.metrics, tables=kept.tables)
        stage.rows = dict.fromkeys(stage.seconds, features.count()) | {"features": count}
    _split_fit(stage, model)
    return stage


def _split_fit(stage: Stages, model: FederatedClusteringModel) -> None:
    """Put the stages that the model's summary tells of in the place of `fit`."""
    seconds, rows = stage.seconds["fit"], stage.rows["fit"]
    parts = {part.name: (part.seconds, part.rows or rows) for part in model.summary.stages}
    parts["rest of fit"] = (seconds - sum(took for took, _ in parts.values()), rows)
    listed: dict[str, tuple[float, int]] = {}
    for name, took in stage.seconds.items():
        listed |= parts if name == "fit" else {name: (took, stage.rows[name])}
    stage.seconds = {name: took for name, (took, _) in listed.items()}
    stage.rows = {name: count for name, (_, count) in listed.items()}


def _stages(events: int, runs: list[Stages]) -> Iterator[Result]:
    """Tell each stage's seconds, share and pace."""
    took = {name: median(run.seconds[name] for run in runs) for name in runs[0].seconds}
    whole = sum(took.values())
    for name, seconds in took.items():
        rows = runs[0].rows[name]
        against = f"share of all; {rows:,} rows"
        share = seconds / whole
        of = f"end_to_end: {events:,} events, {name}"
        yield Result(of, seconds, "s", against, share)
        yield Result(f"{of}, pace", rows / max(seconds, 1e-9), "rows/s")
