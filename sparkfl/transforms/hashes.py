"""Transformers that make of a vector hashes, which near vectors share."""

from __future__ import annotations

import numpy as np
from pyspark.ml import Transformer
from pyspark.ml.feature import BucketedRandomProjectionLSH, MinHashLSH
from pyspark.ml.functions import array_to_vector, vector_to_array
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

    Examples
    --------
    >>> from pyspark.ml.linalg import Vectors
    >>> df = spark.createDataFrame([([Vectors.dense(1.0), Vectors.dense(2.0)],)], ["hashes"])
    >>> VectorConcatenator(inputCol="hashes", outputCol="one").transform(df).first().one
    DenseVector([1.0, 2.0])
    """

    def __init__(self, *, inputCol: str | None = None, outputCol: str | None = None) -> None:
        super().__init__()
        given = {"inputCol": inputCol, "outputCol": outputCol}
        self._set(**{name: column for name, column in given.items() if column is not None})

    def _transform(self, dataset: DataFrame) -> DataFrame:
        """Add the vector."""
        arrays = F.transform(F.col(self.getInputCol()), lambda hashes: vector_to_array(hashes))
        return dataset.withColumn(self.getOutputCol(), array_to_vector(F.flatten(arrays)))


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
