"""Sessions with other settings than the one of these tests: session.configure_spark."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import configured_session
import pytest
from spark_programs import run

BAD_TYPE_AND_UNBOUND = [["SPARKFL_INVALID_PARAMETER", True], ["UNBOUND_SQL_PARAMETER", False]]


def _answers(case: str, home: Path) -> list[object]:
    result = run([sys.executable, configured_session.__file__, case], home)
    assert result.returncode == 0, result.stderr[-4000:]
    return list(json.loads(result.stdout.splitlines()[-1]))


def test_without_delta(tmp_path: Path) -> None:
    answers = _answers("without_delta", tmp_path)
    assert answers == [3, 4, 5, BAD_TYPE_AND_UNBOUND, "model_name", False]


@pytest.mark.parametrize("case", ["delta_first", "delta_last"])
def test_both_orders_with_delta(case: str, tmp_path: Path) -> None:
    assert _answers(case, tmp_path) == [3, 4, 5, BAD_TYPE_AND_UNBOUND]


def test_a_running_session_without_the_extension(tmp_path: Path) -> None:
    (message,) = _answers("not_configured", tmp_path)
    assert "runs without sparkfl" in str(message)
    assert f"spark.sql.extensions={configured_session.OURS}" in str(message)
