"""What does one store of a million rows cost beside 999 small ones, in time and in memory?"""

from __future__ import annotations

from benchmarks.floor import FLOOR, floor
from benchmarks.harness import alternately, fresh, say, spark_session
from benchmarks.local_training import train
from benchmarks.processes import ProcessTree
from benchmarks.results import Result
from benchmarks.stores import Sizes, stores

__all__ = ["measure"]

TINY = [(10, 100)]


def measure(quick: bool) -> list[Result]:
    """Train the skewed stores in turns with their floor; look at the workers of fresh sessions."""
    big = 50_000 if quick else 1_000_000
    sizes = [(1, big), (49 if quick else 999, 500)]
    name = f"skew: a store of {big:,} beside {sizes[1][0]} of 500"
    say(name)
    with spark_session(quick) as spark:
        df = spark.read.parquet(str(stores(sizes)))
        took = alternately({"sparkfl": lambda: train(df), "floor": lambda: floor(df)})
    ratio = took["sparkfl"] / took["floor"]
    say("  peak memory of the workers")
    idle, busy = (fresh(_peak_worker_rss, quick, some) for some in (TINY, sizes))
    against = "the peak of a worker that trained ten stores of 100; 4 features"
    per_row = (busy - idle) / big
    return [
        Result(name, took["sparkfl"], "s", FLOOR, ratio, "<= 2.5"),
        Result("skew: worker memory", per_row, "bytes a row", against, target="<= 100"),
        Result("skew: peak of the largest worker", busy / 2**20, "MiB", f"{idle / 2**20:.0f} MiB"),
    ]


def _peak_worker_rss(quick: bool, sizes: Sizes) -> int:
    """Train in a session that has not trained yet."""
    directory = str(stores(sizes))
    with spark_session(quick) as spark, ProcessTree(interval=0.02) as tree:
        train(spark.read.parquet(directory))
    return tree.peak_worker_rss
