"""Anomaly detection without a label: what is anomalous, and how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from sparkfl.metrics.groups import group_columns, group_keys, led_by
from sparkfl.models.names import inner
from sparkfl.models.tasks.task import Label, Scored, Task

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["ANOMALY"]


def _evaluate(scored: Scored, _label: Label | None) -> DataFrame:
    share, score = F.col(scored.prediction).cast("double"), F.col(inner("scoreCol"))
    groups = group_columns(scored.rows, scored.by)
    rows = scored.rows.select(*groups, share.alias("share"), score.alias("score"))
    judged = rows.groupBy(*group_keys(scored.by)).agg(
        F.avg("share").alias("anomaly_share"), F.avg("score").alias("mean_score")
    )
    return led_by(judged, scored.by)


def _decode(prediction: str) -> str:
    return f"({prediction} > 0)"


ANOMALY = Task(
    "anomaly_detection",
    "`anomaly_share`, the share of the rows that are anomalies, and `mean_score`, the mean of the "
    "scores.",
    _evaluate,
    ("predictionCol", "scoreCol"),
    decode=_decode,
    visible=2,
    returns="boolean",
)
