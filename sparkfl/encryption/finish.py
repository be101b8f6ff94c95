"""What a client makes of decrypted sums: what `ml_predict` would have said of the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from sparkfl.statistics.summary import Matrix

__all__ = ["FINISHES", "Finish"]

Finish = Callable[[Matrix, Mapping[str, Any]], Any]
"""Makes of sums, shape (rows, sums), and the settings of a model an array of a value a row."""


def _first(sums: Matrix, _settings: Mapping[str, Any]) -> Matrix:
    return sums[:, 0]


def _exponential(sums: Matrix, _settings: Mapping[str, Any]) -> Matrix:
    return np.exp(sums[:, 0])


def _reciprocal(sums: Matrix, _settings: Mapping[str, Any]) -> Matrix:
    return 1.0 / sums[:, 0]


def _square(sums: Matrix, _settings: Mapping[str, Any]) -> Matrix:
    return sums[:, 0] ** 2


def _logistic(sums: Matrix, _settings: Mapping[str, Any]) -> Matrix:
    # Halves of exponents do not overflow.
    return np.asarray((1.0 + np.tanh(sums[:, 0] / 2.0)) / 2.0)


def _above(sums: Matrix, settings: Mapping[str, Any]) -> Any:
    above = (sums[:, 0] > settings["threshold"]).astype(int)
    return _classes(settings)[above]


def _strongest(sums: Matrix, settings: Mapping[str, Any]) -> Any:
    return _classes(settings)[sums.argmax(axis=1)]


def _classes(settings: Mapping[str, Any]) -> Any:
    classes: Sequence[Any] = settings["classes"]
    texts = any(isinstance(value, str) for value in classes)
    return np.array(classes, dtype=object if texts else None)


def _nearest(sums: Matrix, _settings: Mapping[str, Any]) -> Any:
    return sums.argmin(axis=1)


def _anomaly(sums: Matrix, settings: Mapping[str, Any]) -> Matrix:
    """Add up logarithms: far from the whole, and from the nearest of the large clusters."""
    features = settings["features"]
    logarithms = np.log(np.maximum(sums, 1.0)).reshape(len(sums), -1, features).sum(axis=2)
    score: Matrix = settings["degrees_of_freedom"] * (
        logarithms[:, 0] + logarithms[:, 1:].min(axis=1)
    )
    return score


FINISHES: Mapping[str, Finish] = {
    "above": _above,
    "anomaly": _anomaly,
    "exponential": _exponential,
    "identity": _first,
    "logistic": _logistic,
    "nearest": _nearest,
    "reciprocal": _reciprocal,
    "square": _square,
    "strongest": _strongest,
}
"""By name, as a `Description` names them."""
