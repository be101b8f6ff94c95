"""Nearest neighbours among training rows that stay in Spark, found by hashing."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from pyspark.ml import Estimator, Model
from pyspark.ml.feature import BucketedRandomProjectionLSH, BucketedRandomProjectionLSHModel
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.param.shared import (
    HasFeaturesCol,
    HasLabelCol,
    HasPredictionCol,
    HasProbabilityCol,
    HasSeed,
)
from pyspark.ml.util import (
    DefaultParamsReader,
    DefaultParamsWriter,
    MLReadable,
    MLReader,
    MLWritable,
    MLWriter,
)
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from sparkfl.columns import INTERNAL
from sparkfl.errors import CapabilityError

__all__ = ["LSHNeighborsClassifier", "LSHNeighborsModel", "LSHNeighborsRegressor"]

_FEATURES, _LABEL, _ID, _HASHES = "features", "label", "id", "hashes"
_KEY, _NEAR = INTERNAL + "key", INTERNAL + "near"
_EVERYWHERE = 1e300
"""Length of a bucket that holds every row."""
_SAMPLE = 32


def _param(name: str, doc: str, converter: Any) -> Param[Any]:
    return Param(Params._dummy(), name, doc, typeConverter=converter)


class _LSHNeighborsParams(
    HasFeaturesCol, HasLabelCol, HasPredictionCol, HasProbabilityCol, HasSeed
):
    """What the estimators and their model share; a regression has no use for probabilities."""

    numNeighbors = _param(
        "numNeighbors",
        "How many of the nearest training rows are asked (>= 1).",
        TypeConverters.toInt,
    )
    neighborWeights = _param(
        "neighborWeights",
        "Whether each counts the same, or by the reciprocal of its distance. "
        "Supported options: uniform, distance.",
        TypeConverters.toString,
    )
    numHashTables = _param(
        "numHashTables",
        "Random projections by which rows are hashed; more find more of the neighbours (>= 1).",
        TypeConverters.toInt,
    )
    bucketLength = _param(
        "bucketLength",
        "Length of a bucket of hashes, in the unit of the features; by default twice the distance "
        "of the last neighbour, as a sample of the training rows has it (> 0).",
        TypeConverters.toFloat,
    )


class _LSHNeighbors(Estimator["LSHNeighborsModel"], _LSHNeighborsParams):
    """Asks the nearest training rows, which need not fit into the driver's memory.

    Rows are candidates of each other if any of `numHashTables` random projections puts them into
    one bucket (Datar et al., Locality-sensitive hashing scheme based on p-stable distributions,
    2004; `pyspark.ml.feature.BucketedRandomProjectionLSH`); among the candidates the nearest are
    found exactly, by Euclidean distance. A row without any is told what the whole training is: the
    mean, or the shares of the classes.
    """

    def __init__(
        self,
        *,
        featuresCol: str = "features",
        labelCol: str = "label",
        predictionCol: str = "prediction",
        probabilityCol: str = "probability",
        numNeighbors: int = 5,
        neighborWeights: str = "uniform",
        numHashTables: int = 3,
        bucketLength: float | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self._set(
            featuresCol=featuresCol,
            labelCol=labelCol,
            predictionCol=predictionCol,
            probabilityCol=probabilityCol,
            numNeighbors=numNeighbors,
            neighborWeights=neighborWeights,
            numHashTables=numHashTables,
            seed=seed,
        )
        if bucketLength is not None:
            self._set(bucketLength=bucketLength)

    def _fit(self, dataset: DataFrame) -> LSHNeighborsModel:
        """Hash the training rows, and keep them."""
        names = {_FEATURES: self.getFeaturesCol(), _LABEL: self.getLabelCol()}
        rows = dataset.select(*[F.col(column).alias(name) for name, column in names.items()])
        rows = rows.withColumn(_ID, F.monotonically_increasing_id()).localCheckpoint()
        if self.isDefined("bucketLength"):
            length = self.getOrDefault("bucketLength")
        else:
            length = 2 * self._distance(rows) or 1.0
        model = LSHNeighborsModel(self._hashing(rows, length), rows, self._prior(rows))
        self._copyValues(model)._set(bucketLength=length)
        return model

    def _hashing(self, rows: DataFrame, length: float) -> BucketedRandomProjectionLSHModel:
        lsh = BucketedRandomProjectionLSH(
            inputCol=_FEATURES,
            outputCol=_HASHES,
            numHashTables=self.getOrDefault("numHashTables"),
            bucketLength=length,
            seed=self.getOrDefault("seed"),
        )
        return lsh.fit(rows)

    def _distance(self, rows: DataFrame) -> float:
        """Return the mean distance of the last neighbour that is asked, of a sample of the rows."""
        drawn = rows.orderBy(F.rand(self.getOrDefault("seed"))).limit(_SAMPLE)
        others = F.col(f"datasetA.{_ID}") != F.col(f"datasetB.{_ID}")
        pairs = _candidates(self._hashing(rows, _EVERYWHERE), drawn, rows).where(others)
        near = _nearest(pairs, f"datasetA.{_ID}", self.getOrDefault("numNeighbors"))
        row = near.agg(F.avg(F.col(_NEAR)[F.size(_NEAR) - 1].distance)).first()
        return row[0] or 0.0 if row else 0.0

    @abstractmethod
    def _prior(self, rows: DataFrame) -> list[float]:
        """Return what is told without neighbours."""


class LSHNeighborsClassifier(_LSHNeighbors):
    """See `_LSHNeighbors`; the shares of the neighbours' classes are the probabilities."""

    def _prior(self, rows: DataFrame) -> list[float]:
        """Return the shares of the classes."""
        counted = {int(row[0]): row[1] for row in rows.groupBy(_LABEL).count().collect()}
        total = sum(counted.values())
        return [counted.get(place, 0) / total for place in range(max(counted) + 1)]


class LSHNeighborsRegressor(_LSHNeighbors):
    """See `_LSHNeighbors`; the mean of the neighbours' labels is the prediction."""

    def _prior(self, rows: DataFrame) -> list[float]:
        """Return the mean of the labels."""
        row = rows.agg(F.avg(_LABEL)).first()
        assert row is not None
        return [row[0]]


class LSHNeighborsModel(Model, _LSHNeighborsParams, MLWritable, MLReadable["LSHNeighborsModel"]):
    """Training rows and their hashes.

    Parameters
    ----------
    hashing : pyspark.ml.feature.BucketedRandomProjectionLSHModel
        The hashing.
    rows : pyspark.sql.DataFrame
        The training rows: features, label, and a number of its own.
    prior : list of float
        What is told without neighbours: the shares of the classes; of a regression one mean.
    """

    def __init__(
        self, hashing: BucketedRandomProjectionLSHModel, rows: DataFrame, prior: list[float]
    ) -> None:
        super().__init__()
        self.hashing, self.rows, self.prior = hashing, rows, prior

    def _transform(self, dataset: DataFrame) -> DataFrame:
        """Add the prediction, and of classes the probabilities.

        Neighbours depend on the features alone: each array of them is asked once.
        """
        if dataset.isStreaming:
            raise CapabilityError(
                "A model that finds neighbours by LSH joins the rows of a query with those of its "
                "training, which a stream cannot; train knn_classifier or knn_regressor."
            )
        features = F.col(self.getFeaturesCol())
        # As text they are joined much faster, and are as exact.
        keyed = dataset.withColumn(_KEY, vector_to_array(features).cast("string"))
        asked = keyed.select(_KEY, features.alias(_FEATURES)).dropDuplicates([_KEY])
        pairs = _candidates(self.hashing, asked, self.rows)
        near = _nearest(pairs, f"datasetA.{_KEY}", self.getOrDefault("numNeighbors"))
        told = keyed.join(near.withColumnRenamed("of", _KEY), _KEY, "left")
        prior = F.array(*[F.lit(value) for value in self.prior])
        values = F.when(F.col(_NEAR).isNotNull(), self._values()).otherwise(prior)
        if len(self.prior) == 1:
            told = told.withColumn(self.getPredictionCol(), values[0])
        else:
            surest = F.array_position(values, F.array_max(values)) - 1
            told = told.withColumn(self.getPredictionCol(), surest.cast("double"))
            told = told.withColumn(self.getProbabilityCol(), array_to_vector(values))
        return told.drop(_KEY, _NEAR)

    def _values(self) -> Column:
        """Return the weighted share of each class, or the mean."""
        near = F.col(_NEAR)
        if self.getOrDefault("neighborWeights") == "distance":
            # What is at the very place weighs infinitely: nothing else counts.
            exact = F.exists(near, lambda each: each.distance == 0)
            weights = F.transform(
                near,
                lambda each: F.when(exact, (each.distance == 0).cast("double")).otherwise(
                    1.0 / each.distance
                ),
            )
        else:
            weights = F.transform(near, lambda _: F.lit(1.0))
        labels = F.transform(near, lambda each: each[_LABEL])
        if len(self.prior) == 1:
            return F.array(_weighted(labels, weights))
        places = F.array(*[F.lit(float(place)) for place in range(len(self.prior))])
        return F.transform(
            places,
            lambda place: _weighted(
                F.transform(labels, lambda label: (label == place).cast("double")), weights
            ),
        )

    def write(self) -> MLWriter:
        """Return what saves the model with its training rows."""
        return _Writer(self)

    @classmethod
    def read(cls) -> MLReader[LSHNeighborsModel]:
        """Return what loads a model."""
        return _Reader()


class _Writer(MLWriter):
    def __init__(self, model: LSHNeighborsModel) -> None:
        super().__init__()
        self._model = model

    def saveImpl(self, path: str) -> None:
        """Save Params, hashing and rows, each in a directory of its own."""
        own = {"prior": self._model.prior}
        DefaultParamsWriter.saveMetadata(self._model, path, self.sparkSession, own)
        self._model.hashing.save(f"{path}/hashing")
        self._model.rows.write.parquet(f"{path}/data")


class _Reader(MLReader[LSHNeighborsModel]):
    def load(self, path: str) -> LSHNeighborsModel:
        """Load what `_Writer` saved; the rows are read at once, as the files may be passing."""
        metadata = DefaultParamsReader.loadMetadata(path, self.sparkSession)
        hashing = BucketedRandomProjectionLSHModel.load(f"{path}/hashing")
        rows = self.sparkSession.read.parquet(f"{path}/data").localCheckpoint()
        model = LSHNeighborsModel(hashing, rows, metadata["prior"])
        model._resetUid(metadata["uid"])
        DefaultParamsReader.getAndSetParams(model, metadata)
        return model


def _candidates(
    hashing: BucketedRandomProjectionLSHModel, asked: DataFrame, rows: DataFrame
) -> DataFrame:
    """Return the pairs of rows that share a bucket, with their distance."""
    return hashing.approxSimilarityJoin(asked, rows, float("inf"), "distance")


def _nearest(pairs: DataFrame, key: str, k: int) -> DataFrame:
    """Return the `k` nearest of each key, nearest first, as structs of distance and label."""
    found = pairs.select(
        F.col(key).alias("of"), "distance", f"datasetB.{_ID}", f"datasetB.{_LABEL}"
    )
    place = F.row_number().over(Window.partitionBy("of").orderBy("distance", "id"))
    kept = found.withColumn("place", place).where(F.col("place") <= k)
    near = F.struct("distance", _ID, _LABEL)
    return kept.groupBy("of").agg(F.array_sort(F.collect_list(near)).alias(_NEAR))


def _weighted(values: Column, weights: Column) -> Column:
    """Return the weighted mean of an array."""
    return _sum(F.zip_with(values, weights, lambda value, weight: value * weight)) / _sum(weights)


def _sum(values: Column) -> Column:
    return F.aggregate(values, F.lit(0.0), lambda total, each: total + each)
