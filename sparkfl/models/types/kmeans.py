"""``MODEL_TYPE = 'kmeans'``: MLlib's k-means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspark.ml import Estimator
from pyspark.ml.clustering import KMeans

from sparkfl.models.model_type import ModelType
from sparkfl.models.types.clustering import DISTANCES, clustering_options, evaluate_silhouette
from sparkfl.options import Option

__all__ = ["KMEANS"]


def _estimator(features: str, prediction: str, params: Mapping[str, object]) -> Estimator[Any]:
    """Return the unfitted estimator."""
    return KMeans(featuresCol=features, predictionCol=prediction, **params)  # type: ignore[arg-type]


KMEANS = ModelType(
    estimator=_estimator,
    evaluate=evaluate_silhouette,
    options=(
        *clustering_options(clusters=2, iterations=20),
        Option("tol", float, 1e-4, minimum=0.0),
        Option(
            "distanceMeasure",
            str,
            "euclidean",
            choices=DISTANCES,
            key="DISTANCE_TYPE",
            aliases=("DISTANCE_MEASURE",),
        ),
        Option(
            "initMode",
            str,
            "k-means||",
            choices=("random", "k-means||"),
            key="KMEANS_INIT_METHOD",
        ),
        Option("initSteps", int, 2, minimum=1),
        Option("weightCol", "column"),
    ),
)
