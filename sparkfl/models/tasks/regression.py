"""Regression: the prediction is a number, and how far it is from the label judges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sparkfl.columns import finite, kind_of
from sparkfl.errors import SchemaError
from sparkfl.metrics.regression import regression
from sparkfl.models.tasks.task import Label, Scored, Target, Task, label_option

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from sparkfl.columns import Found

__all__ = ["REGRESSION"]


def _read(found: Found) -> Column:
    """Read a number as double, NULL where it is not finite."""
    if kind_of(found.type) != "number":
        raise SchemaError(
            f"The label {found.name} is {found.type.simpleString()}; it must be a number. Cast it "
            "in the query."
        )
    return finite(found.column.cast("double"))


def _learn(_rows: DataFrame, _column: str, kind: str, _name: str) -> Label:
    return Label(kind)


def _encode(value: Column, _label: Label) -> Column:
    return value


def _metadata(_label: Label) -> dict[str, Any]:
    return {}


def _decode(prediction: str, _label: Label) -> str:
    return prediction


def _evaluate(scored: Scored, _label: Label | None) -> DataFrame:
    return regression(scored.rows, scored.label, scored.prediction, scored.by)


REGRESSION = Task(
    "regression",
    "`rmse` and `mse`, the root of the mean squared error and that error, `mae`, the mean absolute "
    "error, `r2`, one less the squared errors' share of the label's variance, and "
    "`explained_variance`, the same of the errors less their mean; the last two are NULL where the "
    "label is the same in every row.",
    _evaluate,
    ("predictionCol", "quantilesCol", "linkPredictionCol", "varianceCol", "leafCol"),
    target=Target(_read, _learn, _encode, _metadata, _decode),
    options=(label_option("a number"),),
)
