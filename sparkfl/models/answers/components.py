"""The principal components that TRANSFORM or a model finds, feature by feature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pyspark.ml.feature import PCAModel

from sparkfl.errors import CapabilityError
from sparkfl.models.answers.table import table
from sparkfl.models.feature_names import FeatureNames

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from sparkfl.models.answers.model import Asked

__all__ = ["own_components", "principal_components"]

_SCHEMA = (
    "principal_component_id int, feature string, numerical_value double, "
    "explained_variance_ratio double"
)


def principal_components(model: Asked, spark: SparkSession) -> DataFrame:
    """Return a row a component and feature, of the last pca of TRANSFORM.

    Raises
    ------
    CapabilityError
        If TRANSFORM has no pca.
    """
    stages = model.pipeline.stages
    places = [i for i, stage in enumerate(stages) if isinstance(stage, PCAModel)]
    if not places:
        raise CapabilityError(
            "The model's TRANSFORM has no pca(…), so that there are no principal components."
        )
    fitted: Any = stages[places[-1]]
    names = FeatureNames(model.inputs, model.aliases, model.guards.buckets).of(
        stages[: places[-1]], fitted.getInputCol()
    )
    return _listed(spark, fitted, names)


def own_components(model: Asked, spark: SparkSession) -> DataFrame:
    """Return a row a component and feature, of a model that is components."""
    return _listed(spark, model.fitted.stages[-1], model.feature_names())


def _listed(spark: SparkSession, fitted: Any, names: list[str]) -> DataFrame:
    matrix = fitted.pc.toArray()
    d, k = matrix.shape
    columns = {
        "principal_component_id": np.repeat(np.arange(k), d),
        "feature": names * k,
        "numerical_value": matrix.T.ravel(),
        "explained_variance_ratio": np.repeat(fitted.explainedVariance.toArray(), d),
    }
    return table(spark, columns, _SCHEMA)
