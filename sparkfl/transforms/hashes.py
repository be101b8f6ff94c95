"""Transformers that make of a vector hashes, which near vectors share."""

from __future__ import annotations

import numpy as np
from pyspark.ml import Transformer
from pyspark.ml.feature import BucketedRandomProjectionLSH, MinHashLSH
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.param.shared import HasInputCol, HasOutputCol
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkfl.transforms.transformer import TransformFunction

__all__ = ["HASHES", "VectorConcatenator"]


class VectorConcatenator(
    Transformer,
    HasInputCol,
    HasOutputCol,
    DefaultParamsReadable["VectorConcatenator"],
    DefaultParamsWritable,
):
    """Puts the vectors of an array, as MLlib's hashes are, into one vector.

    Parameters
    ----------
    inputCol, outputCol : str
        An array of vectors, and the vector of all their elements.
    numHashTables : int, optional
        How many vectors there are, of one element each. Spark's columns then know the size of the
        vector, where otherwise a stage that asks for it would run the query.

    Examples
    --------
    >>> from pyspark.ml.linalg import Vectors
    >>> df = spark.createDataFrame([([Vectors.dense(1.0), Vectors.dense(2.0)],)], ["hashes"])
    >>> VectorConcatenator(inputCol="hashes", outputCol="one").transform(df).first().one
    DenseVector([1.0, 2.0])
    """

    numHashTables: Param[int] = Param(
        Params._dummy(),
        "numHashTables",
        "how many vectors there are, of one element each",
        typeConverter=TypeConverters.toInt,
    )

    def __init__(
        self,
        *,
        inputCol: str | None = None,
        outputCol: str | None = None,
        numHashTables: int | None = None,
    ) -> None:
        super().__init__()
        given = {"inputCol": inputCol, "outputCol": outputCol, "numHashTables": numHashTables}
        self._set(**{name: value for name, value in given.items() if value is not None})

    def _transform(self, dataset: DataFrame) -> DataFrame:
        """Add the vector."""
        arrays = F.transform(F.col(self.getInputCol()), lambda hashes: vector_to_array(hashes))
        made = dataset.withColumn(self.getOutputCol(), array_to_vector(F.flatten(arrays)))
        if not self.isDefined(self.numHashTables):
            return made
        size = {"ml_attr": {"num_attrs": self.getOrDefault(self.numHashTables)}}
        return made.withMetadata(self.getOutputCol(), size)


HASHES = {
    "bucketed_random_projection_lsh": TransformFunction(
        (BucketedRandomProjectionLSH, VectorConcatenator),
        ("vector",),
        "vector",
        "Hashes that vectors share whose Euclidean distance is small.",
        arguments=("bucketLength", "numHashTables"),
        differs={"bucketLength": {"required": True}},
        fixed={"seed": 0},
    ),
    "min_hash_lsh": TransformFunction(
        (MinHashLSH, VectorConcatenator),
        ("vector",),
        "vector",
        "Hashes that sets share whose Jaccard distance is small; a set has the elements that are "
        "not 0, of which there has to be one.",
        arguments=("numHashTables",),
        fixed={"seed": 0},
        domain=lambda _: (float(np.finfo(np.float64).smallest_subnormal), float("inf"), False),
    ),
}
