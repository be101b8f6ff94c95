"""Where SQL finds its models: the registry of a session, and what has been loaded from it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Protocol

from pyspark.sql import DataFrame, SparkSession

from sparkfl.federation.data import FederationData
from sparkfl.federation.estimator import FederatedClusteringModel
from sparkfl.models.fitted import SqlModel
from sparkfl.registry import ModelRegistry
from sparkfl.serving.federated import FEDERATED, FederatedSqlModel
from sparkfl.transforms.clause import TransformList

__all__ = ["TRACKING_URI", "load", "registry"]

TRACKING_URI = "spark.sparkfl.trackingUri"
_LOADED = 32


class ServedModel(Protocol):
    """What SQL needs of a model that is in the registry."""

    @property
    def clause(self) -> TransformList | None:
        """The TRANSFORM it was trained with."""

    def predict(self, df: DataFrame, hidden: bool = False) -> DataFrame:
        """Return a query's rows with the model's outputs."""

    def evaluate(self, df: DataFrame) -> DataFrame:
        """Return metrics over a query's rows."""


def registry(spark: SparkSession) -> ModelRegistry:
    """Return the registry at ``spark.sparkfl.trackingUri``, or where MLflow's settings say."""
    return ModelRegistry(spark.conf.get(TRACKING_URI, None))


def load(spark: SparkSession, name: str, version: int | str | None) -> ServedModel:
    """Return a version of a model, from memory if it was used before.

    Raises
    ------
    ModelNotFoundError
        If there is no such model or version.
    """
    models = registry(spark)
    found = models.get(name, version)
    path = models.path(found.name, found.version)
    if found.model_type == FEDERATED:
        data = _read_federation(path, found.run_id)
        return FederatedSqlModel(FederatedClusteringModel(spark, data))
    return _read(spark.sparkContext.applicationId, path, found.run_id)


@lru_cache(maxsize=_LOADED)
def _read_federation(path: Path, _run: str) -> FederationData:
    """Read a federation once."""
    return FederationData.read(path)


@lru_cache(maxsize=_LOADED)
def _read(_application: str, path: Path, _run: str) -> SqlModel:
    """Read a pipeline once an application; its stages live in that application's JVM."""
    return SqlModel.read(path)
