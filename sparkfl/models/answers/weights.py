"""The weights of a linear model, with the standard errors that its training gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pyspark.errors import IllegalArgumentException, UnsupportedOperationException

from sparkfl.models.answers.table import table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from sparkfl.models.answers.model import Asked

__all__ = ["INTERCEPT", "coefficients", "remembered_errors", "weights"]

INTERCEPT = "__INTERCEPT__"
_SCHEMA = (
    "class string, processed_input string, weight double, standard_error double, "
    "t_value double, p_value double"
)
_ERRORS = ("standard_errors", "t_values", "p_values")


def weights(model: Asked, spark: SparkSession) -> DataFrame:
    """Return a row a feature, and one for the intercept; for several classes, of each class."""
    names = [*model.feature_names(), INTERCEPT]
    matrix = coefficients(model.fitted)
    classes: list[str | None] = [None]
    if len(matrix) > 1 and model.label:
        classes = [str(value) for value in model.label.classes]
    k = len(names)
    columns: dict[str, Any] = {
        "class": np.repeat(np.array(classes, object), k),
        "processed_input": names * len(matrix),
        "weight": matrix.ravel(),
    }
    for column, figure in zip(("standard_error", "t_value", "p_value"), _ERRORS, strict=True):
        known = list(model.facts.figures.get(figure, ()))
        columns[column] = [*known, *[np.nan] * (k * len(matrix) - len(known))]
    return table(spark, columns, _SCHEMA)


def remembered_errors(fitted: Any, _training: DataFrame) -> dict[str, list[float]]:
    """Return the errors of the weights, where the solver gives them: its summary is not saved."""
    summary = fitted.summary if fitted.hasSummary else None
    if summary is None or not _has_errors(fitted, summary):
        return {}
    try:
        found = (summary.coefficientStandardErrors, summary.tValues, summary.pValues)
    except (UnsupportedOperationException, IllegalArgumentException):
        # The normal equations were singular, the label constant or the rows too few, which no
        # attribute tells.
        return {}
    size = len(fitted.coefficients) + 1
    return {
        name: [*map(float, values), *[float("nan")] * (size - len(values))]
        for name, values in zip(_ERRORS, found, strict=True)
    }


def _has_errors(fitted: Any, summary: Any) -> bool:
    """Tell whether a summary has standard errors: not with a penalty, or of another solver."""
    regularized = fitted.getOrDefault("regParam") > 0
    solver = getattr(summary, "solver", "normal")
    if fitted.hasParam("loss"):
        exact = fitted.getOrDefault("solver") in ("auto", "normal")
        return exact and not regularized and fitted.getOrDefault("loss") == "squaredError"
    return solver == "irls" and not regularized


def coefficients(fitted: Any) -> Any:
    """Return the weights, the intercept last, shape (classes, features + 1)."""
    if hasattr(fitted, "models"):
        return np.vstack([coefficients(one) for one in fitted.models])
    if hasattr(fitted, "coefficientMatrix"):
        matrix, intercept = fitted.coefficientMatrix.toArray(), fitted.interceptVector.toArray()
        return np.column_stack([matrix, intercept])
    weights = fitted.linear if hasattr(fitted, "linear") else fitted.coefficients
    return np.append(weights.toArray(), fitted.intercept)[None]
