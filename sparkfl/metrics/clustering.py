"""The metrics of one clustering, as a plan."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyspark.sql import functions as F

from sparkfl.columns import array_of_doubles, matrix_of, resolve
from sparkfl.errors import ParameterError
from sparkfl.local.spool import Spool
from sparkfl.metrics.dispersion import dispersion
from sparkfl.metrics.silhouette import silhouettes

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["DISTANCES", "clustering"]

DISTANCES = ("squaredEuclidean", "cosine")
"""Distances of `clustering`, as MLlib names them."""

_METRICS = ("silhouette", "davies_bouldin", "calinski_harabasz")


def clustering(
    df: DataFrame,
    featuresCol: str = "features",
    predictionCol: str = "prediction",
    distance: str = "squaredEuclidean",
) -> DataFrame:
    """Judge one clustering.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Clustered rows; those without a prediction or with a feature that is not finite do not
        count. It is read once, so that a query with `rand()` or `LIMIT` is judged on one set of
        rows, by one worker, which keeps what is more than 8 MiB in a temporary file.
    featuresCol : str, default 'features'
        Vector or array column.
    predictionCol : str, default 'prediction'
        Column of cluster numbers.
    distance : {'squaredEuclidean', 'cosine'}, default 'squaredEuclidean'
        Distance between rows.

    Returns
    -------
    pyspark.sql.DataFrame
        A plan of one row of doubles, NULL for fewer than two clusters: ``silhouette``, the mean
        over all rows, as MLlib's ClusteringEvaluator has it, and ``davies_bouldin`` and
        ``calinski_harabasz`` of `sparkfl.metrics.dispersion`. By cosines they are those of the
        rows at length 1.

    Raises
    ------
    ParameterError
        If the distance is unknown.

    Examples
    --------
    >>> df = spark.sql("VALUES (array(0d), 0), (array(1d), 0), (array(9d), 1)")
    >>> clustering(df, "col1", "col2").select("silhouette", "davies_bouldin").show()
    +------------------+--------------------+
    |        silhouette|      davies_bouldin|
    +------------------+--------------------+
    |0.6573431069958847|0.058823529411764705|
    +------------------+--------------------+
    """
    if distance not in DISTANCES:
        raise ParameterError(
            f"Unknown distance {distance!r}; choose one of {', '.join(DISTANCES)}."
        )
    prediction = resolve(df, predictionCol).column.cast("double")
    rows = df.select(
        prediction.alias("prediction"), array_of_doubles(resolve(df, featuresCol)).alias("features")
    )
    finite = F.forall("features", lambda x: F.coalesce(F.abs(x) < float("inf"), F.lit(False)))
    rows = rows.where(F.col("prediction").isNotNull() & finite)

    def judge(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        first = next(batches, None)
        if first is None:
            return
        spool = Spool()
        for batch in chain([first], batches):
            values = matrix_of(batch.column(1)).T
            if distance == "cosine":
                norm = np.linalg.norm(values, axis=0)
                values = np.divide(values, norm, out=np.zeros_like(values), where=norm > 0)
            spool.append(np.vstack([batch.column(0).to_numpy(), values]))
        columns = spool.columns()
        labels = np.unique(columns[0], return_inverse=True)[1].astype(np.float64)
        [score] = silhouettes(columns[1:], labels, np.array([len(labels)]))
        figures = (score, *dispersion(columns[1:], labels))
        spool.close()
        arrays = [pa.array([figure], pa.float64(), from_pandas=True) for figure in figures]
        yield pa.RecordBatch.from_arrays(arrays, _METRICS)

    told = ", ".join(f"{name} double" for name in _METRICS)
    judged = rows.repartition(1).mapInArrow(judge, told)
    # Without rows nothing is told, and still one row.
    return judged.agg(*[F.max(name).alias(name) for name in _METRICS])
