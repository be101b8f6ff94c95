"""Spark as users have it: it may lay out rows by itself."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="package", autouse=True)
def _adaptive(adaptive: None) -> None:
    """Plan as users' sessions do."""
