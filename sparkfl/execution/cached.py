"""Keep a query's rows while they are read several times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["cached"]


@contextmanager
def cached(df: DataFrame, unless: DataFrame | None = None) -> Iterator[DataFrame]:
    """Evaluate a query once, though it is read several times.

    Spark keeps one copy of equal queries: rows that are kept already, by ``CACHE TABLE`` or
    `DataFrame.cache`, are somebody else's, and stay when this is over. A query of rows that are
    kept, given as `unless`, is not kept itself.

    Examples
    --------
    >>> df = spark.range(3).cache()
    >>> with cached(df) as rows:
    ...     rows.count()
    3
    >>> df.storageLevel.useMemory
    True
    """
    level = (unless or df).storageLevel
    if level.useMemory or level.useDisk:
        yield df
        return
    rows = df.persist()
    try:
        yield rows
    finally:
        rows.unpersist()
