"""Estimators of MLlib that have no formula in SQL, in numpy, as workers run them.

What is returned refers to nothing of this module: a worker need not have what it imports.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pyspark.ml.classification import (
    DecisionTreeClassificationModel,
    FMClassificationModel,
    GBTClassificationModel,
    LinearSVCModel,
    LogisticRegressionModel,
    MultilayerPerceptronClassificationModel,
    NaiveBayesModel,
    OneVsRestModel,
    RandomForestClassificationModel,
)
from pyspark.ml.clustering import (
    BisectingKMeansModel,
    GaussianMixtureModel,
    KMeansModel,
    LDAModel,
)
from pyspark.ml.regression import (
    AFTSurvivalRegressionModel,
    FMRegressionModel,
    GeneralizedLinearRegressionModel,
    IsotonicRegressionModel,
)

from sparkfl.models.answers.sampled import perceptron, perceptron_sums
from sparkfl.models.answers.weights import coefficients
from sparkfl.models.stock.bisected import nearest_leaf
from sparkfl.models.stock.leaves import sum_of_leaves
from sparkfl.models.stock.topics import topic_shares
from sparkfl.statistics.summary import Matrix

__all__ = ["scores"]

Score = Callable[[Matrix], Matrix]
_TINY = float(np.finfo(np.float64).eps)


def scores(fitted: Any, files: Path) -> Mapping[str, Score] | None:
    """Return what an estimator says of rows of features, by the Params that name it.

    Parameters
    ----------
    fitted : pyspark.ml.Model
        The fitted estimator. Of a generalized linear model with an offset, that is the last of the
        features.
    files : Path
        The directory that it is saved in.

    Returns
    -------
    mapping of str to callable, or None
        ``predictionCol`` gives shape (rows,), ``probabilityCol`` shape (rows, classes); None of
        an estimator that is not known.
    """
    make = next((make for class_, make in _SCORES.items() if isinstance(fitted, class_)), None)
    if isinstance(fitted, OneVsRestModel):
        return _surest(fitted, files)
    if isinstance(fitted, BisectingKMeansModel):
        return _predicted(nearest_leaf(files))
    return None if make is None else make(fitted)


def _predicted(score: Score) -> Mapping[str, Score]:
    return {"predictionCol": score}


def _of_classes(fitted: Any, probabilities: Score) -> Mapping[str, Score]:
    """Return the probabilities, and the class that is the likeliest against its threshold."""
    shares: Any = 1.0
    if fitted.hasParam("thresholds") and fitted.isDefined("thresholds"):
        shares = np.maximum(np.array(fitted.getOrDefault("thresholds")), 5e-324)

    def place(x: Matrix) -> Matrix:
        return np.asarray(np.argmax(probabilities(x) / shares, axis=1), np.float64)

    return {"probabilityCol": probabilities, "predictionCol": place}


def _factorization(fitted: Any) -> Score:
    """Return the sum of a factorization machine."""
    intercept, weights = fitted.intercept, fitted.linear.toArray()
    factors = fitted.factors.toArray()

    def score(x: Matrix) -> Matrix:
        products = (x @ factors) ** 2 - x**2 @ factors**2
        return np.asarray(intercept + x @ weights + products.sum(axis=1) / 2)

    return score


def _machine(fitted: Any) -> Mapping[str, Score]:
    score = _factorization(fitted)

    def probabilities(x: Matrix) -> Matrix:
        positive = 1.0 / (1.0 + np.exp(-score(x)))
        return np.column_stack([1.0 - positive, positive])

    return _of_classes(fitted, probabilities)


def _likelihoods(fitted: Any) -> Score:
    """Return the logarithms of naive Bayes' likelihoods."""
    prior, theta, kind = fitted.pi.toArray(), fitted.theta.toArray(), fitted.getModelType()
    if kind == "gaussian":
        sigma = fitted.sigma.toArray()
        volume = np.log(sigma).sum(axis=1)

        def gaussian(x: Matrix) -> Matrix:
            away = ((x[:, None, :] - theta) ** 2 / sigma).sum(axis=2)
            return np.asarray(prior - (away + volume) / 2)

        return gaussian
    if kind == "complement":
        prior = np.zeros_like(prior)
    if kind == "bernoulli":
        absent = np.log1p(-np.exp(theta))
        prior, theta = prior + absent.sum(axis=1), theta - absent
    return lambda x: np.asarray(prior + x @ theta.T)


def _bayes(fitted: Any) -> Mapping[str, Score]:
    likelihoods = _likelihoods(fitted)

    def probabilities(x: Matrix) -> Matrix:
        sums = likelihoods(x)
        odds = np.exp(sums - sums.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))

    return _of_classes(fitted, probabilities)


def _logistic(fitted: Any) -> Mapping[str, Score]:
    """Return the shares of the classes; where the threshold is a share, SQL has a formula."""
    matrix, intercepts = fitted.coefficientMatrix.toArray(), fitted.interceptVector.toArray()

    def probabilities(x: Matrix) -> Matrix:
        positive = 1.0 / (1.0 + np.exp(-(x @ matrix[0] + intercepts[0])))
        return np.column_stack([1.0 - positive, positive])

    return _of_classes(fitted, probabilities)


def _second_likelihood(fitted: Any) -> Score:
    likelihoods = _likelihoods(fitted)
    return lambda x: likelihoods(x)[:, 1]


def _mixture(fitted: Any) -> Mapping[str, Score]:
    """Return the shares of the Gaussians, each by the eigenvalues of its covariance."""
    parts, least = [], _TINY
    for weight, gaussian in zip(fitted.weights, fitted.gaussians, strict=True):
        values, vectors = np.linalg.eigh(gaussian.cov.toArray())
        kept = values > _TINY * values.max() * len(values)
        logarithm = np.log(values[kept]).sum() + len(values) * math.log(2.0 * math.pi)
        root = vectors * np.where(kept, 1.0 / np.sqrt(np.where(kept, values, 1.0)), 0.0)
        parts.append((weight, gaussian.mean.toArray(), root, -logarithm / 2))

    def shares(x: Matrix) -> Matrix:
        density = [
            least + weight * np.exp(most - (((x - mean) @ root) ** 2).sum(axis=1) / 2)
            for weight, mean, root, most in parts
        ]
        whole = np.column_stack(density)
        return np.asarray(whole / whole.sum(axis=1, keepdims=True))

    return _of_classes(fitted, shares)


def _centres(fitted: Any) -> Mapping[str, Score]:
    """Return the centre in the nearest direction; where distances count there is a formula."""
    centres = np.array(fitted.clusterCenters())
    directions = (centres / np.linalg.norm(centres, axis=1, keepdims=True)).T
    return _predicted(lambda x: np.asarray(np.argmax(x @ directions, axis=1), np.float64))


def _isotonic(fitted: Any) -> Mapping[str, Score]:
    edges, values = fitted.boundaries.toArray(), fitted.predictions.toArray()
    place = fitted.getFeatureIndex()

    def score(x: Matrix) -> Matrix:
        own = x[:, place]
        after = np.clip(np.searchsorted(edges, own), 1, max(len(edges) - 1, 1))
        if len(edges) == 1:
            return np.full(len(own), values[0])
        low, high = edges[after - 1], edges[after]
        share = (values[after] - values[after - 1]) * (own - low) / (high - low)
        inside = np.where(own == high, values[after], values[after - 1] + share)
        above = np.where(own >= edges[-1], values[-1], inside)
        return np.asarray(np.where(own <= edges[0], values[0], above))

    return _predicted(score)


def _linear(fitted: Any) -> Score:
    weights = coefficients(fitted)[-1]
    return lambda x: np.asarray(x @ weights[:-1] + weights[-1])


def _survival(fitted: Any) -> Mapping[str, Score]:
    score = _linear(fitted)
    return _predicted(lambda x: np.exp(score(x)))


def _generalized(fitted: Any) -> Mapping[str, Score]:
    """Return the mean of the sum, by the link and as far as the family lets it go."""
    family, score = fitted.getFamily(), _linear(fitted)
    if fitted.isSet("offsetCol"):
        without = score
        score = lambda x: without(x[:, :-1]) + x[:, -1]  # noqa: E731
    if family == "tweedie":
        power = (
            fitted.getOrDefault("linkPower")
            if fitted.isDefined("linkPower")
            else 1.0 - fitted.getOrDefault("variancePower")
        )
        unlink: Score = np.exp if power == 0 else lambda eta: np.power(eta, 1.0 / power)
    else:
        unlink = _MEANS[fitted.getLink() if fitted.isDefined("link") else _USUAL[family]]()
    if family == "gaussian":
        return _predicted(lambda x: unlink(score(x)))
    most = 1.0 - 1e-16 if family == "binomial" else float(np.finfo(np.float64).max)
    return _predicted(lambda x: np.clip(unlink(score(x)), 1e-16, most))


def _probit() -> Score:
    erf = np.vectorize(math.erf, otypes=[float])
    return lambda eta: np.asarray((1.0 + erf(eta / math.sqrt(2.0))) / 2)


_MEANS: Mapping[str, Callable[[], Score]] = {
    "cloglog": lambda: lambda eta: 1.0 - np.exp(-np.exp(eta)),
    "identity": lambda: lambda eta: eta,
    "inverse": lambda: lambda eta: 1.0 / eta,
    "log": lambda: np.exp,
    "logit": lambda: lambda eta: 1.0 / (1.0 + np.exp(-eta)),
    "probit": _probit,
    "sqrt": lambda: np.square,
}
"""The mean of a sum, by the link."""
_USUAL = {"gaussian": "identity", "binomial": "logit", "poisson": "log", "gamma": "inverse"}


def _surest(fitted: Any, files: Path) -> Mapping[str, Score] | None:
    """Return the class whose own model is surest."""
    own = [_RAW.get(type(one)) for one in fitted.models]
    if None in own:
        return None
    pairs = enumerate(zip(own, fitted.models, strict=True))
    sure = [raw(one, files / f"model_{n}") for n, (raw, one) in pairs if raw is not None]

    def place(x: Matrix) -> Matrix:
        told = np.column_stack([score(x) for score in sure])
        return np.asarray(np.argmax(told, axis=1), np.float64)

    return _predicted(place)


def _second_sum(fitted: Any) -> Score:
    sums = perceptron_sums(fitted)
    return lambda x: sums(x)[:, 1]


_RAW: Mapping[type, Callable[[Any, Path], Score]] = {
    DecisionTreeClassificationModel: lambda _, files: sum_of_leaves(files, "rows"),
    FMClassificationModel: lambda one, _: _factorization(one),
    GBTClassificationModel: lambda _, files: sum_of_leaves(files, "weighted"),
    LinearSVCModel: lambda one, _: _linear(one),
    LogisticRegressionModel: lambda one, _: _linear(one),
    MultilayerPerceptronClassificationModel: lambda one, _: _second_sum(one),
    NaiveBayesModel: lambda one, _: _second_likelihood(one),
    RandomForestClassificationModel: lambda _, files: sum_of_leaves(files, "shares"),
}
"""What a model of one class against the others says of that class."""
_SCORES: Mapping[type, Callable[[Any], Mapping[str, Score]]] = {
    AFTSurvivalRegressionModel: _survival,
    FMClassificationModel: _machine,
    FMRegressionModel: lambda fitted: _predicted(_factorization(fitted)),
    GaussianMixtureModel: _mixture,
    GeneralizedLinearRegressionModel: _generalized,
    IsotonicRegressionModel: _isotonic,
    KMeansModel: _centres,
    LogisticRegressionModel: _logistic,
    LDAModel: lambda fitted: _of_classes(fitted, topic_shares(fitted)),
    MultilayerPerceptronClassificationModel: lambda f: _of_classes(f, perceptron(f)),
    NaiveBayesModel: _bayes,
}
