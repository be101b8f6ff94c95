"""Asking Spark what may fail: pyspark's log keeps quiet of errors that are caught."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pyspark.logger import PySparkLogger

__all__ = ["attempt"]

_LOGGERS = ("SQLQueryContextLogger", "DataFrameQueryContextLogger")
_attempting: ContextVar[bool] = ContextVar("attempting", default=False)


@contextmanager
def attempt() -> Iterator[None]:
    """Log no error of Spark's analysis that is raised inside, in this thread.

    pyspark writes every such error to standard error when it is made, before anybody could catch
    it. An error that leaves the caller of this is the caller's to tell.

    Examples
    --------
    >>> from pyspark.errors import AnalysisException
    >>> with attempt():
    ...     try:
    ...         spark.sql("SELECT nothing")
    ...     except AnalysisException:
    ...         print("no such column")
    no such column
    """
    for name in _LOGGERS:
        # Once: a logger has no filter twice.
        PySparkLogger.getLogger(name).addFilter(_wanted)
    token = _attempting.set(True)
    try:
        yield
    finally:
        _attempting.reset(token)


def _wanted(_record: logging.LogRecord) -> bool:
    """Tell whether something is to be logged."""
    return not _attempting.get()
