"""How much of each row the principal components do not explain, feature by feature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from pyspark.sql import functions as F

from sparkfl.columns import check_taken
from sparkfl.models.answers.anomalies import OUTPUTS, flagged, score_knots, severity
from sparkfl.models.answers.told import Tell, told
from sparkfl.models.scalers import linear_of
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from sparkfl.models.answers.model import Asked

__all__ = ["reconstruction_anomalies", "remembered_errors", "unexplained"]


def unexplained(x: Matrix, mean: Matrix, scale: Matrix, components: Matrix) -> Matrix:
    """Return what components do not explain of rows.

    Parameters
    ----------
    x : numpy.ndarray, shape (rows, d)
        The features.
    mean, scale : numpy.ndarray, shape (d,)
        What is taken from them, and by what they are multiplied then.
    components : numpy.ndarray, shape (d, k)
        Orthonormal directions.

    Returns
    -------
    numpy.ndarray, shape (rows, d)
        Squared differences over d: each row adds up to its mean squared error.

    Examples
    --------
    >>> one = np.array([[1.0], [0.0]])
    >>> unexplained(np.array([[5.0, 3.0]]), np.array([0.0, 1.0]), np.ones(2), one).tolist()
    [[0.0, 2.0]]
    """
    scaled = (x - mean) * scale
    left = scaled - (scaled @ components) @ components.T
    return np.asarray(left**2 / x.shape[1])


def reconstruction_anomalies(
    model: Asked, query: DataFrame, contamination: float, top_k: int
) -> DataFrame:
    """Return the rows of a query with their reconstruction errors, as `model_detect_anomalies`."""
    check_taken(query.columns, OUTPUTS)
    knots = np.array(model.facts.figures["scores"])
    tell = _tell(model.fitted)

    def judged(x: Matrix, prediction: Matrix) -> tuple[Sequence[Matrix], Matrix]:
        (score,), parts = tell(x, prediction)
        return (score, severity(score, knots)), parts

    rows = model.run(query)
    found = told(judged, model.features, F.lit(0.0), ("score", "severity"))
    return flagged(rows, found, model.feature_names(), contamination, top_k)


def remembered_errors(fitted: Any, training: DataFrame) -> dict[str, list[float]]:
    """Return the reconstruction errors of the training rows, at the shares `KNOTS` of them."""
    features = fitted.stages[0].getInputCol()
    scored = told(_tell(fitted), features, F.lit(0.0), ["score"]).getField("score")
    return {"scores": score_knots(training, scored)}


def _tell(fitted: Any) -> Tell:
    scaler, components = fitted.stages
    linear, directions = linear_of(scaler), components.pc.toArray()
    assert linear is not None

    def tell(x: Matrix, _prediction: Matrix) -> tuple[Sequence[Matrix], Matrix]:
        parts = unexplained(x, linear.shift, linear.factor, directions)
        return (parts.sum(axis=1),), parts

    return tell
