"""Where the command line keeps tables and models, unless it is told otherwise."""

from __future__ import annotations

import os

__all__ = ["DEMO", "tracking_uri"]

DEMO = "demo-output"
"""The folder in the working directory."""


def tracking_uri() -> str:
    """Return MLflow's address: ``MLFLOW_TRACKING_URI``, else a database in `DEMO`.

    Examples
    --------
    >>> import os
    >>> tracking_uri() == os.environ.get("MLFLOW_TRACKING_URI", "sqlite:///demo-output/mlflow.db")
    True
    """
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{DEMO}/mlflow.db"
