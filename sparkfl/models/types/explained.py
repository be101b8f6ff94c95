"""What models can be asked that explain themselves alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sparkfl.execution.encrypted import EncryptedAnswer
from sparkfl.models.answers.additive import (
    bayes_terms,
    explain_additive,
    isotonic_terms,
    linear_terms,
)
from sparkfl.models.answers.boosted import boosted_importance
from sparkfl.models.answers.by_group import explain_arrays
from sparkfl.models.answers.encrypted import encrypted_forms
from sparkfl.models.answers.explain import (
    Explainer,
    explain_predict,
    explain_trees,
    global_explain,
    of_features,
)
from sparkfl.models.answers.factorization import explain_factorization
from sparkfl.models.answers.importance import tree_importance
from sparkfl.models.answers.sampled import explain_sampled, perceptron
from sparkfl.models.answers.weights import weights

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = [
    "BAYES",
    "BOOSTED",
    "ENCRYPTED",
    "FACTORIZATION",
    "ISOTONIC",
    "LINEAR",
    "PERCEPTRON",
    "SAMPLED",
    "TREES",
    "explained_by",
]

Capabilities = Mapping[str, Callable[..., "DataFrame"]]


def explained_by(explainer: Explainer) -> Capabilities:
    """Return both explanations."""
    return {"explain": explain_predict(explainer), "global_explain": global_explain(explainer)}


ENCRYPTED: Capabilities = {"predict_encrypted": EncryptedAnswer(encrypted_forms)}
"""Of sums of weighted features or squares."""

LINEAR: Capabilities = {
    "weights": weights,
    **ENCRYPTED,
    **explained_by(of_features(explain_additive(linear_terms))),
}
"""Capabilities of a sum of weights."""

BAYES = explained_by(of_features(explain_additive(bayes_terms)))
"""Of naive Bayes."""

ISOTONIC = explained_by(of_features(explain_additive(isotonic_terms)))
"""Of a function of one feature."""

FACTORIZATION = explained_by(of_features(explain_factorization))
"""Of factorization machines."""

PERCEPTRON = explained_by(of_features(explain_sampled(perceptron)))
"""Of a multilayer perceptron."""

TREES: Capabilities = {
    "feature_importance": tree_importance,
    **explained_by(of_features(explain_trees)),
}
"""Of trees and ensembles of them."""

SAMPLED = explained_by(explain_arrays)
"""Of estimators of arrays that nothing is known of."""

BOOSTED: Capabilities = {"feature_importance": boosted_importance, **SAMPLED}
"""Of the boosted trees of XGBoost and LightGBM."""
