"""Where MLflow itself, not sparkfl, looks for its database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import mlflow
import pytest


@contextmanager
def mlflow_at(uri: str) -> Iterator[None]:
    """Let MLflow's own functions use `uri` for the length of the block."""
    with pytest.MonkeyPatch.context() as patch:
        # In this order: what a program has set goes before the variable, and setting it
        # to None removes the variable.
        mlflow.set_tracking_uri(None)
        patch.setenv("MLFLOW_TRACKING_URI", uri)
        yield
