"""How well clusters separate, and how far local and global ones agree."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import functions as F
from pyspark.sql.types import StructField

from sparkfl.columns import class_name, spark_frame
from sparkfl.errors import ParameterError
from sparkfl.execution.survey import store_hash
from sparkfl.federation import schemas
from sparkfl.federation.data import FederationData
from sparkfl.federation.inputs import FEATURES, STORE
from sparkfl.federation.model import FederatedClusteringModel
from sparkfl.federation.policy import rules_of
from sparkfl.federation.scoring import assign
from sparkfl.local.result import Verdict
from sparkfl.local.stores import Block, blocks, slices
from sparkfl.metrics.adjusted_rand import adjusted_rand
from sparkfl.metrics.silhouette import silhouettes
from sparkfl.privacy.policy import guarantee
from sparkfl.remote import ship
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import Counts, Matrix

if TYPE_CHECKING:
    import pandas
    from pyspark.sql import DataFrame

__all__ = ["TrainingReport", "evaluate", "training_report", "version_report"]


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
        A plan, one row a store, of schema :func:`sparkfl.federation.schemas.evaluation`: `rows`
        that could be predicted, `local_silhouette` and `global_silhouette` (mean, squared
        Euclidean, in the clustering space, NULL for fewer than two clusters; comparable, but
        no measure of the anomalies found), and `agreement`, the adjusted Rand index of local and
        global clusters, NULL without a local model.

    Raises
    ------
    ParameterError
        If `model` is none.
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
    if not isinstance(model, FederatedClusteringModel):
        raise ParameterError(
            "evaluate takes a FederatedClusteringModel, then the rows; its first argument is a "
            f"{class_name(model)}."
        )
    inputs = model.data.inputs
    own = inputs.bound(spark_frame(df, "evaluate")).select(df)
    ship(df.sparkSession)
    assigned = assign(own, replace(model.data, inputs=inputs.own))
    rows = assigned.select(STORE, "local_prediction", "prediction", FEATURES)
    schema = schemas.evaluation(StructField(STORE, rows.schema[STORE].dataType))
    names, width = schema.names, len(inputs.features)
    common, scaled_apart = model.data.scaling, _own_scalings(model.data)

    def judge(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for block in blocks(batches, width, spill=True):
            scalings = [scaled_apart.get(store, common) for store in block.keys.to_pylist()]
            judged = _judged(block, scalings)
            yield pa.RecordBatch.from_arrays([block.keys, *judged], names)

    sorted_ = rows.repartition(STORE).sortWithinPartitions(store_hash(F.col(STORE)))
    return sorted_.mapInArrow(judge, schema).toDF(*inputs.shown(names))


def _own_scalings(data: FederationData) -> dict[object, Scaling]:
    """Scalings of the stores that have their own."""
    if data.scaled_by != "store":
        return {}
    return {store: model.scaling for store, model in data.local_models.items()}


def _judged(block: Block, scalings: Sequence[Scaling]) -> list[pa.Array]:
    """Rows, silhouettes and agreement of each store of a block, given their scalings."""

    def scaled(columns: Matrix, store: Counts) -> Matrix:
        rows = np.empty_like(columns)
        for first, last in _runs(scalings, store):
            rows[:, first:last] = scalings[store[first]].transform(columns[:, first:last].T).T
        return rows

    local, global_, columns = block.columns[0], block.columns[1], block.columns[2:]
    rows, local_rows = np.zeros(len(block), np.int64), np.zeros(len(block), np.int64)
    for part, store in slices(block.size):
        rows += np.bincount(store[~np.isnan(global_[part])], minlength=len(block))
        local_rows += np.bincount(store[~np.isnan(local[part])], minlength=len(block))
    known = (rows > 0) & (local_rows == rows)
    measures = [
        np.where(known, silhouettes(columns, local, block.size, scaled), np.nan),
        silhouettes(columns, global_, block.size, scaled),
        np.where(known, adjusted_rand(local, global_, block.size), np.nan),
    ]
    return [pa.array(rows), *(pa.array(m, from_pandas=True) for m in measures)]


def _runs(scalings: Sequence[Scaling], store: Counts) -> Iterator[tuple[int, int]]:
    """Cut rows, given the number of the store of each, where the scaling changes."""
    first = 0
    for cut in [*(np.flatnonzero(np.diff(store)) + 1).tolist(), len(store)]:
        if cut == len(store) or scalings[store[cut]] is not scalings[store[first]]:
            if cut > first:
                yield first, cut
            first = cut


_GUARD = {
    True: "guarded against differencing: versions differ by no small number of customers",
    False: "no guard: two versions may differ by a single customer",
    None: "it was not written down whether there was a guard against differencing",
}
"""What a guard adds to what holds of releases."""


@dataclass(frozen=True)
class TrainingReport:
    """Metrics of a trained federation, to keep with its version.

    Attributes
    ----------
    metrics : dict of str to float
        `stores`, `stores_trained`, `stores_kept` of the version before, and means over stores of
        the measures of `evaluate`.
    tables : dict of str to pandas.DataFrame
        `verdicts`, `evaluation` and `changes`, a row a store.
    scaling_used : str
        `FederatedClusteringModel.scalingUsed`.
    released : str
        What holds of everything that was released, in words.
    """

    metrics: dict[str, float]
    tables: dict[str, pandas.DataFrame]
    scaling_used: str
    released: str

    @property
    def tags(self) -> dict[str, str]:
        """Stores, how many of them have a model, and the scaling, as tags of the version."""
        counts = ("stores", "stores_trained")
        tags = {f"sparkfl.{name}": str(int(self.metrics[name])) for name in counts}
        tags["sparkfl.released"] = self.released
        return tags | {"sparkfl.scaling_used": self.scaling_used}


def training_report(model: FederatedClusteringModel, df: DataFrame) -> TrainingReport:
    """Evaluate a model on its training rows, in one job.

    Of stores with fewer valid rows than `minClusterSize` no measure is kept: it would be a function
    of single customers. Under a release policy, or where a store was held back, it is kept of the
    stores that have released something, and of their rows what the verdicts tell. Of a private
    model there is none, as it would have no noise.

    Parameters
    ----------
    model : FederatedClusteringModel
        Fitted model.
    df : pyspark.sql.DataFrame
        The rows it was fitted on.
    """
    report = version_report(model)
    if rules_of(model).private:
        return report
    stores = evaluate(model, df).toPandas()
    measures = ["local_silhouette", "global_silhouette", "agreement"]
    large = stores["rows"] >= model.getMinClusterSize()
    held = "held_back" in report.tables["verdicts"]["verdict"].to_numpy()
    if held or model.getReleasePolicy() is not None:
        large, stores = _told(model.data, stores)
    # Columns of Spark Connect's may be memory of Arrow's, which is not written.
    stores[measures] = stores[measures].where(large)
    means = {f"mean_{name}": float(stores[name].mean()) for name in measures}
    known = {name: value for name, value in means.items() if not math.isnan(value)}
    return replace(
        report, metrics=report.metrics | known, tables={**report.tables, "evaluation": stores}
    )


def _told(
    data: FederationData, stores: pandas.DataFrame
) -> tuple[pandas.Series[bool], pandas.DataFrame]:
    """Say which stores have released something, and put the rows in that they tell."""
    import pandas as pd

    verdicts = data.tables["verdicts"].to_pandas().set_index(STORE)
    own = verdicts.reindex(stores[data.inputs.shown([STORE])[0]])
    told = stores.assign(rows=own["rows"].fillna(0).astype("int64").to_numpy())
    return pd.Series((own["verdict"] == Verdict.OK).to_numpy(), told.index), told


def version_report(model: FederatedClusteringModel) -> TrainingReport:
    """Count the stores of a version, and list what became of them; no row is read.

    Parameters
    ----------
    model : FederatedClusteringModel
        The model.
    """
    verdicts, changes = model.data.tables["verdicts"].drop("content"), model.data.tables["changes"]
    counts = {
        "stores": float(len(verdicts)),
        # One that is held back has a model where its earlier release stands.
        "stores_trained": float(pc.sum(pc.greater(verdicts["released_clusters"], 0)).as_py() or 0),
        "stores_kept": float(pc.sum(pc.equal(changes["change"], "kept")).as_py() or 0),
    }
    shown = {"verdicts": verdicts.to_pandas(), "changes": changes.to_pandas()}
    rules = rules_of(model)
    # Noise does what a guard is for.
    released = guarantee(rules) + ("" if rules.private else f"; {_GUARD[model.data.guarded]}")
    return TrainingReport(counts, shown, model.scalingUsed, released)
