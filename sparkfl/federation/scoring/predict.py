"""What a prediction adds to a frame: the same whether or not the session has the extension."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from pyspark.sql import functions as F

from sparkfl.columns import arrow_frame
from sparkfl.errors import SchemaError
from sparkfl.execution.survey import store_hash
from sparkfl.federation.data import FederationData
from sparkfl.federation.inputs import STORE
from sparkfl.federation.scoring import native, portable
from sparkfl.federation.scoring.numbers import number_sql
from sparkfl.federation.scoring.parameters import PREFIX, Parameters, store_arrays

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["assign", "score"]

_KEY = f"{PREFIX}key"


def assign(df: DataFrame, data: FederationData) -> DataFrame:
    """Add `local_prediction` and `prediction`."""
    return _predicted(df, data, scored=False)


def score(df: DataFrame, data: FederationData) -> DataFrame:
    """Add all columns of `sparkfl.federation.schemas.PREDICTION`."""
    return _predicted(df, data, scored=True)


def _predicted(df: DataFrame, data: FederationData, scored: bool) -> DataFrame:
    """Join the models and compute all columns."""
    reserved = [name for name in df.columns if name.startswith(PREFIX)]
    if reserved:
        raise SchemaError(
            f"Column {reserved[0]!r}: names that begin with {PREFIX} are sparkfl's own. Rename it."
        )
    bound = data.inputs.bound(df)
    way = native if native.available(df.sparkSession) else portable
    features, parameters = bound.features(), Parameters.of_data(data)
    columns = way.assignment(features, parameters)
    if scored:
        columns |= way.scores(features, parameters, data.inputs.features)
        reason = columns.pop("anomaly_reason")
        columns["is_anomaly"] = F.col("anomaly_score") >= F.expr(number_sql(data.threshold))
        columns["anomaly_reason"] = reason
    joined = _joined(df, bound.store, data)
    predicted = joined.select("*", *(column.alias(name) for name, column in columns.items()))
    return predicted.drop(*(name for name in predicted.columns if name.startswith(PREFIX)))


def _key(store: Column, type_: str) -> Column:
    """Join key of a store: a long, which joins in a fraction of the time of a string.

    Two stores of a model cannot share a hash: its training would have refused them.
    """
    if type_ == "string":
        return store_hash(store)
    return F.unix_date(store).cast("long") if type_ == "date" else store.cast("long")


def _joined(df: DataFrame, store: Column, data: FederationData) -> DataFrame:
    """Add the model of the store; NULL for a store without one."""
    arrays, type_ = store_arrays(data), data.inputs.store_type
    table = pa.table({STORE: data.tables["local_models"][STORE], **arrays})
    # Not nullable, or Spark asks of each number whether it is there.
    fields = [f"{STORE} {type_}", *(f"{name} array<double> not null" for name in arrays)]
    known = arrow_frame(df.sparkSession, table, ", ".join(fields))
    known = known.select(_key(F.col(STORE), type_).alias(_KEY), *arrays)
    return df.join(F.broadcast(known), _key(store, type_) == F.col(_KEY), "left")
