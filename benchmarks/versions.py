"""What do ten thousand local models cost as one version: to register, to load, to load one of?"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.harness import alternately, say, spark_session
from benchmarks.results import Result
from benchmarks.stores import FEATURES, stores
from sparkfl import FederatedClustering
from sparkfl.federation.data import FederationData
from sparkfl.registry import ModelRegistry

__all__ = ["measure"]

NAME = "shops"


def measure(quick: bool) -> list[Result]:
    """Register and load a federation, in a database that is there already."""
    n = 500 if quick else 10_000
    with spark_session(quick) as spark, tempfile.TemporaryDirectory() as home:
        df = spark.read.parquet(str(stores([(n, 100)])))
        say(f"versions: fitting {n:,} stores")
        model = FederatedClustering(inputCols=list(FEATURES), k=3).fit(df)
        registry = ModelRegistry(f"sqlite:///{home}/mlflow.db")
        registry.register(NAME, model)
        store = sorted(model.data.local_models)[n // 2]
        numbers = itertools.count()
        took = alternately(
            {
                "register": lambda: registry.register(f"{NAME}_{next(numbers)}", model),
                "load": lambda: registry.load(NAME, spark=spark).data.local_models[store],
                "load one": lambda: registry.load_local(NAME, store),
            },
            rounds=3,
        )
        path = registry.path(NAME)
        every = _read(lambda: FederationData.read(path))
        one = _read(lambda: FederationData.read_local(path, store))
    against = f"{every:,} bytes for all (/proc/self/io), share"
    all_of = f"versions: {n:,} local models"
    return [
        Result(f"{all_of} registered", took["register"], "s", target="<= 5"),
        Result(f"{all_of} loaded", took["load"], "s", target="<= 5"),
        Result("versions: one store's model loaded", took["load one"] * 1000, "ms"),
        Result("versions: read for one store", one, "bytes", against, one / every, "<= 0.5"),
    ]


def _read(work: Callable[[], object]) -> int:
    """Bytes that this process reads from files meanwhile."""
    before = _bytes_read()
    work()
    return _bytes_read() - before


def _bytes_read() -> int:
    """Bytes read by this process so far, cached or not."""
    return int(Path("/proc/self/io").read_text().split()[1])
