"""What all linear models can be asked, and what all trees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sparkfl.models.answers.boosted import boosted_importance, explain_boosted
from sparkfl.models.answers.explain import (
    explain_linear,
    explain_predict,
    explain_trees,
    global_explain,
    of_features,
)
from sparkfl.models.answers.importance import tree_importance
from sparkfl.models.answers.weights import weights

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["BOOSTED", "LINEAR", "TREES"]

LINEAR: Mapping[str, Callable[..., DataFrame]] = {
    "weights": weights,
    "explain": explain_predict(of_features(explain_linear)),
    "global_explain": global_explain(of_features(explain_linear)),
}
"""Capabilities of a sum of weights."""

TREES: Mapping[str, Callable[..., DataFrame]] = {
    "feature_importance": tree_importance,
    "explain": explain_predict(of_features(explain_trees)),
    "global_explain": global_explain(of_features(explain_trees)),
}
"""Capabilities of trees and ensembles of them."""

BOOSTED: Mapping[str, Callable[..., DataFrame]] = {
    "feature_importance": boosted_importance,
    "explain": explain_predict(explain_boosted),
    "global_explain": global_explain(explain_boosted),
}
"""Capabilities of the boosted trees of XGBoost and LightGBM."""
