"""Stages: descriptions, progress in logs, cancelling."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from sparkfl.errors import CancelledError
from sparkfl.execution import progress
from sparkfl.execution.meter import Tally
from sparkfl.execution.progress import stage


def slow(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Take a second a batch."""
    for batch in batches:
        time.sleep(1)
        yield batch


def test_jobs_of_a_stage_are_described_and_only_they(spark: SparkSession) -> None:
    context = spark.sparkContext
    context.setLocalProperty("spark.job.description", "mine")
    with stage(spark, "counting"):
        assert context.getLocalProperty("spark.job.description") == "sparkfl: counting"
    assert context.getLocalProperty("spark.job.description") == "mine"
    context.setLocalProperty("spark.job.description", None)


def test_progress_is_logged_while_it_goes(
    spark: SparkSession,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(progress, "_LOG_EVERY", 0.2)
    tally = Tally(spark)
    half, logged = "work: 2 of 4 stores, ", tmp_path / "logged"

    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            end = time.monotonic() + 30
            while batch["id"][0].as_py() >= 4 and not logged.exists() and time.monotonic() < end:
                time.sleep(0.05)
            tally.add(1, batch.num_rows)
            yield batch

    class Watch(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.getMessage().startswith(half):
                logged.touch()

    watch, log = Watch(), logging.getLogger("sparkfl")
    log.addHandler(watch)
    try:
        with caplog.at_level(logging.INFO, "sparkfl"), stage(spark, "work", 4, 8, tally) as current:
            spark.range(0, 8, 1, 4).mapInArrow(work, "id long").collect()
            current.detail = "all of them"
    finally:
        log.removeHandler(watch)
    assert logged.exists()
    assert (tally.stores, tally.rows) == (4, 8)
    assert current.rows_per_second == pytest.approx(8 / current.seconds)
    last = caplog.records[-1].getMessage()
    assert re.fullmatch(r"work: all of them \(\d+\.\d s, \d+ rows/s\)", last)


def test_a_cancelled_stage_says_so_without_a_java_trace(spark: SparkSession) -> None:
    tracker = spark.sparkContext.statusTracker()

    def cancel() -> None:
        while not tracker.getActiveJobsIds():
            time.sleep(0.05)
        spark.sparkContext.cancelAllJobs()

    thread = threading.Thread(target=cancel)
    thread.start()
    with (
        pytest.raises(CancelledError, match=r"^training: cancelled") as raised,
        stage(spark, "training"),
    ):
        spark.range(0, 100, 1, 50).mapInArrow(slow, "id long").toArrow()
    thread.join()
    assert "java" not in str(raised.value)
    assert raised.value.__cause__ is None
