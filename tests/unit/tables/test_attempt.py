"""Errors of tries of our own are in no log; those of others are."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from threading import Thread

import pytest
from pyspark.logger import PySparkLogger

from sparkfl.tables.attempt import attempt


class Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(record.getMessage())


@pytest.fixture(params=["SQLQueryContextLogger", "DataFrameQueryContextLogger"])
def logged(request: pytest.FixtureRequest) -> Iterator[tuple[logging.Logger, list[str]]]:
    logger, kept = PySparkLogger.getLogger(request.param), Kept()
    logger.addHandler(kept)
    yield logger, kept.told
    logger.removeHandler(kept)


def test_only_what_is_tried_in_this_thread_is_quiet(logged) -> None:
    logger, told = logged
    with attempt():
        logger.error("ours")
        with attempt():
            logger.error("ours, too")
        logger.error("and this")
        other = Thread(target=logger.error, args=("another thread's",))
        other.start()
        other.join()
    logger.error("a user's")
    with pytest.raises(ValueError, match="left"), attempt():
        raise ValueError("left")
    logger.error("after an error")
    assert told == ["another thread's", "a user's", "after an error"]
