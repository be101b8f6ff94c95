"""What a prediction adds to a frame: the same whether or not the session has the extension."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkfl.columns import check_names, without_internal
from sparkfl.execution.extension import has_extension
from sparkfl.federation.data import FederationData
from sparkfl.federation.inputs import STORE
from sparkfl.federation.scoring import native, portable
from sparkfl.federation.scoring.lookup import with_store_arrays
from sparkfl.federation.scoring.parameters import Parameters, store_arrays

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["assign", "score"]


def assign(df: DataFrame, data: FederationData) -> DataFrame:
    """Add `local_prediction` and `prediction`."""
    return _predicted(df, data, scored=False)


def score(df: DataFrame, data: FederationData) -> DataFrame:
    """Add all columns of `sparkfl.federation.schemas.PREDICTION`."""
    return _predicted(df, data, scored=True)


def _predicted(df: DataFrame, data: FederationData, scored: bool) -> DataFrame:
    """Find the models and compute all columns."""
    check_names(df.columns)
    bound = data.inputs.bound(df)
    way = native if has_extension(df.sparkSession) else portable
    columns = way.predictions(bound, Parameters.of_data(data), data, scored)
    modelled = _with_models(df, bound.store, data, way is native)
    predicted = modelled.select("*", *(column.alias(name) for name, column in columns.items()))
    return without_internal(predicted)


def _with_models(df: DataFrame, store: Column, data: FederationData, extension: bool) -> DataFrame:
    """Add the model of the store; NULL for a store without one."""
    stores = data.tables["local_models"][STORE].combine_chunks()
    type_, arrays = data.inputs.store_type, store_arrays(data)
    return with_store_arrays(df, store, type_, stores, arrays, extension)
