"""The way to MLflow: a server or a database, and the experiment of the runs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sparkfl.errors import ParameterError

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Experiment

__all__ = ["experiment_id", "open_client"]

_SQLITE = "sqlite:///"


def open_client(tracking_uri: str | None) -> MlflowClient:
    """Make a client, and the database behind it when it is new."""
    import mlflow

    tracking = tracking_uri or mlflow.get_tracking_uri()
    database = _database(tracking)
    if database:
        database.parent.mkdir(parents=True, exist_ok=True)
    with _quiet("mlflow.store.db.utils"):
        client = mlflow.MlflowClient(
            tracking, tracking if tracking_uri else mlflow.get_registry_uri()
        )
        client.search_experiments(max_results=1)
    return client


def experiment_id(client: MlflowClient, name: str) -> str:
    """Return an experiment, which is made if need be."""
    found = client.get_experiment_by_name(name) or _create_experiment(client, name)
    if found.lifecycle_stage != "active":
        raise ParameterError(
            f"The MLflow experiment {name!r} is deleted. Restore it by `mlflow experiments "
            f"restore --experiment-id {found.experiment_id}`, or name another."
        )
    return str(found.experiment_id)


def _create_experiment(client: MlflowClient, name: str) -> Experiment:
    """Make an experiment, unless another process was faster."""
    from mlflow.exceptions import MlflowException

    database = _database(client.tracking_uri)
    # MLflow's default is relative to the current directory, where it may not be found again.
    files = (database.parent / "artifacts").as_uri() if database else None
    try:
        return client.get_experiment(client.create_experiment(name, artifact_location=files))
    except MlflowException as error:
        found = client.get_experiment_by_name(name)
        if error.error_code != "RESOURCE_ALREADY_EXISTS" or found is None:
            raise
        return found


def _database(uri: str) -> Path | None:
    """Return the file of a SQLite address."""
    path = uri.removeprefix(_SQLITE).partition("?")[0]
    return Path(path).absolute() if uri.startswith(_SQLITE) and path else None


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Keep a logger's notes on the making of tables to itself for a moment."""
    noisy = logging.getLogger(name)
    level = noisy.level
    noisy.setLevel(logging.WARNING)
    try:
        yield
    finally:
        noisy.setLevel(level)
