"""How things are measured: warm sessions, alternating runs, medians, and processes of their own."""

from __future__ import annotations

import multiprocessing
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version
from statistics import median
from typing import TypeVar

from pyspark.sql import SparkSession

from sparkfl import configure_spark

__all__ = ["CORES", "alternately", "fresh", "machine", "say", "seconds", "spark_session"]

T = TypeVar("T")

CORES = 2
"""Cores of every session: the figures are ratios, and hold for two."""


def say(text: str) -> None:
    """Tell how far a measurement is."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


@contextmanager
def spark_session(quick: bool, memory: str = "6g") -> Iterator[SparkSession]:
    """Start Spark with its defaults, UI and console aside."""
    with tempfile.TemporaryDirectory(prefix="sparkfl-spark-") as home:
        conf = {
            "spark.driver.memory": "2g" if quick else memory,
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.log.level": "ERROR",
            "spark.local.dir": home,
            "spark.sql.warehouse.dir": f"{home}/warehouse",
        }
        builder = SparkSession.builder.master(f"local[{CORES}]").config(map=conf)
        spark = configure_spark(builder, delta=False).getOrCreate()
        try:
            yield spark
        finally:
            spark.stop()


def seconds(work: Callable[[], object]) -> float:
    """Time one run by the wall clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def alternately(
    works: Mapping[str, Callable[[], object]],
    rounds: int = 5,
    clock: Callable[[Callable[[], object]], float] = seconds,
) -> dict[str, float]:
    """Run each once to warm up, then in turns; return the median of each."""
    for name, work in works.items():
        say(f"  {name}: {clock(work):.2f} s, to warm up")
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(clock(work))
    for name, measured in times.items():
        say(f"  {name}: {', '.join(f'{t:.2f}' for t in measured)} s")
    return {name: median(measured) for name, measured in times.items()}


def fresh(function: Callable[..., T], *args: object) -> T:
    """Call a function of a module in a process of its own, where no session runs yet."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        return executor.submit(function, *args).result()


def machine() -> str:
    """Say what the figures were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    libraries = ("pyspark", "numpy", "pyarrow", "scikit-learn", "mlflow")
    versions = ", ".join(f"{name} {version(name)}" for name in libraries)
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB"
    return f"{system}; local[{CORES}]; Python {platform.python_version()}, {versions}"
