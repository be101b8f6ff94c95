"""The ways in which a prediction is made."""

from __future__ import annotations

import pytest

from sparkfl.federation.scoring import native


@pytest.fixture(params=["native", "interpreted", "portable"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Predict by the extension's functions, compiled or not, and without the extension."""
    if request.param == "portable":
        monkeypatch.setattr(native, "available", lambda _: False)
    if request.param == "native":
        request.getfixturevalue("compiled")
