"""Explain models of estimators of arrays, each row by the estimator of its group."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from pyspark.ml.functions import vector_to_array
from pyspark.sql import functions as F

from sparkfl.columns import lists_of, matrix_of, places_of, vectorized
from sparkfl.models.answers.explanation import FIGURES, forgotten
from sparkfl.models.answers.sampled import check_width, positive
from sparkfl.models.names import GROUP, inner
from sparkfl.statistics.sampled_shapley import sampled_shapley
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["explain_arrays"]

_EXPLAINED = f"struct<{', '.join(f'{name}: double' for name in FIGURES)}, parts: array<double>>"
Told = Callable[[Any, Any, Matrix], tuple[Matrix, Matrix]]
"""Of an estimator, what is kept with it, and features: what each adds to each output, with the
baseline at the end, shape (rows, outputs, d + 1), and errors, shape (rows, outputs)."""


def explain_arrays(model: Any, query: DataFrame) -> tuple[DataFrame, Column]:
    """Explain each row, of several classes by what is said of the one that is predicted."""
    told = _sampled(model) if model.type.contributions is None else _exact(model.type.contributions)
    rows = model.run(query)
    explained = vectorized(_explainer(model.opener(), told), _EXPLAINED)
    features = vector_to_array(F.col(model.features))
    return rows, explained(features, F.col(inner("predictionCol")), F.col(GROUP))


def _exact(contributions: Callable[[Any, Matrix], Matrix]) -> Told:
    def told(fitted: Any, _kept: Any, x: Matrix) -> tuple[Matrix, Matrix]:
        found = contributions(fitted, x)
        return found, np.zeros(found.shape[:2])

    return told


def _sampled(model: Any) -> Told:
    """Return what estimates, if the sample was kept."""
    kind = model.type
    check_width(len(model.feature_names()))
    if next(iter(model.opened()))[1][1].background is None:
        raise forgotten("some of its rows")

    def told(fitted: Any, kept: Any, x: Matrix) -> tuple[Matrix, Matrix]:
        score = positive(lambda rows: kind.score(fitted, rows))
        values, baseline, error = sampled_shapley(score, x, kept.background)
        usual = np.broadcast_to(baseline[:, None], (*values.shape[:2], 1))
        return np.concatenate([values, usual], axis=2), error

    return told


def _explainer(
    of: Callable[[str | None], Any], told: Told
) -> Callable[[pa.Array, pa.Array, pa.Array], pa.Array]:
    """Return the function that explains a batch of rows, each by its group's estimator."""

    def explain(features: pa.Array, prediction: pa.Array, group: pa.Array) -> pa.Array:
        x = matrix_of(features)
        predicted = np.nan_to_num(prediction.to_numpy(zero_copy_only=False).astype(np.float64))
        parts, baseline, errors = np.zeros(x.shape), np.full(len(x), np.nan), np.zeros(len(x))
        for each, own in places_of(group).items():
            opened = of(each)
            if opened is None:
                continue
            fitted, kept = opened
            found, error = told(fitted, kept, x[own])
            rows, place = np.arange(len(own)), np.zeros(len(own), int)
            if found.shape[1] > 1:
                place = np.searchsorted(kept.classes, predicted[own])
            chosen = found[rows, place]
            parts[own], baseline[own] = chosen[:, :-1], chosen[:, -1]
            errors[own] = error[rows, place]
        figures = [pa.array(each) for each in (baseline + parts.sum(axis=1), baseline, errors)]
        return pa.StructArray.from_arrays([*figures, lists_of(parts)], [*FIGURES, "parts"])

    return explain
