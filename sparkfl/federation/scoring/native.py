"""Predictions by the functions of sparkfl's SQL extension: short plans, compiled arithmetic.

No column refers to another: all stand in one projection, for which Spark computes once what
several of them need.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pyspark.sql import functions as F

from sparkfl.execution.numbers import Numbers
from sparkfl.federation.scoring.parameters import Parameters
from sparkfl.federation.scoring.reasons import reasons_sql

if TYPE_CHECKING:
    from pyspark.sql import Column

    from sparkfl.federation.data import FederationData
    from sparkfl.federation.inputs import BoundInputs

__all__ = ["predictions"]

_REGISTERS = 32
"""So many features are scaled one by one, which Spark does once for all functions."""


def predictions(
    bound: BoundInputs, parameters: Parameters, data: FederationData, scored: bool
) -> dict[str, Column]:
    """Columns of a prediction.

    Parameters
    ----------
    bound : BoundInputs
        Where the features are found.
    parameters : Parameters
        What they are computed from.
    data : FederationData
        The federation.
    scored : bool
        Whether anomalies are asked for too.
    """
    row = _scaled(bound, parameters)

    def call(function: str, numbers: Numbers) -> Column:
        return F.call_function(f"sparkfl_{function}", F.expr(numbers.sql), *row)

    columns = {
        "local_prediction": call("nearest", parameters.local),
        "prediction": call("nearest", parameters.everywhere),
    }
    if not scored:
        return columns
    anomaly = call("anomaly", parameters.rule)
    score = F.lit(parameters.degrees_of_freedom) * F.get(anomaly, F.lit(0))
    columns["anomaly_score"] = score
    if data.distribution:
        scores = data.distribution
        first, points, table = scores.table
        numbers = [first, points, scores.edge, scores.top, scores.decay]
        given = Numbers(np.array([*numbers, *table, table[-1]]))
        ranked = F.call_function("sparkfl_severity", F.expr(given.sql), score)
        columns["anomaly_severity"] = ranked
    columns["is_anomaly"] = score >= F.lit(data.least_score)
    reasons = F.expr(reasons_sql(data.inputs.features))
    columns["anomaly_reason"] = F.get(reasons, F.get(anomaly, F.lit(1)).cast("int"))
    return columns


def _scaled(bound: BoundInputs, parameters: Parameters) -> list[Column]:
    """Return the scaled features, or one array of them; NULL for what is not finite."""
    d, numbers = parameters.features, parameters.scaling.values
    if d > _REGISTERS or numbers is None:
        scaling = F.expr(parameters.scaling.sql)
        return [F.call_function("sparkfl_scaled", scaling, bound.features())]
    steps = 4 if parameters.robust else 2
    linear = numbers[: steps * d].reshape(steps, d).T
    scaled = []
    for f, (x, own) in enumerate(zip(bound.values(), linear, strict=True)):
        arguments = [x, *map(F.lit, own)]
        if scores := parameters.normal_scores:
            given = Numbers(np.concatenate([scores.knots[f], scores.scores[f]]))
            arguments.append(F.expr(given.sql))
        scaled.append(F.call_function("sparkfl_scale", *arguments))
    return scaled
