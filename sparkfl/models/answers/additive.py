"""Explain models that add up what each feature says by itself, exactly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from pyspark.ml.stat import Summarizer
from pyspark.sql import functions as F

from sparkfl.models.answers.explanation import exact, remembered, row_class
from sparkfl.models.answers.told import Tell
from sparkfl.models.answers.weights import coefficients
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from sparkfl.models.answers.model import Asked

__all__ = [
    "bayes_terms",
    "explain_additive",
    "isotonic_terms",
    "linear_terms",
    "remembered_means",
    "training_means",
]

Terms = Callable[[Matrix], Matrix]
"""Takes features, shape (rows, d); gives what each adds to each output, (rows, outputs, d)."""


def remembered_means(fitted: Any, training: DataFrame) -> dict[str, list[float]]:
    """Return the means of the features in training."""
    features = fitted.getFeaturesCol()
    mean = Summarizer.metrics("mean").summary(F.col(features))
    row = training.select(mean.alias("found")).first()
    assert row is not None
    return {"means": row.found.mean.toArray().tolist()}


def training_means(model: Asked) -> Matrix:
    """Return what `remembered_means` found, shape (d,).

    Raises
    ------
    CapabilityError
        If the model is older than that.
    """
    return remembered(model.facts, "means", "the means of its features")


def explain_additive(read: Callable[[Any], tuple[Terms, Matrix]]) -> Callable[[Asked], Tell]:
    """Return what explains a sum: by how much each term differs from that of the mean.

    Parameters
    ----------
    read : callable
        ``read(fitted)`` gives the terms, and what does not depend on features, shape (outputs,).
        Of several outputs, one a class, the one that is predicted is explained.
    """

    def tell_of(model: Asked) -> Tell:
        means = training_means(model)
        terms, constant = read(model.fitted)
        usual = terms(means[None])[0]

        def tell(x: Matrix, prediction: Matrix) -> tuple[Sequence[Matrix], Matrix]:
            own = row_class(prediction, len(constant))
            parts = terms(x)[np.arange(len(x)), own] - usual[own]
            return exact(constant[own] + usual[own].sum(axis=1), parts)

        return tell

    return tell_of


def linear_terms(fitted: Any) -> tuple[Terms, Matrix]:
    """Return each feature times its weight, and the intercepts."""
    matrix = coefficients(fitted)
    return (lambda x: x[:, None, :] * matrix[:, :-1]), matrix[:, -1]


def bayes_terms(fitted: Any) -> tuple[Terms, Matrix]:
    """Return the terms of naive Bayes' likelihoods, of two classes those of the log-odds.

    Of several classes they are told from their means over the classes: what moves all of them
    moves no prediction.
    """
    models = getattr(fitted, "models", None)
    if models is not None:
        told = [bayes_terms(one) for one in models]
        constants = np.concatenate([constant for _, constant in told])
        return (lambda x: np.concatenate([terms(x) for terms, _ in told], axis=1)), constants
    prior, theta, kind = fitted.pi.toArray(), fitted.theta.toArray(), fitted.getModelType()
    if kind == "gaussian":
        sigma = fitted.sigma.toArray()
        volume = np.log(sigma)

        def likelihood(x: Matrix) -> Matrix:
            return np.asarray(-((x[:, None, :] - theta) ** 2 / sigma + volume) / 2)
    else:
        if kind == "complement":
            prior = np.zeros_like(prior)
        if kind == "bernoulli":
            absent = np.log1p(-np.exp(theta))
            prior, theta = prior + absent.sum(axis=1), theta - absent

        def likelihood(x: Matrix) -> Matrix:
            return np.asarray(x[:, None, :] * theta)

    if len(prior) == 2:
        return (lambda x: np.diff(likelihood(x), axis=1)), np.diff(prior)

    def above_mean(x: Matrix) -> Matrix:
        found = likelihood(x)
        return np.asarray(found - found.mean(axis=1, keepdims=True))

    return above_mean, prior - prior.mean()


def isotonic_terms(fitted: Any) -> tuple[Terms, Matrix]:
    """Return the function of the one feature that isotonic regression asks."""
    edges, values = fitted.boundaries.toArray(), fitted.predictions.toArray()
    place = fitted.getFeatureIndex()

    def terms(x: Matrix) -> Matrix:
        found = np.zeros((len(x), 1, x.shape[1]))
        found[:, 0, place] = np.interp(x[:, place], edges, values)
        return found

    return terms, np.zeros(1)
