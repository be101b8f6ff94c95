"""The trials of the search that a model is the best of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from sparkfl.errors import CapabilityError
from sparkfl.models.answers.table import table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from sparkfl.models.answers.model import Asked

__all__ = ["model_trials"]

_SCHEMA = (
    "trial_id int, options string, metrics string, objective double, status string, "
    "error_message string, is_optimal boolean, duration_ms bigint"
)


def model_trials(model: Asked, spark: SparkSession) -> DataFrame:
    """Return a row a trial.

    Raises
    ------
    CapabilityError
        If the model is of no search.
    """
    trials = model.facts.trials
    if not trials:
        raise CapabilityError(
            "The model was trained once, by the options of its statement: there are no trials. "
            "NUM_TRIALS, HPARAM_RANGE and HPARAM_CANDIDATES of CREATE MODEL search for the best."
        )
    listed = table(
        spark,
        {
            "trial_id": [t.number for t in trials],
            "options": [json.dumps({k: str(v) for k, v in t.options.items()}) for t in trials],
            "metrics": [json.dumps(dict(t.metrics)) for t in trials],
            "objective": [t.objective for t in trials],
            "status": ["FAILED" if t.error else "SUCCEEDED" for t in trials],
            "error_message": [t.error for t in trials],
            "is_optimal": [t.best for t in trials],
            "duration_ms": [int(1000 * t.seconds) for t in trials],
        },
        _SCHEMA,
    )
    return listed.select(
        "trial_id",
        F.from_json("options", "map<string, string>").alias("options"),
        F.from_json("metrics", "map<string, double>").alias("metrics"),
        "objective",
        "status",
        "error_message",
        "is_optimal",
        "duration_ms",
    )
