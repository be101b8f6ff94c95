"""Keep a query's rows while they are read several times."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["cached"]

logger = logging.getLogger(__name__)

_SERVERLESS = "NOT_SUPPORTED_WITH_SERVERLESS"
"""What Databricks' serverless compute answers to `persist`."""


@contextmanager
def cached(df: DataFrame, unless: DataFrame | None = None) -> Iterator[DataFrame]:
    """Evaluate a query once, though it is read several times.

    Spark keeps one copy of equal queries: rows that are kept already, by ``CACHE TABLE`` or
    `DataFrame.cache`, are somebody else's, and stay when this is over. A query of rows that are
    kept, given as `unless`, is not kept itself. Where nothing can be kept the log says so.

    Examples
    --------
    >>> df = spark.range(3).cache()
    >>> with cached(df) as rows:
    ...     rows.count()
    3
    >>> df.storageLevel.useMemory
    True
    """
    rows = _persisted(df, unless)
    if rows is None:
        yield df
        return
    try:
        yield rows
    finally:
        rows.unpersist()


def _persisted(df: DataFrame, unless: DataFrame | None) -> DataFrame | None:
    """Keep a query's rows; None if somebody does already, or the compute cannot."""
    try:
        level = (unless or df).storageLevel
        return None if level.useMemory or level.useDisk else df.persist()
    except Exception as error:
        if _SERVERLESS not in str(error):
            raise
        logger.warning(
            "This compute keeps no rows (%s): the query is evaluated each time it is read. Put one "
            "that is dear, or that rand() or LIMIT decides, into a table first.",
            _SERVERLESS,
        )
        return None
