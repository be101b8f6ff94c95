"""MLlib's bisecting k-means, sound on centred data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from pyspark.ml import Estimator
from pyspark.ml.clustering import BisectingKMeans, KMeans, KMeansModel
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.ml.linalg import Vectors
from pyspark.ml.stat import Summarizer
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

__all__ = ["TranslatedBisectingKMeans", "bisecting_kmeans"]


class TranslatedBisectingKMeans(Estimator[KMeansModel]):
    """Bisecting k-means on translated features, its centres translated back.

    MLlib's bisecting k-means splits a cluster by moving its centre by a fraction of the centre's
    own norm, so that data centred on zero, as z-scores are, stays one cluster. Euclidean distances
    do not change when the data is moved: it is moved ten deviations away from zero for the fit.
    The fitted model assigns each row to the nearest of the centres.

    Parameters
    ----------
    params : mapping
        Parameters of `pyspark.ml.clustering.BisectingKMeans`, its columns among them.
    """

    def __init__(self, params: Mapping[str, Any]) -> None:
        super().__init__()
        self._features, self._prediction = params["featuresCol"], params["predictionCol"]
        self._settings = dict(params)

    def _fit(self, dataset: DataFrame) -> KMeansModel:
        """Fit on the translated features."""
        mean, std = self._moments(dataset)
        offset = 10.0 * np.where(std > 0, std, 1.0) - mean
        moved = dataset.withColumn(self._features, _translate(F.col(self._features), offset))
        fitted = BisectingKMeans(**self._settings).fit(moved)
        centers = np.array(fitted.clusterCenters()) - offset
        return _assigning(dataset.sparkSession, centers, self._features, self._prediction)

    def _moments(self, dataset: DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and deviation of the features."""
        metrics = Summarizer.metrics("mean", "std")
        row = dataset.select(metrics.summary(F.col(self._features))).first()
        assert row is not None
        return row[0].mean.toArray(), row[0].std.toArray()


def _assigning(
    spark: SparkSession, centers: np.ndarray, features: str, prediction: str
) -> KMeansModel:
    """Return centres as a model: k-means that begins with them and makes no step."""
    rows = spark.createDataFrame([(Vectors.dense(center),) for center in centers], [features])
    kmeans = KMeans(
        featuresCol=features,
        predictionCol=prediction,
        k=max(2, len(centers)),
        initMode="random",
        maxIter=0,
        seed=0,
    )
    return kmeans.fit(rows)


def _translate(vector: Column, offset: np.ndarray) -> Column:
    """Return the vector plus the offset."""
    shift = F.array(*[F.lit(float(o)) for o in offset])
    return array_to_vector(F.zip_with(vector_to_array(vector), shift, lambda x, o: x + o))


def bisecting_kmeans(**params: Any) -> Estimator[Any]:
    """Return the unfitted estimator; by cosine, where MLlib scales to unit length, MLlib's own."""
    if params["distanceMeasure"] == "cosine":
        return BisectingKMeans(**params)
    return TranslatedBisectingKMeans(params)
