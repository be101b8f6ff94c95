"""How well clusters separate, and how far local and global ones agree."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyspark.sql import functions as F
from pyspark.sql.types import StructField

from sparkfl import schemas
from sparkfl.errors import ParameterError
from sparkfl.federation_inputs import array_column, column
from sparkfl.local.rand_index import adjusted_rand
from sparkfl.local.silhouette import silhouettes
from sparkfl.local.spool import Spool
from sparkfl.local.stores import Block, blocks, slices
from sparkfl.local.survey import store_hash
from sparkfl.prediction import assign, scaled

if TYPE_CHECKING:
    import pandas
    from pyspark.sql import DataFrame

    from sparkfl.federation import FederatedClusteringModel

__all__ = ["DISTANCES", "Figures", "evaluate", "figures", "silhouette"]

DISTANCES = ("squaredEuclidean", "cosine")
"""Distances of `silhouette`, as MLlib names them."""


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
    >>> evaluate(model, df).select("store_id", "rows", "agreement").sort("store_id").show()
    +--------+----+---------+
    |store_id|rows|agreement|
    +--------+----+---------+
    |   north|  40|      1.0|
    |   south|  40|      1.0|
    +--------+----+---------+
    """
    inputs = model.data.inputs
    assigned = assign(inputs.select(df), model.data)
    rows = assigned.select(
        column(assigned, inputs.store_col).alias("store"),
        F.col("local_prediction").alias("local"),
        F.col("prediction").alias("global"),
        *(z.alias(f"z{i}") for i, z in enumerate(scaled(model.data))),
    )

    store = StructField(inputs.store_col, rows.schema["store"].dataType)
    schema = schemas.evaluation(store)
    names = schema.names

    def judge(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for block in blocks(batches, spill=True):
            yield pa.RecordBatch.from_arrays([block.keys, *_judged(block)], names)

    sorted_ = rows.repartition("store").sortWithinPartitions(store_hash(F.col("store")))
    return sorted_.mapInArrow(judge, schema)


def _judged(block: Block) -> list[pa.Array]:
    """Rows, silhouettes and agreement of each store of a block."""
    local, global_, columns = block.columns[0], block.columns[1], block.columns[2:]
    rows, local_rows = np.zeros(len(block), np.int64), np.zeros(len(block), np.int64)
    for part, store in slices(block.size):
        rows += np.bincount(store[~np.isnan(global_[part])], minlength=len(block))
        local_rows += np.bincount(store[~np.isnan(local[part])], minlength=len(block))
    known = (rows > 0) & (local_rows == rows)
    measures = [
        np.where(known, silhouettes(columns, local, block.size), np.nan),
        silhouettes(columns, global_, block.size),
        np.where(known, adjusted_rand(local, global_, block.size), np.nan),
    ]
    return [pa.array(rows), *(pa.array(m, from_pandas=True) for m in measures)]


@dataclass(frozen=True)
class Figures:
    """Figures of a trained federation, to keep with its version.

    Attributes
    ----------
    metrics : dict of str to float
        `stores`, `stores_trained`, `stores_kept` of the version before, and means over stores of
        the measures of `evaluate`.
    tables : dict of str to pandas.DataFrame
        `verdicts`, `evaluation` and `changes`, a row a store.
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
    tables = model.data.tables
    verdicts, changes = (
        tables["verdicts"].drop("content").to_pandas(),
        tables["changes"].to_pandas(),
    )
    stores = evaluate(model, df).toPandas()
    measures = ("local_silhouette", "global_silhouette", "agreement")
    means = {f"mean_{name}": float(stores[name].mean()) for name in measures}
    counts = {
        "stores": float(len(verdicts)),
        "stores_trained": float((verdicts["verdict"] == "ok").sum()),
        "stores_kept": float((changes["change"] == "kept").sum()),
    }
    known = {name: value for name, value in means.items() if not math.isnan(value)}
    shown = {"verdicts": verdicts, "evaluation": stores, "changes": changes}
    return Figures(counts | known, shown)


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
        spool = Spool()
        for batch in batches:
            values = batch.column(1).flatten().to_numpy().reshape(batch.num_rows, -1).T
            if distance == "cosine":
                norm = np.linalg.norm(values, axis=0)
                values = np.divide(values, norm, out=np.zeros_like(values), where=norm > 0)
            spool.append(np.vstack([batch.column(0).to_numpy(), values]))
        columns = spool.columns()
        labels = np.unique(columns[0], return_inverse=True)[1].astype(np.float64)
        score = silhouettes(columns[1:], labels, np.array([len(labels)]))
        spool.close()
        yield pa.RecordBatch.from_arrays([pa.array(score, from_pandas=True)], ["silhouette"])

    judged = rows.groupBy().applyInArrow(judge, "silhouette double")
    return judged.agg(F.max("silhouette").alias("silhouette"))
