"""Anomaly detection without a label: what is anomalous, and how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from sparkfl.models.names import inner
from sparkfl.models.tasks.task import Label, Scored, Task

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["ANOMALY"]


def _evaluate(scored: Scored, _label: Label | None) -> DataFrame:
    judged = scored.rows.groupBy(*scored.by).agg(
        F.avg(F.col(scored.prediction).cast("double")).alias("anomaly_share"),
        F.avg(inner("scoreCol")).alias("mean_score"),
    )
    return judged


def _decode(prediction: Column) -> Column:
    return prediction > 0


ANOMALY = Task(
    "anomaly_detection",
    "`anomaly_share`, the share of the rows that are anomalies, and `mean_score`, the mean of the "
    "scores.",
    _evaluate,
    ("predictionCol", "scoreCol"),
    decode=_decode,
    visible=2,
)
