"""Sums of weighted features, and what follows from them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sparkfl.execution.numbers import Numbers, number_sql
from sparkfl.models.compiled.function import Compiled
from sparkfl.statistics.summary import Matrix

__all__ = [
    "compiled_bayes",
    "compiled_generalized",
    "compiled_linear",
    "compiled_logistic",
    "compiled_svc",
    "mean_of_sum",
]

_MEANS: Mapping[str, Callable[[str], str]] = {
    "identity": lambda eta: eta,
    "log": lambda eta: f"exp({eta})",
    "inverse": lambda eta: f"(1.0D / {eta})",
    "sqrt": lambda eta: f"({eta} * {eta})",
    "logit": lambda eta: f"(1.0D / (1.0D + exp(-({eta}))))",
}
"""The mean of a sum, by the link."""
_LEAST, _MOST = 1e-16, 1.7976931348623157e308
_PROJECTIONS: Mapping[str, Callable[[str], str]] = {
    "binomial": lambda mu: _between(mu, 1.0 - _LEAST),
    "poisson": lambda mu: _between(mu, _MOST),
    "gamma": lambda mu: _between(mu, _MOST),
}
"""As far as MLlib lets a mean go, by the family."""
_USUAL = {"gaussian": "identity", "binomial": "logit", "poisson": "log", "gamma": "inverse"}


def compiled_linear(fitted: Any, _files: Path | None) -> Compiled:
    """Return the sum."""
    return Compiled("weighted", _numbers(fitted.intercept, fitted.coefficients.toArray()))


def compiled_svc(fitted: Any, _files: Path | None) -> Compiled:
    """Return whether the sum is above the threshold."""
    return Compiled(
        "weighted", compiled_linear(fitted, None).numbers, _above(fitted.getThreshold())
    )


def compiled_logistic(fitted: Any, _files: Path | None) -> Compiled | None:
    """Return whether the log-odds are above those of the threshold, or whose are the greatest."""
    matrix, intercepts = fitted.coefficientMatrix.toArray(), fitted.interceptVector.toArray()
    if len(matrix) > 1:
        numbers = Numbers(np.hstack([intercepts[:, None], matrix]).ravel())
        return Compiled("strongest", numbers, _class)
    share = fitted.getThreshold()
    if not 0.0 < share < 1.0:
        return None
    edge = math.log(share / (1.0 - share))
    return Compiled("weighted", _numbers(intercepts[0], matrix[0]), _above(edge))


def compiled_generalized(fitted: Any, _files: Path | None) -> Compiled | None:
    """Return the mean of the sum, by the link; not where a row has an offset."""
    return None if fitted.isSet("offsetCol") else mean_of_sum(fitted)


def mean_of_sum(fitted: Any) -> Compiled | None:
    """Return the mean of a generalized linear model's sum; the offset is left out."""
    family = fitted.getFamily()
    link = fitted.getLink() if fitted.isDefined("link") else _USUAL.get(family, "")
    if link not in _MEANS or family not in _USUAL:
        return None
    project, mean = _PROJECTIONS.get(family, _MEANS["identity"]), _MEANS[link]
    numbers = compiled_linear(fitted, None).numbers
    return Compiled("weighted", numbers, lambda eta: project(mean(eta)))


def compiled_bayes(fitted: Any, _files: Path | None) -> Compiled | None:
    """Return the class of the greatest likelihood; of counts, or of normal features."""
    prior, theta = fitted.pi.toArray(), fitted.theta.toArray()
    kind = fitted.getModelType()
    if kind == "multinomial":
        numbers = np.hstack([prior[:, None], theta])
        return Compiled("strongest", Numbers(numbers.ravel()), _class)
    if kind != "gaussian":
        return None
    sigma = fitted.sigma.toArray()
    # Their squares, weighed by 1 / (2 sigma), are taken from the prior and the volume.
    most = prior - np.log(sigma).sum(axis=1) / 2
    numbers = np.hstack([most[:, None], theta, 0.5 / sigma])
    return Compiled("likeliest", Numbers(numbers.ravel()), _class)


def _class(place: str) -> str:
    return f"CAST({place} AS DOUBLE)"


def _between(mu: str, most: float) -> str:
    return f"least(greatest({mu}, {number_sql(_LEAST)}), {number_sql(most)})"


def _numbers(intercept: float, weights: Matrix) -> Numbers:
    return Numbers(np.concatenate([[intercept], weights]))


def _above(edge: float) -> Callable[[str], str]:
    return lambda value: f"CAST({value} > {number_sql(edge)} AS DOUBLE)"
