"""The best of several types, by their usual values: `ml_automl`."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping

from sparkfl.errors import ParameterError
from sparkfl.models.frame_type import FrameType
from sparkfl.models.search import Search
from sparkfl.models.search_spaces import SPACES, metric_name
from sparkfl.models.types import row_of

__all__ = ["PROBLEMS", "TRIALS", "automl_search"]

PROBLEMS: Mapping[str, tuple[str, ...]] = {
    "classification": (
        "logistic_reg",
        "random_forest_classifier",
        "xgboost_classifier",
        "lightgbm_classifier",
    ),
    "regression": (
        "linear_reg",
        "random_forest_regression",
        "xgboost_regressor",
        "lightgbm_regressor",
    ),
    "clustering": ("kmeans", "gaussian_mixture", "bisecting_kmeans"),
}
"""The types that are tried; those whose library is not installed are left out."""

TRIALS = 16
"""How many models are tried, if there is time."""


def automl_search(
    problem: str,
    target: str | None,
    metric: str | None = None,
    limit: float | None = None,
    trials: int = TRIALS,
) -> Search:
    """Return the search for the best model of a problem.

    Parameters
    ----------
    problem : str
        A key of `PROBLEMS`.
    target : str or None
        The label; None for a clustering.
    metric : str, optional
        By which the best is told, under the name of `model_evaluate` or a common one, such as
        ``'auc'``.
    limit : float, optional
        Seconds after which no further model is tried.
    trials : int, default 16
        How many models are tried.

    Raises
    ------
    ParameterError
        If there is no such problem, or its label is missing.

    Examples
    --------
    >>> automl_search("clustering", None).objective
    ''
    >>> automl_search("regression", "y", "r2_score").objective
    'r2'
    """
    if problem.lower() not in PROBLEMS:
        raise ParameterError(
            f"ml_automl: problem_type = {problem!r}; choose one of "
            f"{', '.join(map(repr, PROBLEMS))}. A series is forecast by ml_train(…, 'time_series')."
        )
    supervised = row_of(PROBLEMS[problem.lower()][0]).task.target is not None
    if supervised and target is None:
        raise ParameterError(f"ml_automl: a {problem} needs target_variable, a column.")
    there = [name for name in PROBLEMS[problem.lower()] if _is_there(name)]
    return Search(
        {name: SPACES[name] for name in there},
        {"LABEL": target} if supervised else {},
        trials,
        metric_name(metric) if metric else "",
        limit=limit,
    )


def _is_there(name: str) -> bool:
    """Tell whether the library of a type is installed."""
    kind = row_of(name)
    if not isinstance(kind, FrameType):
        return True
    return importlib.util.find_spec(kind.estimator.partition(".")[0]) is not None
