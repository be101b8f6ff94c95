"""What is running, how far it is, and what it took."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from sparkfl.errors import CancelledError
from sparkfl.execution.context import spark_context

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["Stage", "Tally", "stage"]

logger = logging.getLogger(__name__)

_POLL = 0.5
_LOG_EVERY = 10.0


@dataclass
class Stage:
    """A stage of long work, under way or done.

    Parameters
    ----------
    name : str
        What it does.
    rows : int
        Rows that it reads.
    seconds : float
        Wall time, once it is done.
    detail : str
        What it came to, for its line in the log.

    Examples
    --------
    >>> str(Stage("features", rows=800, seconds=2.0, detail="40 customers"))
    'features: 40 customers (2.0 s, 400 rows/s)'
    """

    name: str
    rows: int = 0
    seconds: float = 0.0
    detail: str = ""

    @property
    def rows_per_second(self) -> float:
        """Rows over seconds, 0 before it is done."""
        return self.rows / self.seconds if self.seconds else 0.0

    def __str__(self) -> str:
        rate = f", {self.rows_per_second:,.0f} rows/s" if self.rows else ""
        detail = f": {self.detail}" if self.detail else ""
        return f"{self.name}{detail} ({self.seconds:.1f} s{rate})"


class Tally:
    """Stores and rows that workers have done, as the driver learns when a task ends.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession, optional
        Session of the workers. Without one, or on Spark Connect, only what the driver itself
        adds is counted.

    Examples
    --------
    >>> tally = Tally()
    >>> tally.add(stores=1, rows=40)
    >>> tally.stores, tally.rows
    (1, 40)
    """

    def __init__(self, spark: SparkSession | None = None) -> None:
        context = spark_context(spark)
        self._counts = [context.accumulator(0) if context else _Count() for _ in range(2)]

    @property
    def stores(self) -> int:
        """Stores done."""
        return int(self._counts[0].value)

    @property
    def rows(self) -> int:
        """Rows done."""
        return int(self._counts[1].value)

    def add(self, stores: int, rows: int) -> None:
        """Count what was done, in a worker."""
        self._counts[0].add(stores)
        self._counts[1].add(rows)


class _Count:
    """Stands in for an accumulator."""

    value = 0

    def add(self, term: int) -> None:
        self.value += term


@contextmanager
def stage(
    spark: SparkSession, name: str, stores: int = 0, rows: int = 0, tally: Tally | None = None
) -> Iterator[Stage]:
    """Describe the Spark jobs of a stage, show how far it is, and log what it took.

    In a terminal or a notebook a bar shows the stores done and rows per second; elsewhere a line
    is logged every ten seconds.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Session of the jobs; they are described as ``sparkfl: <name>`` in Spark's UI.
    name : str
        What the stage does.
    stores, rows : int, default 0
        How many there are, 0 if unknown.
    tally : Tally, optional
        What counts those that are done.

    Raises
    ------
    CancelledError
        If the jobs are cancelled from elsewhere.

    Yields
    ------
    Stage
        The stage; `rows` and `detail` may be set before it ends, `seconds` is there after.

    Examples
    --------
    >>> with stage(spark, "counting", rows=5) as counting:
    ...     spark.range(5).count()
    5
    >>> counting.seconds > 0
    True
    """
    current = Stage(name, rows)
    started = perf_counter()
    with _described(spark, f"sparkfl: {name}"), _watched(current, stores, tally):
        try:
            yield current
        except Exception as error:
            # Spark raises no error of its own for it, only one with the trace of its JVM.
            if "SPARK_JOB_CANCELLED" in str(error):
                raise CancelledError(
                    f"{name}: cancelled. Start it again; with checkpointDir a training goes on "
                    "where it stopped."
                ) from None
            raise
    current.seconds = perf_counter() - started
    logger.info("%s", current)


@contextmanager
def _described(spark: SparkSession, description: str) -> Iterator[None]:
    """Describe the jobs of this thread."""
    context = spark_context(spark)
    if context is None:
        yield
        return
    before = context.getLocalProperty("spark.job.description")
    context.setLocalProperty("spark.job.description", description)
    try:
        yield
    finally:
        # None takes it back; pyspark's annotation does not know.
        context.setLocalProperty("spark.job.description", before)  # type: ignore[arg-type]


@contextmanager
def _watched(current: Stage, stores: int, tally: Tally | None) -> Iterator[None]:
    """Show the tally from a thread of its own."""
    if tally is None or not stores:
        yield
        return
    done = threading.Event()
    show = _bar if _interactive() else _log
    watcher = threading.Thread(target=show, args=(current, stores, tally, done), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _interactive() -> bool:
    """Whether somebody looks at a terminal or a notebook, and wants to be told."""
    notebook = "ipykernel" in sys.modules or "dbruntime" in sys.modules
    return logger.isEnabledFor(logging.INFO) and (notebook or sys.stderr.isatty())


def _bar(current: Stage, stores: int, tally: Tally, done: threading.Event) -> None:
    """Draw a bar."""
    from tqdm.auto import tqdm

    with tqdm(total=stores, desc=current.name, unit="store", leave=False) as bar:
        started = perf_counter()
        while not done.wait(_POLL):
            rate = tally.rows / (perf_counter() - started)
            bar.set_postfix_str(f"{rate:,.0f} rows/s", refresh=False)
            bar.update(tally.stores - bar.n)


def _log(current: Stage, stores: int, tally: Tally, done: threading.Event) -> None:
    """Log a line from time to time."""
    started = perf_counter()
    while not done.wait(_LOG_EVERY):
        logger.info(
            "%s: %s of %s stores, %s rows/s",
            current.name,
            f"{tally.stores:,}",
            f"{stores:,}",
            f"{tally.rows / (perf_counter() - started):,.0f}",
        )
