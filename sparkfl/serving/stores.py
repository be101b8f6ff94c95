"""ALTER MODEL … DROP PARTITION and REFRESH MODEL … PARTITION: some stores of a federation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyspark.sql import DataFrame

from sparkfl.errors import CapabilityError
from sparkfl.exchange.options import FEDERATED_LLOYD
from sparkfl.exchange.versions import GLOBAL_ALGORITHM
from sparkfl.federation.evaluation import version_report
from sparkfl.federation.model import FederatedClusteringModel
from sparkfl.federation.options import OPTIONS
from sparkfl.options import spelled
from sparkfl.registry import ModelRegistry, ModelVersion
from sparkfl.serving.families import family
from sparkfl.serving.federated import federated_estimator
from sparkfl.serving.trained import TABLES, Trained

__all__ = [
    "next_version",
    "require_federated",
    "require_of_releases",
    "with_stores",
    "without_stores",
]


def require_federated(version: ModelVersion) -> None:
    """Refuse a model that has no stores.

    Raises
    ------
    CapabilityError
        If it is not federated.
    """
    if not family(version).federated:
        raise CapabilityError(
            f"Model {version.name!r} is of type {version.model_type}, not a federated one: it has "
            "no stores. CREATE FEDERATED MODEL … PARTITION BY trains a model of each store."
        )


def require_of_releases(version: ModelVersion) -> None:
    """Refuse a model whose global clusters do not follow from its stores' clusters.

    Raises
    ------
    CapabilityError
        If stores apart have moved them by Lloyd's iterations.
    """
    if version.tags.get(GLOBAL_ALGORITHM, "").startswith(FEDERATED_LLOYD):
        raise CapabilityError(
            f"The global clusters of model {version.name!r} were made by {FEDERATED_LLOYD}, over "
            "the rows of all its stores: from what is here they cannot be made without some. LEAVE "
            "FEDERATION at the store: what AGGREGATE FEDERATION makes after that is without it."
        )


def next_version(models: ModelRegistry, latest: ModelVersion, trained: Trained) -> ModelVersion:
    """Register the version after `latest`, which was trained by the same statement."""
    tables = {key: tag for key, tag in latest.tags.items() if key == TABLES}
    return models.register(
        latest.name,
        trained.model,
        if_exists="new_version",
        source=latest.source,
        options=latest.options,
        transform=latest.transform,
        metrics=trained.metrics,
        tables=trained.tables,
        tags=tables | dict(trained.tags),
    )


def without_stores(model: FederatedClusteringModel, stores: Sequence[object]) -> Trained:
    """Return a model without some stores; see `FederatedClusteringModel.without`."""
    return _reported(model.without(*stores))


def with_stores(
    model: FederatedClusteringModel,
    rows: DataFrame,
    options: Mapping[str, object],
    stores: Sequence[object],
) -> Trained:
    """Train some stores again of their rows; see `sparkfl.FederatedClustering.update_stores`."""
    inputs = model.data.inputs
    features = [column.name for column in inputs.columns]
    estimator = federated_estimator(inputs.store_col, features, options)
    with spelled(OPTIONS, lambda option: option.key):
        return _reported(estimator.update_stores(model, rows, stores))


def _reported(model: FederatedClusteringModel) -> Trained:
    report = version_report(model)
    return Trained(model.data, report.metrics, report.tables, report.tags)
