"""What a prediction adds to a frame: the same whether or not the session has the extension."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from sparkfl.execution.survey import store_hash
from sparkfl.federation.data import FederationData
from sparkfl.federation.scoring import native, portable
from sparkfl.federation.scoring.working import PREFIX, number_sql, z
from sparkfl.statistics.scaling import Scaling

__all__ = ["assign", "drop_working_columns", "scaled", "score"]

_KEY = f"{PREFIX}key"


def assign(df: DataFrame, data: FederationData) -> DataFrame:
    """Add `local_prediction` and `prediction`, and working columns."""
    return _predicted(df, data, scored=False)


def score(df: DataFrame, data: FederationData) -> DataFrame:
    """Add all columns of `sparkfl.federation.schemas.PREDICTION`, and working columns."""
    return _predicted(df, data, scored=True)


def scaled(data: FederationData) -> list[Column]:
    """Features in the clustering space; they mean nothing where the prediction is NULL."""
    return [F.col(z(i)) for i in range(len(data.inputs.features))]


def drop_working_columns(df: DataFrame) -> DataFrame:
    """Leave out what `assign` and `score` added for themselves."""
    working = ", ".join(name for name in df.columns if name.startswith(PREFIX))
    return df.selectExpr(f"* EXCEPT ({working})")


def _predicted(df: DataFrame, data: FederationData, scored: bool) -> DataFrame:
    """Join the models and compute all columns in one projection."""
    way = native if native.available(df.sparkSession) else portable
    columns = way.row(data) | way.assignment(data)
    if scored:
        columns |= way.scores(data)
        reason = columns.pop("anomaly_reason")
        columns["is_anomaly"] = f"anomaly_score >= {number_sql(data.threshold)}"
        columns["anomaly_reason"] = reason
    joined = _joined(df, data, way.models(data) | _own_scalings(data))
    return joined.selectExpr("*", *(f"{text} AS {name}" for name, text in columns.items()))


def _key(store: Column, type_: str) -> Column:
    """Join key of a store: a long, which joins in a fraction of the time of a string.

    Two stores of a model cannot share a hash: its training would have refused them.
    """
    if type_ == "string":
        return store_hash(store)
    return F.unix_date(store).cast("long") if type_ == "date" else store.cast("long")


def _own_scalings(data: FederationData) -> dict[str, pa.Array]:
    """Scalings of the stores' own, a number a column, if they have one."""
    if data.params["scaling"] != "store":
        return {}
    rows = data.tables["local_models"].select(["mean", "std"]).to_pylist()
    own = [Scaling(np.array(row["mean"]), np.array(row["std"])) for row in rows]
    columns = {}
    for i in range(len(data.inputs.features)):
        columns[f"{PREFIX}m{i}"] = pa.array([scaling.mean[i] for scaling in own], pa.float64())
        columns[f"{PREFIX}f{i}"] = pa.array([scaling.factor[i] for scaling in own], pa.float64())
    return columns


def _joined(df: DataFrame, data: FederationData, models: dict[str, pa.Array]) -> DataFrame:
    """Add the features and the model of the store; NULL for a store without one."""
    inputs, store = data.inputs, f"{PREFIX}store"
    given = {f"{PREFIX}x{i}": x for i, x in enumerate(inputs.values(df))}
    df = df.withColumns(given | {_KEY: _key(inputs.store(df), inputs.store_type)})
    # Not nullable, or Spark asks of each number whether it is there.
    fields = [f"{store} {inputs.store_type}"]
    for name, column in models.items():
        type_ = "array<double>" if pa.types.is_list(column.type) else "double"
        fields.append(f"{name} {type_} not null")
    table = pa.table({store: data.tables["local_models"][inputs.store_col]} | models)
    known = df.sparkSession.createDataFrame(table, ", ".join(fields))
    known = known.withColumn(_KEY, _key(F.col(store), inputs.store_type)).drop(store)
    return df.join(F.broadcast(known), _KEY, "left")
