"""A fitted clustering that is nothing but its centres."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.ml import Model
from pyspark.ml.functions import vector_to_array
from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.param.shared import HasFeaturesCol, HasPredictionCol
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

__all__ = ["CentroidModel"]


class CentroidModel(
    Model,
    HasFeaturesCol,
    HasPredictionCol,
    DefaultParamsReadable["CentroidModel"],
    DefaultParamsWritable,
):
    """Assigns a vector to the nearest of given centres, in native expressions.

    Parameters
    ----------
    featuresCol : str, default 'features'
        Column of vectors.
    predictionCol : str, default 'prediction'
        Column to add: the centre's place, an int from 0.
    centers : sequence of sequence of float, shape (k, d)
        The centres; of equally near ones the first is taken.

    Examples
    --------
    >>> from pyspark.ml.linalg import Vectors
    >>> df = spark.createDataFrame(
    ...     [(Vectors.dense(0.1, 0.0),), (Vectors.dense(3.0, 4.0),)], ["features"]
    ... )
    >>> model = CentroidModel("features", "prediction", [[0.0, 0.0], [3.0, 3.0]])
    >>> [r.prediction for r in model.transform(df).collect()]
    [0, 1]
    """

    centers: Param[list[list[float]]] = Param(
        Params._dummy(), "centers", "centres, k by d", TypeConverters.toList
    )

    def __init__(
        self,
        featuresCol: str = "features",
        predictionCol: str = "prediction",
        centers: Sequence[Sequence[float]] | None = None,
    ) -> None:
        super().__init__()
        self._set(featuresCol=featuresCol, predictionCol=predictionCol)
        if centers is not None:
            self._set(centers=[list(map(float, c)) for c in centers])

    def clusterCenters(self) -> list[list[float]]:
        """Return the centres."""
        return self.getOrDefault(self.centers)

    def _transform(self, dataset: DataFrame) -> DataFrame:
        """Add the place of the nearest centre by squared Euclidean distance."""
        vector = vector_to_array(F.col(self.getFeaturesCol()))
        distances = F.array(
            *[
                sum(((vector[i] - c) * (vector[i] - c) for i, c in enumerate(center)), F.lit(0.0))
                for center in self.clusterCenters()
            ]
        )
        nearest = F.array_position(distances, F.array_min(distances)) - 1
        return dataset.withColumn(self.getPredictionCol(), nearest.cast("int"))
