"""The way to MLflow: a server or a database, and the experiment of the runs."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from sparkfl.errors import ParameterError, RegistryError
from sparkfl.registry.first_contact import first_contact
from sparkfl.registry.mlflow_errors import mlflow_errors, speaking
from sparkfl.registry.sqlite import sqlite_file

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Experiment

__all__ = ["TRACKING_URI", "experiment_id", "is_made", "open_client"]

TRACKING_URI = "spark.sparkfl.trackingUri"
"""The setting of a session of Spark that says which registry is meant."""


def open_client(tracking_uri: str | None) -> MlflowClient:
    """Make a client, and the database behind it when it is new.

    Raises
    ------
    RegistryError
        If there is no MLflow; within ten seconds.
    """
    try:
        import mlflow
    except ImportError as error:
        raise RegistryError(
            f"MLflow cannot be imported: {error}. Run pip install 'sparkfl[mlflow]'; mlflow-skinny "
            "is enough where MLflow is a server."
        ) from error

    tracking = tracking_uri or mlflow.get_tracking_uri()
    registry = tracking if tracking_uri else mlflow.get_registry_uri()
    for uri in dict.fromkeys((tracking, registry)):
        first_contact(uri)
    with mlflow_errors(tracking):
        return speaking(mlflow.MlflowClient(tracking, registry))


def is_made(tracking_uri: str | None) -> bool:
    """Tell whether there can be anything in a registry, without making its database.

    There is nothing without MLflow, and nothing in a SQLite database that is not there yet.

    Examples
    --------
    >>> is_made("sqlite:////no/such/mlflow.db")
    False
    """
    if find_spec("mlflow") is None:
        return False
    if tracking_uri is None:
        import mlflow

        tracking_uri = mlflow.get_registry_uri()
    database = sqlite_file(tracking_uri)
    return database is None or database.exists()


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
    database = sqlite_file(client.tracking_uri)
    # MLflow's default is relative to the current directory, where it may not be found again.
    files = (database.parent / "artifacts").as_uri() if database else None
    try:
        return client.get_experiment(client.create_experiment(name, artifact_location=files))
    except RegistryError as error:
        found = client.get_experiment_by_name(name)
        if error.code != "RESOURCE_ALREADY_EXISTS" or found is None:
            raise
        return found
