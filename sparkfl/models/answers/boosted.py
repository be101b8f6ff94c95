"""What the libraries of boosted trees say of theirs: importance, and Shapley values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from pyspark.ml.functions import vector_to_array
from pyspark.sql import functions as F

from sparkfl.columns import lists_of, matrix_of, places_of, vectorized
from sparkfl.metrics.groups import group_name
from sparkfl.models.answers.explain import FIGURES
from sparkfl.models.answers.table import table
from sparkfl.models.names import GROUP, inner
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

__all__ = [
    "boosted_importance",
    "explain_boosted",
    "lightgbm_contributions",
    "lightgbm_gains",
    "xgboost_contributions",
    "xgboost_gains",
]

_EXPLAINED = f"struct<{', '.join(f'{name}: double' for name in FIGURES)}, parts: array<double>>"


def xgboost_contributions(fitted: Any, x: Matrix) -> Matrix:
    """Return the Shapley values of rows, the last the baseline: shape (rows, classes, d + 1).

    They add up to the margin, of two classes the log-odds, of which there is one (Lundberg et al.
    2020; XGBoost computes them exactly).
    """
    from xgboost import DMatrix

    found = np.asarray(fitted.get_booster().predict(DMatrix(x), pred_contribs=True), np.float64)
    return found if found.ndim == 3 else found[:, None, :]


def lightgbm_contributions(fitted: Any, x: Matrix) -> Matrix:
    """Return the same of LightGBM."""
    found = np.asarray(fitted.predict(x, pred_contrib=True), np.float64)
    return found.reshape(len(x), -1, x.shape[1] + 1)


def xgboost_gains(fitted: Any) -> Matrix:
    """Return what the splits of each feature gain in all, shape (d,)."""
    booster = fitted.get_booster()
    gains = booster.get_score(importance_type="total_gain")
    return np.array([gains.get(f"f{place}", 0.0) for place in range(booster.num_features())])


def lightgbm_gains(fitted: Any) -> Matrix:
    """Return the same of LightGBM."""
    return np.asarray(fitted.booster_.feature_importance(importance_type="gain"), np.float64)


def boosted_importance(model: Any, spark: SparkSession) -> DataFrame:
    """Return a row a feature: its share of what the splits gain; with groups, of each group's."""
    kind, names = model.type, model.feature_names()
    columns: dict[str, list[Any]] = {"series": [], "feature": [], "importance": []}
    for group, (fitted, _) in model.opened():
        gains = kind.gains(fitted)
        columns["series"] += [group] * len(names)
        columns["feature"] += names
        columns["importance"] += (gains / (gains.sum() or 1.0)).tolist()
    found = table(spark, columns, "series string, feature string, importance double")
    if not model.group:
        return found.drop("series").orderBy("importance", ascending=False)
    name = group_name(model.group.name, found.columns)
    ordered = found.orderBy("series", F.col("importance").desc())
    return ordered.withColumnRenamed("series", name)


def explain_boosted(model: Any, query: DataFrame) -> tuple[DataFrame, Column]:
    """Explain the margin of each row, of several classes that of the one that is predicted."""
    rows = model.run(query)
    explained = vectorized(_explainer(model.opener(), model.type.contributions), _EXPLAINED)
    features = vector_to_array(F.col(model.features))
    return rows, explained(features, F.col(inner("predictionCol")), F.col(GROUP))


def _explainer(
    of: Callable[[str | None], Any], contributions: Callable[[Any, Matrix], Matrix]
) -> Callable[[pa.Array, pa.Array, pa.Array], pa.Array]:
    """Return the function that explains a batch of rows, each by its group's estimator."""

    def explain(features: pa.Array, prediction: pa.Array, group: pa.Array) -> pa.Array:
        x = matrix_of(features)
        predicted = np.nan_to_num(prediction.to_numpy(zero_copy_only=False).astype(np.float64))
        parts, baseline = np.zeros(x.shape), np.full(len(x), np.nan)
        for each, own in places_of(group).items():
            opened = of(each)
            if opened is None:
                continue
            fitted, dumped = opened
            found = contributions(fitted, x[own])
            place = np.zeros(len(own), int)
            if found.shape[1] > 1:
                place = np.searchsorted(dumped.classes, predicted[own])
            chosen = found[np.arange(len(own)), place]
            parts[own], baseline[own] = chosen[:, :-1], chosen[:, -1]
        figures = [pa.array(baseline + parts.sum(axis=1)), pa.array(baseline)]
        return pa.StructArray.from_arrays([*figures, lists_of(parts)], [*FIGURES, "parts"])

    return explain
