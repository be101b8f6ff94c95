"""Explain factorization machines exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sparkfl.models.answers.additive import training_means
from sparkfl.models.answers.explanation import exact, row_class
from sparkfl.models.answers.told import Tell
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    from sparkfl.models.answers.model import Asked

__all__ = ["explain_factorization", "factorization_parts"]


def factorization_parts(x: Matrix, means: Matrix, weights: Matrix, factors: Matrix) -> Matrix:
    """Return the Shapley values of rows against one row of means.

    A pair of features moves the prediction by its product, of which each gets the half that it
    moves while the other is at its mean, and half of what both move together.

    Parameters
    ----------
    x : numpy.ndarray, shape (rows, d)
        The features.
    means : numpy.ndarray, shape (d,)
        The row they are told from.
    weights : numpy.ndarray, shape (d,)
        Those of the features.
    factors : numpy.ndarray, shape (d, k)
        The weight of a pair is the product of its rows.

    Examples
    --------
    >>> ones = np.ones((2, 1))
    >>> factorization_parts(np.array([[2.0, 3.0]]), np.zeros(2), np.zeros(2), ones).tolist()
    [[3.0, 3.0]]
    """
    moved = x - means
    own = (factors**2).sum(axis=1)

    def with_others(rows: Matrix) -> Matrix:
        return np.asarray((rows @ factors) @ factors.T - own * rows)

    return np.asarray(moved * (weights + with_others(means) + with_others(moved) / 2))


def explain_factorization(model: Asked) -> Tell:
    """Explain the sum of a factorization machine; of classes it is the log-odds."""
    means = training_means(model)
    machines = [_read(one) for one in getattr(model.fitted, "models", [model.fitted])]

    def tell(x: Matrix, prediction: Matrix) -> tuple[Sequence[Matrix], Matrix]:
        own = row_class(prediction, len(machines))
        parts, baseline = np.zeros(x.shape), np.zeros(len(x))
        for place, (intercept, weights, factors) in enumerate(machines):
            rows = own == place
            parts[rows] = factorization_parts(x[rows], means, weights, factors)
            products = (means @ factors) ** 2 - means**2 @ factors**2
            baseline[rows] = intercept + means @ weights + products.sum() / 2
        return exact(baseline, parts)

    return tell


def _read(fitted: Any) -> tuple[float, Matrix, Matrix]:
    return fitted.intercept, fitted.linear.toArray(), fitted.factors.toArray()
