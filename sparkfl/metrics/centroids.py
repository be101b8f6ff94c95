"""The table of centres that single and federated clusterings show alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from sparkfl.columns import arrow_frame

__all__ = ["CENTROIDS", "CLUSTERS", "centroid_table", "cluster_table"]

CENTROIDS = "centroid_id INT, feature STRING, numerical_value DOUBLE, n BIGINT"
"""A row a cluster and feature."""

CLUSTERS = "centroid_id INT, n BIGINT, share DOUBLE, spread DOUBLE"
"""A row a cluster."""


def centroid_table(
    spark: SparkSession,
    features: Sequence[str],
    centres: npt.NDArray[np.float64],
    n: Sequence[int | None],
) -> DataFrame:
    """Lay out centres, a row a cluster and feature; a plan that holds them.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Session of the table.
    features : sequence of str
        Names of the features.
    centres : numpy.ndarray, shape (k, d)
        Their values.
    n : sequence of int or None
        Rows of each cluster, None where that is not known.

    Examples
    --------
    >>> centroid_table(spark, ["spend"], np.array([[1.5], [40.0]]), [10, 20]).show()
    +-----------+-------+---------------+---+
    |centroid_id|feature|numerical_value|  n|
    +-----------+-------+---------------+---+
    |          0|  spend|            1.5| 10|
    |          1|  spend|           40.0| 20|
    +-----------+-------+---------------+---+
    """
    d = len(features)
    columns = {
        "centroid_id": pa.array(np.repeat(np.arange(len(centres)), d), pa.int32()),
        "feature": pa.array([*features] * len(centres), pa.string()),
        "numerical_value": pa.array(np.asarray(centres, np.float64).ravel()),
        "n": pa.array([size for size in n for _ in features], pa.int64()),
    }
    return arrow_frame(spark, pa.table(columns), CENTROIDS)


def cluster_table(
    spark: SparkSession, sizes: Sequence[float], spreads: Sequence[float]
) -> DataFrame:
    """Lay out clusters; a plan that holds them.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Session of the table.
    sizes : sequence of float
        Rows of each cluster.
    spreads : sequence of float
        Root mean squared distance of the rows of each from their mean; NaN where there are none.

    Examples
    --------
    >>> cluster_table(spark, [30, 10], [1.5, 0.25]).show()
    +-----------+---+-----+------+
    |centroid_id|  n|share|spread|
    +-----------+---+-----+------+
    |          0| 30| 0.75|   1.5|
    |          1| 10| 0.25|  0.25|
    +-----------+---+-----+------+
    """
    n = np.asarray(sizes, np.float64)
    columns = {
        "centroid_id": pa.array(np.arange(len(n)), pa.int32()),
        "n": pa.array(n.astype(np.int64)),
        "share": pa.array(n / max(n.sum(), 1.0)),
        "spread": pa.array(np.asarray(spreads, np.float64), from_pandas=True),
    }
    return arrow_frame(spark, pa.table(columns), CLUSTERS)
