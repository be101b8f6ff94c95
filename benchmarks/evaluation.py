"""How near is the evaluation of all stores, local and global silhouettes, to the floor?"""

from __future__ import annotations

from benchmarks.floor import FLOOR, floor
from benchmarks.harness import alternately, say, spark_session
from benchmarks.results import Result
from benchmarks.stores import FEATURES, stores
from sparkfl import FederatedClustering
from sparkfl.federation.evaluation import evaluate

__all__ = ["measure"]


def measure(quick: bool) -> list[Result]:
    """Evaluate a model on the rows it was trained on."""
    n = 50 if quick else 1_000
    name = f"evaluation: {n:,} stores x 1,000"
    say(name)
    with spark_session(quick) as spark:
        df = spark.read.parquet(str(stores([(n, 1_000)])))
        model = FederatedClustering(inputCols=list(FEATURES), k=3).fit(df)
        took = alternately(
            {"sparkfl": lambda: evaluate(model, df).collect(), "floor": lambda: floor(df)}
        )
    ratio = took["sparkfl"] / took["floor"]
    return [Result(name, took["sparkfl"], "s", FLOOR, ratio, "<= 2")]
