"""From a stored type to the code that reads such models and trains them again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import SparkSession

from sparkfl.errors import CapabilityError, ParameterError
from sparkfl.models.fitted import SqlModel
from sparkfl.models.training import train
from sparkfl.models.types import MODEL_TYPES
from sparkfl.registry import ModelVersion
from sparkfl.serving.federated import FEDERATED, FederatedSqlModel, train_federated
from sparkfl.serving.served_model import ServedModel
from sparkfl.serving.trained import Trained
from sparkfl.transforms.clause import TransformList

__all__ = ["FAMILIES", "Family", "family"]


@dataclass(frozen=True)
class Family:
    """Models that are stored and trained alike.

    Attributes
    ----------
    read : callable
        ``read(directory)``: the model whose files these are.
    train_again : callable
        ``train_again(spark, before, query, options, clause, incremental)``: a model of a query,
        trained as `before` was; incrementally it keeps of that one what need not change.
    """

    read: Callable[[Path], ServedModel]
    train_again: Callable[..., Trained]


def _train_single(
    spark: SparkSession,
    before: SqlModel,
    query: str,
    options: Mapping[str, object],
    clause: TransformList | None,
    incremental: bool,
) -> Trained:
    """Train a single model again, from nothing."""
    if incremental:
        raise ParameterError(
            f"INCREMENTAL = true, but the model is a {before.modelType}: it has no stores to keep. "
            "Leave INCREMENTAL out."
        )
    return Trained(train(spark, query, options, clause))


def _train_federation(
    spark: SparkSession,
    before: FederatedSqlModel,
    query: str,
    options: Mapping[str, object],
    clause: TransformList | None,
    incremental: bool,
) -> Trained:
    """Train a federation again, incrementally only the stores that have changed."""
    model = before.on(spark)
    kept = model if incremental else None
    return train_federated(spark, query, model.getStoreCol(), options, clause, kept)


FAMILIES: Mapping[str, Family] = {
    **dict.fromkeys(MODEL_TYPES, Family(SqlModel.read, _train_single)),
    FEDERATED: Family(FederatedSqlModel.read, _train_federation),
}


def family(version: ModelVersion) -> Family:
    """Return the family of a version.

    Raises
    ------
    CapabilityError
        If SQL knows no models of its type.
    """
    found = FAMILIES.get(version.model_type)
    if found is None:
        raise CapabilityError(
            f"Model {version.name!r} is of type {version.model_type}, which cannot be asked in "
            f"SQL. Load it by mlflow.pyfunc.load_model('models:/{version.name}/{version.version}')."
        )
    return found
