"""The Python API from a client of Spark Connect that has no JVM, and the same in this process."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from connect_client import client_environment, client_python
from connect_servers import extended_server, stock_server
from journey import Frames, journey
from mlflow_server import mlflow_server
from pyspark.sql import SparkSession
from statements import statements

pytestmark = pytest.mark.connect

SERVERS = {"stock": stock_server, "extended": extended_server}


@pytest.fixture(scope="module")
def tracking_uri(
    tmp_path_factory: pytest.TempPathFactory, mlflow_database: Callable[[Path], str]
) -> Iterator[str]:
    home = tmp_path_factory.mktemp("mlflow") / "home"
    with mlflow_server(home, mlflow_database) as address:
        yield address


@pytest.fixture(scope="module")
def compiled(spark: SparkSession) -> None:
    """Have Spark compile, as the servers do: three hundred thousand rows repay it."""
    spark.conf.set("spark.sql.codegen.wholeStage", "true")
    spark.conf.set("spark.sql.codegen.factoryMode", "FALLBACK")


@pytest.fixture(scope="module")
def classic(
    compiled: None, spark: SparkSession, tracking_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> Frames:
    """What the journey finds in a session with a JVM of its own, and the extension's statements."""
    home = tmp_path_factory.mktemp("classic")
    return journey(spark, tracking_uri, home) | statements(spark, tracking_uri, home.name)


@pytest.fixture(scope="module", params=SERVERS)
def client(
    request: pytest.FixtureRequest, tracking_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """Send a client on the journey; which server it had, and where it left what it found."""
    home = tmp_path_factory.mktemp(request.param)
    with ExitStack() as stack:
        url = stack.enter_context(SERVERS[request.param](home / "server"))
        words = [str(client_python()), "-m", "journey", url, tracking_uri, str(home)]
        env = client_environment(home)
        done = subprocess.run(words, cwd=home, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-4000:]
    return request.param, home


def how(home: Path) -> dict[str, Any]:
    return dict(json.loads((home / "how.json").read_text()))


def test_a_client_finds_what_a_classic_session_finds(
    client: tuple[str, Path], classic: Frames
) -> None:
    server, home = client
    without_delta = {"changed"} if server == "stock" else set()
    assert {path.stem for path in home.glob("*.parquet")} == classic.keys() - without_delta
    for name in classic.keys() - without_delta:
        same(pd.read_parquet(home / f"{name}.parquet"), classic[name], name)


def same(found: pd.DataFrame, expected: pd.DataFrame, name: str) -> None:
    """Compare to 1e-9, and text letter by letter."""
    assert list(found.columns) == list(expected.columns), name
    assert len(found) == len(expected) > 0, name
    for column in expected.columns:
        one, other = ([_plain(v) for v in frame[column]] for frame in (found, expected))
        if any(isinstance(value, float | np.ndarray) for value in other):
            pairs = [(a, b) for a, b in zip(one, other, strict=True) if b is not None]
            assert [a is None for a in one] == [b is None for b in other], (name, column)
            for a, b in pairs:
                np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9, err_msg=f"{name}.{column}")
        else:
            assert one == other, (name, column)


def _plain(value: Any) -> Any:
    """Make arrays of lists, and None of what is missing."""
    if isinstance(value, list | np.ndarray):
        return np.asarray(value, dtype=float)
    return None if pd.isna(value) else value


def test_there_was_no_jvm_and_the_workers_had_the_client_s_code(client: tuple[str, Path]) -> None:
    _, home = client
    told = how(home)
    assert (told["java"], told["py4j"]) == (None, False)
    assert [path for path in told["workers"] if not re.search(r"sparkfl-\w+\.zip/", path)] == []


def test_progress_is_told_in_tasks(client: tuple[str, Path]) -> None:
    _, home = client
    log = (home / "journey.log").read_text()
    assert re.search(r"local training and release: \d+ of [1-9]\d* tasks", log), log[-2000:]


def test_mistakes_are_told_without_a_trace(client: tuple[str, Path]) -> None:
    _, home = client
    said = how(home)["mistakes"]
    for told, words in zip(
        said,
        [
            "/nowhere/at-all.csv is not there",
            "no_such_table cannot be read",
            "Missing column 'absent'",
            "builder.remote('sc://…'), or run pip install 'sparkfl[spark]'",
            "Install sqlalchemy",
        ],
        strict=True,
    ):
        assert words in told
        assert "Traceback" not in told
        assert "java." not in told
