"""How well clusters separate, and how far local and global ones agree."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructField

from sparkfl import schemas
from sparkfl.errors import ParameterError
from sparkfl.federation_inputs import array_column, column
from sparkfl.federation_predict import assign
from sparkfl.local.summary import Matrix

if TYPE_CHECKING:
    import pandas
    from pyspark.sql import DataFrame

    from sparkfl.federation import FederatedClusteringModel

__all__ = ["DISTANCES", "Figures", "evaluate", "figures", "silhouette", "silhouette_score"]

DISTANCES = ("squaredEuclidean", "cosine")
"""Distances of `silhouette`, as MLlib names them."""

_BLOCK = 65536
"""Rows whose distances are held at a time."""


def evaluate(model: FederatedClusteringModel, df: DataFrame) -> DataFrame:
    """Judge the local and the global clusters of every store, all in one job.

    Parameters
    ----------
    model : FederatedClusteringModel
        Fitted model.
    df : pyspark.sql.DataFrame
        Rows with the input columns of the training.

    Returns
    -------
    pyspark.sql.DataFrame
        A plan, one row a store, of schema :func:`sparkfl.schemas.evaluation`: `rows` that could be
        predicted, `local_silhouette` and `global_silhouette` (mean silhouette, squared Euclidean
        in the clustering space, NULL for fewer than two clusters; comparable with each other but
        no measure of the anomalies found), and `agreement`, the adjusted Rand index of local and
        global clusters, NULL without a local model.

    Raises
    ------
    SchemaError
        If a column is missing or of the wrong type.

    Examples
    --------
    >>> from sparkfl import FederatedClustering
    >>> rows = [(s, float(x % 2 * 50 + x)) for s in ("north", "south") for x in range(40)]
    >>> df = spark.createDataFrame(rows, "store_id string, spend double")
    >>> model = FederatedClustering(inputCols=["spend"], k=2, globalK=2).fit(df)
    >>> evaluate(model, df).select("store_id", "rows", "agreement").show()
    +--------+----+---------+
    |store_id|rows|agreement|
    +--------+----+---------+
    |   north|  40|      1.0|
    |   south|  40|      1.0|
    +--------+----+---------+
    """
    inputs = model.data.inputs
    assigned, scaled = assign(inputs.select(df), model.data)
    rows = assigned.select(
        column(assigned, inputs.store_col).alias("store"),
        F.col("local_prediction").alias("local"),
        F.col("prediction").alias("global"),
        *(z.alias(f"z{i}") for i, z in enumerate(scaled)),
    )

    store = StructField(inputs.store_col, rows.schema["store"].dataType)
    schema = schemas.evaluation(store)
    types = to_arrow_schema(schema)

    def judge(
        key: tuple[pa.Scalar, ...], batches: Iterator[pa.RecordBatch]
    ) -> Iterator[pa.RecordBatch]:
        matrix = np.concatenate([_matrix(batch) for batch in batches])
        matrix = matrix[~np.isnan(matrix[:, 1])]
        local, global_, features = matrix[:, 0], matrix[:, 1], matrix[:, 2:]
        known = len(matrix) > 0 and not np.isnan(local).any()
        values = [
            key[0].as_py(),
            len(matrix),
            silhouette_score(features, local) if known else None,
            silhouette_score(features, global_),
            _adjusted_rand(local, global_) if known else None,
        ]
        arrays = [pa.array([v], field.type) for v, field in zip(values, types, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, types.names)

    return rows.groupBy("store").applyInArrow(judge, schema)


@dataclass(frozen=True)
class Figures:
    """Figures of a trained federation, to keep with its version.

    Attributes
    ----------
    metrics : dict of str to float
        `stores`, `stores_trained`, and means over stores of the measures of `evaluate`.
    tables : dict of str to pandas.DataFrame
        `verdicts` and `evaluation`, a row a store.
    """

    metrics: dict[str, float]
    tables: dict[str, pandas.DataFrame]


def figures(model: FederatedClusteringModel, df: DataFrame) -> Figures:
    """Evaluate a model on its training rows, in one job.

    Parameters
    ----------
    model : FederatedClusteringModel
        Fitted model.
    df : pyspark.sql.DataFrame
        The rows it was fitted on.
    """
    verdicts, stores = model.data.tables["verdicts"].to_pandas(), evaluate(model, df).toPandas()
    measures = ("local_silhouette", "global_silhouette", "agreement")
    means = {f"mean_{name}": float(stores[name].mean()) for name in measures}
    counts = {
        "stores": float(len(verdicts)),
        "stores_trained": float((verdicts["verdict"] == "ok").sum()),
    }
    known = {name: value for name, value in means.items() if not math.isnan(value)}
    return Figures(counts | known, {"verdicts": verdicts, "evaluation": stores})


def silhouette(
    df: DataFrame,
    featuresCol: str = "features",
    predictionCol: str = "prediction",
    distance: str = "squaredEuclidean",
) -> DataFrame:
    """Judge one clustering by its mean silhouette, as MLlib's ClusteringEvaluator does.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Clustered rows; those without a prediction or with a feature that is not finite do not
        count. It is read once, so that a query with `rand()` or `LIMIT` is judged on one set of
        rows, by one worker that holds the features as doubles.
    featuresCol : str, default 'features'
        Vector or array column.
    predictionCol : str, default 'prediction'
        Column of cluster numbers.
    distance : {'squaredEuclidean', 'cosine'}, default 'squaredEuclidean'
        Distance between rows.

    Returns
    -------
    pyspark.sql.DataFrame
        A plan of one row, `silhouette` double: NULL for fewer than two clusters.

    Raises
    ------
    ParameterError
        If the distance is unknown.

    Examples
    --------
    >>> df = spark.sql("VALUES (array(0d), 0), (array(1d), 0), (array(9d), 1)")
    >>> silhouette(df, "col1", "col2").show()
    +------------------+
    |        silhouette|
    +------------------+
    |0.6573431069958847|
    +------------------+
    """
    if distance not in DISTANCES:
        raise ParameterError(
            f"Unknown distance {distance!r}; choose one of {', '.join(DISTANCES)}."
        )
    prediction = column(df, predictionCol).cast("double")
    rows = df.select(
        prediction.alias("prediction"), array_column(df, featuresCol).alias("features")
    )
    finite = F.forall("features", lambda x: F.coalesce(F.abs(x) < float("inf"), F.lit(False)))
    rows = rows.where(F.col("prediction").isNotNull() & finite)

    def judge(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        labels, features = [], []
        for batch in batches:
            labels.append(batch.column(0).to_numpy())
            values = batch.column(1).flatten().to_numpy()
            features.append(values.reshape(batch.num_rows, -1))
        matrix = np.concatenate(features)
        if distance == "cosine":
            norm = np.linalg.norm(matrix, axis=1, keepdims=True)
            matrix = np.divide(matrix, norm, out=np.zeros_like(matrix), where=norm > 0)
        score = silhouette_score(matrix, np.concatenate(labels))
        yield pa.RecordBatch.from_arrays([pa.array([score], pa.float64())], ["silhouette"])

    judged = rows.groupBy().applyInArrow(judge, "silhouette double")
    return judged.agg(F.max("silhouette").alias("silhouette"))


def silhouette_score(rows: Matrix, labels: npt.NDArray[np.float64]) -> float | None:
    """Compute the mean silhouette with squared Euclidean distances, in closed form.

    The mean squared distance of x to a cluster of n rows is ``|x|^2 - 2 x.Y/n + P/n`` with Y the
    cluster's sum and P its sum of squared norms [1]_: no pair of rows is formed. Rows are centred
    first, which changes no distance and keeps the digits. For the cosine distance give rows of
    length 1: the squared Euclidean distance is then twice the cosine distance.

    Parameters
    ----------
    rows : numpy.ndarray, shape (rows, d)
        Clustered rows.
    labels : numpy.ndarray, shape (rows,)
        Cluster of each row.

    Returns
    -------
    float or None
        Mean silhouette in [-1, 1], 0 for a cluster of one row; None for fewer than two clusters.

    References
    ----------
    .. [1] Gaido, "Distributed Silhouette Algorithm: Evaluating Clustering on Big Data",
       arXiv 2303.14102.

    Examples
    --------
    >>> silhouette_score(np.array([[0.0], [1.0], [9.0]]), np.array([0.0, 0.0, 1.0]))
    0.6573431069958847
    """
    values, own, n = np.unique(labels, return_inverse=True, return_counts=True)
    if len(values) < 2:
        return None
    rows = rows - rows.mean(axis=0)
    mean = np.stack([np.bincount(own, x) for x in rows.T], axis=1) / n[:, None]
    norms = np.bincount(own, (rows**2).sum(axis=1)) / n
    total = 0.0
    for start in range(0, len(rows), _BLOCK):
        x, c = rows[start : start + _BLOCK], own[start : start + _BLOCK]
        distance = np.maximum((x**2).sum(axis=1)[:, None] - 2 * x @ mean.T + norms, 0)
        index = np.arange(len(x))
        inside = distance[index, c] * n[c] / np.maximum(n[c] - 1, 1)
        distance[index, c] = np.inf
        outside = distance.min(axis=1)
        larger = np.maximum(inside, outside)
        share = np.divide(outside - inside, larger, out=np.zeros(len(x)), where=larger > 0)
        total += float(share[n[c] > 1].sum())
    return total / len(rows)


def _adjusted_rand(local: Matrix, global_: Matrix) -> float:
    """Compare two labellings by the adjusted Rand index."""
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(local, global_))


def _matrix(batch: pa.RecordBatch) -> Matrix:
    """Columns after the store as doubles, NULL as NaN."""
    return np.column_stack(
        [c.to_numpy(zero_copy_only=False).astype(np.float64) for c in batch.columns[1:]]
    )
