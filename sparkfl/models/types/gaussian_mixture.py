"""``MODEL_TYPE = 'gaussian_mixture'``: MLlib's mixture of Gaussians."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspark.ml import Estimator
from pyspark.ml.clustering import GaussianMixture

from sparkfl.models.model_type import ModelType
from sparkfl.models.types.clustering import CAPABILITIES, clustering_options, evaluate_silhouette
from sparkfl.options import Option

__all__ = ["GAUSSIAN_MIXTURE"]


def _estimator(features: str, prediction: str, params: Mapping[str, object]) -> Estimator[Any]:
    """Return the unfitted estimator."""
    return GaussianMixture(featuresCol=features, predictionCol=prediction, **params)  # type: ignore[arg-type]


GAUSSIAN_MIXTURE = ModelType(
    estimator=_estimator,
    evaluate=evaluate_silhouette,
    capabilities=CAPABILITIES,
    options={
        **clustering_options(clusters=2, iterations=100),
        "TOL": Option("tol", float, 0.01, minimum=0.0),
        "AGGREGATION_DEPTH": Option("aggregationDepth", int, 2, minimum=2),
        "PROBABILITY_COL": Option("probabilityCol", str, "probability"),
        "WEIGHT_COL": Option("weightCol", str),
    },
    hidden=("probabilityCol",),
)
