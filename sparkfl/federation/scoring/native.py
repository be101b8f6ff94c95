"""Predictions by the functions of sparkfl's SQL extension: short plans, compiled arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from sparkfl.federation.scoring.numbers import Numbers
from sparkfl.federation.scoring.parameters import Parameters
from sparkfl.federation.scoring.reasons import reasons_sql

if TYPE_CHECKING:
    from pyspark.sql import Column, SparkSession

__all__ = ["assignment", "available", "scores"]


def available(spark: SparkSession) -> bool:
    """Tell whether the session has the extension."""
    return spark.catalog.functionExists("sparkfl_nearest")


def assignment(features: Column, parameters: Parameters) -> dict[str, Column]:
    """Columns that say which clusters a row belongs to, given the column of its features."""
    return {
        "local_prediction": _call("nearest", parameters.local, features, parameters),
        "prediction": _call("nearest", parameters.everywhere, features, parameters),
    }


def scores(features: Column, parameters: Parameters, names: Sequence[str]) -> dict[str, Column]:
    """Columns that say how anomalous a row is, and because of which feature."""
    reason = _call("reason", parameters.rule, features, parameters)
    return {
        "anomaly_score": _call("score", parameters.rule, features, parameters),
        "anomaly_reason": F.get(F.expr(reasons_sql(names)), reason),
    }


def _call(function: str, numbers: Numbers, features: Column, parameters: Parameters) -> Column:
    """Call a function of `RowMath`; NULL for a row with a feature that is not finite."""
    given = F.expr(numbers.sql), F.expr(parameters.scaling.sql)
    return F.call_function(f"sparkfl_{function}", *given, features)
