"""Rows that cannot be kept are read as they are."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from sparkfl.execution.cached import cached


def frame(condition: str) -> Any:
    """Stand in for a query on a compute that answers `persist` with an error."""

    def persist() -> None:
        raise RuntimeError(f"[{condition}] PERSIST TABLE is not supported")

    level = SimpleNamespace(useMemory=False, useDisk=False)
    return SimpleNamespace(storageLevel=level, persist=persist)


def test_serverless_compute_reads_the_query_itself(caplog: pytest.LogCaptureFixture) -> None:
    rows = frame("NOT_SUPPORTED_WITH_SERVERLESS")
    with caplog.at_level(logging.WARNING), cached(rows) as kept:
        assert kept is rows
    assert "keeps no rows" in caplog.text


def test_any_other_failure_is_raised() -> None:
    with pytest.raises(RuntimeError, match="NO_SPACE"), cached(frame("NO_SPACE")):
        pytest.fail("nothing was kept")
