"""``MODEL_TYPE = 'bisecting_kmeans'``: MLlib's bisecting k-means, sound on centred data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from pyspark.ml import Estimator
from pyspark.ml.clustering import BisectingKMeans
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.ml.stat import Summarizer
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from sparkfl.models.model_type import ModelType
from sparkfl.models.types.centroids import CentroidModel
from sparkfl.models.types.clustering import (
    CAPABILITIES,
    DISTANCES,
    clustering_options,
    evaluate_silhouette,
)
from sparkfl.options import Option

__all__ = ["BISECTING_KMEANS", "TranslatedBisectingKMeans"]


class TranslatedBisectingKMeans(Estimator[CentroidModel]):
    """Bisecting k-means on translated features, its centres translated back.

    MLlib's bisecting k-means splits a cluster by moving its centre by a fraction of the centre's
    own norm, so that data centred on zero, as z-scores are, stays one cluster. Euclidean distances
    do not change when the data is moved: it is moved ten deviations away from zero for the fit.
    The fitted model assigns each row to the nearest of the centres.

    Parameters
    ----------
    features, prediction : str
        Input and output columns.
    params : mapping
        Parameters of `pyspark.ml.clustering.BisectingKMeans`.
    """

    def __init__(self, features: str, prediction: str, params: Mapping[str, object]) -> None:
        super().__init__()
        self._features, self._prediction, self._settings = features, prediction, dict(params)

    def _fit(self, dataset: DataFrame) -> CentroidModel:
        """Fit on the translated features."""
        mean, std = self._moments(dataset)
        offset = 10.0 * np.where(std > 0, std, 1.0) - mean
        moved = dataset.withColumn(self._features, _translate(F.col(self._features), offset))
        estimator = BisectingKMeans(
            featuresCol=self._features,
            predictionCol=self._prediction,
            **self._settings,  # type: ignore[arg-type]
        )
        fitted = estimator.fit(moved)
        centers = np.array(fitted.clusterCenters()) - offset
        return CentroidModel(self._features, self._prediction, centers.tolist())

    def _moments(self, dataset: DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and deviation of the features."""
        metrics = Summarizer.metrics("mean", "std")
        row = dataset.select(metrics.summary(F.col(self._features))).first()
        assert row is not None
        return row[0].mean.toArray(), row[0].std.toArray()


def _translate(vector: Column, offset: np.ndarray) -> Column:
    """Return the vector plus the offset."""
    shift = F.array(*[F.lit(float(o)) for o in offset])
    return array_to_vector(F.zip_with(vector_to_array(vector), shift, lambda x, o: x + o))


def _estimator(features: str, prediction: str, params: Mapping[str, object]) -> Estimator[Any]:
    """Return the unfitted estimator; by cosine, where MLlib scales to unit length, MLlib's own."""
    if params["distanceMeasure"] == "euclidean":
        return TranslatedBisectingKMeans(features, prediction, params)
    return BisectingKMeans(featuresCol=features, predictionCol=prediction, **params)  # type: ignore[arg-type]


BISECTING_KMEANS = ModelType(
    estimator=_estimator,
    evaluate=evaluate_silhouette,
    capabilities=CAPABILITIES,
    options={
        **clustering_options(clusters=4, iterations=20),
        "DISTANCE_MEASURE": Option(
            "distanceMeasure", str, "euclidean", DISTANCES, aliases=("DISTANCE_TYPE",)
        ),
        "MIN_DIVISIBLE_CLUSTER_SIZE": Option("minDivisibleClusterSize", float, 1.0, minimum=0.0),
        "WEIGHT_COL": Option("weightCol", str),
    },
)
