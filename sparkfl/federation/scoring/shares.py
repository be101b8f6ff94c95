"""The share of each feature in a customer's anomaly score."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from sparkfl.columns import check_names, lists_of, matrix_of, places_of, vectorized

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from sparkfl.federation.data import FederationData

__all__ = ["shares"]


def shares(df: DataFrame, data: FederationData) -> Column:
    """Return the shares of the features in the score of each row, which add up to it.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Rows with the input columns of the training.
    data : FederationData
        The federation.

    Returns
    -------
    pyspark.sql.Column
        An array of doubles, from 0 up, in the order of the features; NaN where a feature is not a
        finite number.
    """
    check_names(df.columns)
    bound = data.inputs.bound(df)
    return vectorized(_sharer(data), "array<double>")(bound.store, bound.features())


def _sharer(data: FederationData) -> Callable[[pa.Array, pa.Array], pa.Array]:
    rule, common = data.rule, data.scaling
    models = data.local_models if data.scaled_by == "store" else {}
    scalings = {store: model.scaling for store, model in models.items()}
    width = len(data.inputs.features)

    def share(store: pa.Array, features: pa.Array) -> pa.Array:
        told = np.full((len(features), width), np.nan)
        given = features.is_valid()
        there = np.flatnonzero(given.to_numpy(zero_copy_only=False))
        rows = matrix_of(features.filter(given))
        scaled = common.transform(rows)
        for each, own in places_of(store.filter(given)).items() if scalings else ():
            if each in scalings:
                scaled[own] = scalings[each].transform(rows[own])
        valid = np.isfinite(scaled).all(axis=1)
        told[there[valid]] = rule.shares(scaled[valid])
        return lists_of(told)

    return share
