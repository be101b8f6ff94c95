"""The session of a job, and what it lets be seen."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.sql import SparkSession

from sparkfl.execution.pandas_warning import PANDAS_WARNING
from sparkfl.session import configure_spark, present_conf

__all__ = ["log_to_stderr", "session"]

_SHOWN = ("sparkfl.execution.progress", "sparkfl.job")
_LEVEL = "spark.log.level"


@contextmanager
def session(delta: bool) -> Iterator[SparkSession]:
    """Yield the active session, or one of our own that ends with the job.

    A session of our own logs nothing unless ``spark.log.level`` is set: what fails is raised, and
    the job says it in a line.

    Parameters
    ----------
    delta : bool
        Whether a session of our own gets Delta.

    Examples
    --------
    >>> with session(delta=True) as active:
    ...     active is spark
    True
    """
    active = SparkSession.getActiveSession()
    if active is not None:
        yield active
        return
    builder = configure_spark(SparkSession.builder.appName("sparkfl"), delta=delta)
    if "SPARK_REMOTE" not in os.environ and _LEVEL not in present_conf():
        builder = builder.config(_LEVEL, "OFF")
    spark = builder.getOrCreate()
    try:
        yield spark
    finally:
        spark.stop()


@contextmanager
def log_to_stderr() -> Iterator[None]:
    """Show the stages of the job and how far they are, and all warnings but one of Spark's."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s  %(message)s", "%H:%M:%S"))
    handler.addFilter(lambda r: r.levelno >= logging.WARNING or r.name.startswith(_SHOWN))
    logger = logging.getLogger("sparkfl")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", PANDAS_WARNING, FutureWarning)
            yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
