"""Forecasting: the prediction is the value of a series at a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkfl.metrics.forecasting import forecasting
from sparkfl.models.tasks.task import Label, Scored, Task

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["FORECASTING"]


def _evaluate(scored: Scored, _label: Label | None) -> DataFrame:
    return forecasting(scored.rows, scored.label, scored.prediction, scored.score, by=scored.by)


FORECASTING = Task(
    "forecasting",
    "`mae`, `rmse`, `mape` and `smape` (shares, NULL where they divide by 0) and `mase`, the mean "
    "absolute error over that of the naive forecast of the training series, which repeats the last "
    "season; with PARTITION BY a row a series.",
    _evaluate,
    ("predictionCol", "lowerCol", "upperCol"),
)
