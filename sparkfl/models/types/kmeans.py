"""``MODEL_TYPE = 'kmeans'``: MLlib's k-means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspark.ml import Estimator
from pyspark.ml.clustering import KMeans

from sparkfl.models.model_type import ModelType
from sparkfl.models.types.clustering import (
    CAPABILITIES,
    DISTANCES,
    clustering_options,
    evaluate_silhouette,
)
from sparkfl.options import Option

__all__ = ["KMEANS"]


def _estimator(features: str, prediction: str, params: Mapping[str, object]) -> Estimator[Any]:
    """Return the unfitted estimator."""
    return KMeans(featuresCol=features, predictionCol=prediction, **params)  # type: ignore[arg-type]


KMEANS = ModelType(
    estimator=_estimator,
    evaluate=evaluate_silhouette,
    capabilities=CAPABILITIES,
    options={
        **clustering_options(clusters=2, iterations=20),
        "TOL": Option("tol", float, 1e-4, minimum=0.0),
        "DISTANCE_TYPE": Option(
            "distanceMeasure", str, "euclidean", DISTANCES, aliases=("DISTANCE_MEASURE",)
        ),
        "KMEANS_INIT_METHOD": Option("initMode", str, "k-means||", ("random", "k-means||")),
        "INIT_STEPS": Option("initSteps", int, 2, minimum=1),
        "WEIGHT_COL": Option("weightCol", str),
    },
)
