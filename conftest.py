"""One Spark session for the whole test run, doctests included."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

os.environ["PYSPARK_PYTHON"] = sys.executable
os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Thousands of small plans, each run once or twice, do not repay the optimizing compiler."""


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """Local session with Delta and the sparkfl extension, stopped at the end."""
    from pyspark.sql import SparkSession

    from sparkfl import configure_spark

    home: Path = tmp_path_factory.mktemp("spark")
    builder = (
        SparkSession.builder.master("local[2]")
        .appName("sparkfl-tests")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.memory", "2g")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.default.parallelism", "2")
        .config("spark.databricks.delta.snapshotPartitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.warehouse.dir", str(home / "warehouse"))
        .config("spark.driver.extraJavaOptions", f"{QUICK_START} -Dderby.system.home={home}")
        .config("spark.ui.showConsoleProgress", "false")
    )
    session = configure_spark(builder).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(autouse=True)
def _doctest_spark(request: pytest.FixtureRequest, doctest_namespace: dict[str, object]) -> None:
    """Give doctests `spark`; unit tests never start it."""
    if request.node.__class__.__name__ == "DoctestItem" and re.search(
        r"\bspark\b", request.node.dtest.docstring
    ):
        doctest_namespace["spark"] = request.getfixturevalue("spark")
