"""How far long work is: in stores, as workers count them, or in tasks, as a server tells."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, cast

from sparkfl.execution.driver import driver
from sparkfl.remote import is_connect

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from pyspark.sql.connect.shell.progress import ProgressHandler

__all__ = ["Meter", "Tally", "TaskMeter", "meter"]


class Meter(Protocol):
    """What a progress bar shows."""

    unit: str

    @property
    def total(self) -> int:
        """How many there are, as far as is known now."""

    @property
    def done(self) -> int:
        """How many are done."""

    @property
    def rows(self) -> int:
        """Rows done; 0 where nobody counts them."""


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
        own = driver(spark)
        self._counts = [own.counter() if own else _Count() for _ in range(2)]

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


class _StoreMeter:
    """Measures by a tally."""

    unit = "store"

    def __init__(self, total: int, tally: Tally) -> None:
        self.total = total
        self._tally = tally

    @property
    def done(self) -> int:
        """Stores done."""
        return self._tally.stores

    @property
    def rows(self) -> int:
        """Rows done."""
        return self._tally.rows


class TaskMeter:
    """Measures by what a Spark Connect server tells while it works: its progress handler.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> meter = TaskMeter()
    >>> meter(stages=[SimpleNamespace(num_tasks=8, num_completed_tasks=3)], operation_id="a")
    >>> f"{meter.done} of {meter.total} {meter.unit}s"
    '3 of 8 tasks'
    """

    unit = "task"
    rows = 0

    def __init__(self) -> None:
        self._operations: dict[str | None, tuple[int, int]] = {}

    def __call__(self, stages: Any, operation_id: str | None, **_: object) -> None:
        """Take what the server tells of an operation; it tells of all of its stages each time."""
        stages = list(stages or [])
        if stages:
            self._operations[operation_id] = (
                sum(stage.num_completed_tasks for stage in stages),
                sum(stage.num_tasks for stage in stages),
            )

    @property
    def done(self) -> int:
        """Tasks done."""
        return sum(done for done, _ in list(self._operations.values()))

    @property
    def total(self) -> int:
        """Tasks of the stages that Spark has planned so far."""
        return sum(total for _, total in list(self._operations.values()))


@contextmanager
def meter(spark: SparkSession, stores: int, tally: Tally) -> Iterator[Meter]:
    """Measure the jobs that run while the block lasts, by the best that the session offers.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Session of the jobs.
    stores : int
        How many stores there are.
    tally : Tally
        Counts those that are done, where workers can tell the driver.
    """
    if not is_connect(spark):
        yield _StoreMeter(stores, tally)
        return
    tasks = TaskMeter()
    handler = cast("ProgressHandler", tasks)
    spark.registerProgressHandler(handler)
    try:
        yield tasks
    finally:
        spark.removeProgressHandler(handler)
