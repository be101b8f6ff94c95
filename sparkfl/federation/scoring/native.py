"""Predictions by the functions of sparkfl's SQL extension: short plans, compiled arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from sparkfl.columns import INTERNAL
from sparkfl.execution.numbers import Numbers
from sparkfl.federation.scoring.parameters import Parameters
from sparkfl.federation.scoring.reasons import reasons_sql

if TYPE_CHECKING:
    from pyspark.sql import Column, SparkSession

__all__ = ["assignment", "available", "scores"]

_Z = f"{INTERNAL}z"


def available(spark: SparkSession) -> bool:
    """Tell whether the session has the extension."""
    return spark.catalog.functionExists("sparkfl_nearest")


def assignment(features: Column, parameters: Parameters) -> dict[str, Column]:
    """Columns that say which clusters a row belongs to, given the column of its features."""
    scaled = F.call_function("sparkfl_scaled", F.expr(parameters.scaling.sql), features)
    return {
        _Z: scaled,
        "local_prediction": _call("nearest", parameters.local),
        "prediction": _call("nearest", parameters.everywhere),
    }


def scores(parameters: Parameters, names: Sequence[str]) -> dict[str, Column]:
    """Columns that say how anomalous a row is, and because of which feature."""
    logarithms = _call("score", parameters.rule)
    return {
        "anomaly_score": F.lit(parameters.degrees_of_freedom) * logarithms,
        "anomaly_reason": F.get(F.expr(reasons_sql(names)), _call("reason", parameters.rule)),
    }


def _call(function: str, numbers: Numbers) -> Column:
    """Call a function of `RowMath`; NULL for a row with a feature that is not finite."""
    return F.call_function(f"sparkfl_{function}", F.expr(numbers.sql), F.col(_Z))
