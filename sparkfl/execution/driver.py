"""What only a driver with a JVM of its own can do; a client of Spark Connect has none."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["Counter", "Driver", "driver", "serve"]


class Counter(Protocol):
    """Counts what workers do, as the driver learns when a task ends."""

    @property
    def value(self) -> int:
        """What was counted so far."""

    def add(self, term: int) -> None:
        """Count, in a worker."""


class Driver(Protocol):
    """The driver's own side of a session."""

    @property
    def parallelism(self) -> int:
        """Tasks that run at once."""

    def counter(self) -> Counter:
        """Return a new counter, at 0."""

    def described(self, description: str) -> AbstractContextManager[None]:
        """Describe the jobs of this thread in Spark's UI, as long as the block lasts."""


Finder = Callable[["SparkSession"], Driver | None]
"""Finds the driver's side of a session; None for a session of Spark Connect."""

_finders: list[Finder] = []


def serve(finder: Finder) -> None:
    """Say how the driver's side of a session is found; only what knows the JVM can."""
    _finders[:] = [finder]


def driver(spark: SparkSession | None) -> Driver | None:
    """Return the driver's side of a session; None for a session of Spark Connect.

    Examples
    --------
    >>> driver(None) is None
    True
    """
    return _finders[0](spark) if _finders and spark else None
