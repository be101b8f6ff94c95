"""Predictions by the functions of sparkfl's SQL extension: short plans, compiled arithmetic.

The functions are `RowMath` in Scala. Their parameters are arrays: literals for what all stores
share, a column of the joined models for what is a store's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from sparkfl.federation.data import FederationData
from sparkfl.federation.scoring.working import PREFIX, number_sql, scaled_sql, text_sql, z
from sparkfl.statistics.nearest import Discriminants
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["assignment", "available", "models", "row", "scores"]

_CENTRES = f"{PREFIX}centres"


def available(spark: SparkSession) -> bool:
    """Tell whether the session has the extension."""
    return spark.catalog.functionExists("sparkfl_nearest")


def row(data: FederationData) -> dict[str, str]:
    """Write the columns of the clustering space."""
    return {z(i): scaled_sql(data, i) for i in range(len(data.inputs.features))}


def models(data: FederationData) -> dict[str, pa.Array]:
    """Lay out the discriminants of each store as an array."""
    flat = _flat(data.local_discriminants)
    length = flat.shape[-1]
    offsets = pa.array(np.arange(len(flat) + 1, dtype=np.int32) * length)
    return {_CENTRES: pa.ListArray.from_arrays(offsets, pa.array(flat.ravel()))}


def assignment(data: FederationData) -> dict[str, str]:
    """Write the columns that say which clusters a row belongs to."""
    everywhere = _flat(Discriminants.of_centres(data.clusters.mean))
    return {
        "local_prediction": _call("nearest", _CENTRES, data),
        "prediction": _call("nearest", _array(everywhere), data),
    }


def scores(data: FederationData) -> dict[str, str]:
    """Write the columns that say how anomalous a row is, and why."""
    rule = data.rule
    large = np.stack([rule.centres, rule.precisions], axis=1).ravel()
    parameters = _array(np.concatenate([rule.mean, rule.precision, large]))
    names = [text_sql(sign + name) for name in data.inputs.features for sign in "+-"]
    reason = _call("reason", parameters, data)
    return {
        "anomaly_score": _call("score", parameters, data),
        "anomaly_reason": f"element_at(array({', '.join(names)}), {reason})",
    }


def _flat(centres: Discriminants) -> Matrix:
    """Lay discriminants out as `RowMath.nearest` reads them, shape (..., numbers)."""
    others = np.concatenate([centres.weight, centres.bias[..., None]], axis=-1)
    flat = others.reshape(*others.shape[:-2], -1)
    return np.concatenate([centres.origin, flat], axis=-1)


def _array(numbers: Sequence[float] | Matrix) -> str:
    """Write an array."""
    return f"array({', '.join(map(number_sql, numbers))})"


def _call(function: str, parameters: str, data: FederationData) -> str:
    """Write a call for a row of the clustering space; NULL for one that is not finite."""
    row = ", ".join(z(i) for i in range(len(data.inputs.features)))
    return f"sparkfl_{function}({parameters}, {row})"
