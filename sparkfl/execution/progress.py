"""What is running, how far it is, and what it took."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from time import perf_counter
from typing import TYPE_CHECKING

from sparkfl.errors import CancelledError
from sparkfl.execution.driver import driver
from sparkfl.execution.meter import Meter, Tally, meter

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["Stage", "stage"]

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


@contextmanager
def stage(
    spark: SparkSession, name: str, stores: int = 0, rows: int = 0, tally: Tally | None = None
) -> Iterator[Stage]:
    """Describe the Spark jobs of a stage, show how far it is, and log what it took.

    In a terminal or a notebook a bar shows the stores done and rows per second; elsewhere a line
    is logged every ten seconds. On Spark Connect it is Spark's tasks that are shown.

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
    with _described(spark, f"sparkfl: {name}"), _watched(spark, current, stores, tally):
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


def _described(spark: SparkSession, description: str) -> AbstractContextManager[None]:
    """Describe the jobs of this thread."""
    own = driver(spark)
    return own.described(description) if own else nullcontext()


@contextmanager
def _watched(
    spark: SparkSession, current: Stage, stores: int, tally: Tally | None
) -> Iterator[None]:
    """Show how far it is from a thread of its own."""
    if tally is None or not stores:
        yield
        return
    done = threading.Event()
    show = _bar if _interactive() else _log
    with meter(spark, stores, tally) as measured:
        arguments = (current, measured, done)
        watcher = threading.Thread(target=show, args=arguments, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()


def _interactive() -> bool:
    """Whether somebody looks at a terminal or a notebook, wants to be told, and has tqdm."""
    ipython = sys.modules.get("IPython")
    notebook = hasattr(ipython and ipython.get_ipython(), "kernel") or "dbruntime" in sys.modules
    seen = logger.isEnabledFor(logging.INFO) and (notebook or sys.stderr.isatty())
    return seen and find_spec("tqdm") is not None


def _bar(current: Stage, measured: Meter, done: threading.Event) -> None:
    """Draw a bar."""
    # Where a notebook has no widgets tqdm.auto draws a bar of text, too, after a warning.
    tqdm = import_module("tqdm.auto" if find_spec("ipywidgets") else "tqdm").tqdm
    with tqdm(total=measured.total, desc=current.name, unit=measured.unit, leave=False) as bar:
        started = perf_counter()
        while not done.wait(_POLL):
            if measured.rows:
                rate = measured.rows / (perf_counter() - started)
                bar.set_postfix_str(f"{rate:,.0f} rows/s", refresh=False)
            bar.total = measured.total
            bar.update(measured.done - bar.n)


def _log(current: Stage, measured: Meter, done: threading.Event) -> None:
    """Log a line from time to time."""
    started = perf_counter()
    while not done.wait(_LOG_EVERY):
        rate = measured.rows / (perf_counter() - started)
        logger.info(
            "%s: %s of %s %ss%s",
            current.name,
            f"{measured.done:,}",
            f"{measured.total:,}",
            measured.unit,
            f", {rate:,.0f} rows/s" if measured.rows else "",
        )
