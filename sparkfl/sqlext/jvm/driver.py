"""The driver's side of a classic session: its SparkContext."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pyspark.errors import PySparkAttributeError

from sparkfl.execution import driver

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.accumulators import Accumulator
    from pyspark.sql import SparkSession

__all__ = ["ClassicDriver", "serve_driver"]

_DESCRIPTION = "spark.job.description"


class ClassicDriver:
    """What a SparkContext offers.

    Parameters
    ----------
    context : SparkContext
        A running context.

    Examples
    --------
    >>> ClassicDriver(spark.sparkContext).parallelism
    2
    """

    def __init__(self, context: SparkContext) -> None:
        self._context = context

    @property
    def parallelism(self) -> int:
        """Tasks that run at once."""
        return self._context.defaultParallelism

    def counter(self) -> Accumulator[int]:
        """Return an accumulator, at 0."""
        return self._context.accumulator(0)

    @contextmanager
    def described(self, description: str) -> Iterator[None]:
        """Describe the jobs of this thread."""
        context = self._context
        before = context.getLocalProperty(_DESCRIPTION)
        context.setLocalProperty(_DESCRIPTION, description)
        try:
            yield
        finally:
            # None takes it back; pyspark's annotation does not know.
            context.setLocalProperty(_DESCRIPTION, before)  # type: ignore[arg-type]


def serve_driver() -> None:
    """Let stages and layouts find the SparkContext of a session that has one."""
    driver.serve(_of_session)


def _of_session(spark: SparkSession) -> ClassicDriver | None:
    """Return the context of a session; None for a client of Spark Connect, which has none."""
    try:
        return ClassicDriver(spark.sparkContext)
    except PySparkAttributeError:
        return None
