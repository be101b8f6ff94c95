"""Explain any prediction, by Shapley values that are estimated from a sample of training rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from pyspark.sql import functions as F

from sparkfl.errors import CapabilityError
from sparkfl.models.answers.explanation import remembered, row_class
from sparkfl.models.answers.told import Tell
from sparkfl.statistics.sampled_shapley import sampled_shapley
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from sparkfl.models.answers.model import Asked

__all__ = [
    "BACKGROUND",
    "MOST_FEATURES",
    "check_width",
    "explain_sampled",
    "perceptron",
    "perceptron_sums",
    "positive",
    "remembered_sample",
]

BACKGROUND = 16
"""Training rows that predictions are told from."""
MOST_FEATURES = 1000
_FIGURE = "sample"


def remembered_sample(fitted: Any, training: DataFrame) -> dict[str, list[float]]:
    """Return `BACKGROUND` rows of the training, one after the other; none of many features."""
    drawn = training.select(fitted.getFeaturesCol()).orderBy(F.rand(0)).limit(BACKGROUND)
    rows = [row[0].toArray() for row in drawn.collect() if row[0].size <= MOST_FEATURES]
    return {_FIGURE: np.concatenate(rows).tolist()} if rows else {}


def check_width(features: int) -> None:
    """Refuse more features than are explained by a sample.

    Raises
    ------
    CapabilityError
        If there are more than `MOST_FEATURES`.
    """
    if features > MOST_FEATURES:
        raise CapabilityError(
            f"The model has {features} features; a type without exact attributions is explained by "
            f"a sample, of {MOST_FEATURES} features at most. Select some by TRANSFORM (pca, "
            "univariate_feature_selector), or take a linear model or trees."
        )


def explain_sampled(read: Callable[[Any], Callable[[Matrix], Matrix]]) -> Callable[[Asked], Tell]:
    """Return what explains the probability of the class that is predicted, of two the positive.

    Parameters
    ----------
    read : callable
        ``read(fitted)`` gives the function of features that scores them, shape (rows, classes).
    """

    def tell_of(model: Asked) -> Tell:
        check_width(len(model.feature_names()))
        sample = remembered(model.facts, _FIGURE, "some of its rows")
        score = read(model.fitted)

        def tell(x: Matrix, prediction: Matrix) -> tuple[Sequence[Matrix], Matrix]:
            background = sample.reshape(-1, x.shape[1])
            values, baseline, error = sampled_shapley(positive(score), x, background)
            own, rows = row_class(prediction, len(baseline)), np.arange(len(x))
            parts, usual = values[rows, own], baseline[own]
            return (usual + parts.sum(axis=1), usual, error[rows, own]), parts

        return tell

    return tell_of


def positive(score: Callable[[Matrix], Matrix]) -> Callable[[Matrix], Matrix]:
    """Leave out the first of two classes, of which the other tells all."""

    def positive(x: Matrix) -> Matrix:
        found = score(x)
        return found[:, 1:] if found.shape[1] == 2 else found

    return positive


def perceptron(fitted: Any) -> Callable[[Matrix], Matrix]:
    """Return the probabilities of MLlib's perceptron: sigmoids, and a softmax at the end."""
    sums_of = perceptron_sums(fitted)

    def probabilities(x: Matrix) -> Matrix:
        sums = sums_of(x)
        odds = np.exp(sums - sums.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))

    return probabilities


def perceptron_sums(fitted: Any) -> Callable[[Matrix], Matrix]:
    """Return the sums of MLlib's perceptron, of which its probabilities are the softmax."""
    sizes, flat = fitted.getLayers(), fitted.weights.toArray()
    layers, first = [], 0
    for wide, narrow in pairwise(sizes):
        last = first + wide * narrow
        layers.append((flat[first:last].reshape(wide, narrow), flat[last : last + narrow]))
        first = last + narrow

    def sums(x: Matrix) -> Matrix:
        for weights, bias in layers[:-1]:
            x = 1.0 / (1.0 + np.exp(-(x @ weights + bias)))
        weights, bias = layers[-1]
        return np.asarray(x @ weights + bias)

    return sums
