"""What the libraries of boosted trees say of theirs: importance, and Shapley values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pyspark.sql import functions as F

from sparkfl.metrics.groups import group_name
from sparkfl.models.answers.table import table
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = [
    "boosted_importance",
    "lightgbm_contributions",
    "lightgbm_gains",
    "xgboost_contributions",
    "xgboost_gains",
]


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
