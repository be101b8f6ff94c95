"""Spark as users have it, and the ways in which a prediction is made."""

from __future__ import annotations

import pytest

from sparkfl.execution import asinh
from sparkfl.federation.scoring import predict


@pytest.fixture(scope="package", autouse=True)
def _adaptive(adaptive: None) -> None:
    """How rows are laid out for training, and found again in predicting, is Spark's to change."""


@pytest.fixture(params=["native", "interpreted", "portable"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Predict by the extension's functions, compiled or not, and without the extension."""
    if request.param == "portable":
        for user in (predict, asinh):
            monkeypatch.setattr(user, "has_extension", lambda _: False)
    if request.param == "native":
        request.getfixturevalue("compiled")
