"""Sessions with other settings than the one of these tests: session.configure_spark."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import configured_session
import pytest
from spark_programs import run

BAD_TYPE_AND_UNBOUND = [["SPARKFL_INVALID_PARAMETER", True], ["UNBOUND_SQL_PARAMETER", False]]


@pytest.fixture(scope="module")
def ask(
    tmp_path_factory: pytest.TempPathFactory, mlflow_database: Callable[[Path], str]
) -> Callable[..., list[list[object]]]:
    """Give a function that asks the sessions of one process."""

    def answers(*cases: str) -> list[list[object]]:
        home = tmp_path_factory.mktemp("sessions")
        mlflow_database(home)
        result = run([sys.executable, configured_session.__file__, *cases], home)
        assert result.returncode == 0, result.stderr[-4000:]
        return list(json.loads(result.stdout.splitlines()[-1]))

    return answers


def test_both_orders_with_delta(ask: Callable[..., list[list[object]]]) -> None:
    first, last = ask("delta_first", "delta_last")
    assert first == last == [3, 4, 5, BAD_TYPE_AND_UNBOUND]


def test_without_delta_and_without_the_extension(ask: Callable[..., list[list[object]]]) -> None:
    answers, (message,) = ask("without_delta", "not_configured")
    assert answers == [3, 4, 5, BAD_TYPE_AND_UNBOUND, "model_name", False]
    assert "runs without sparkfl" in str(message)
    assert "in a new Python process" in str(message)
    assert f"spark.sql.extensions={configured_session.OURS}" in str(message)
