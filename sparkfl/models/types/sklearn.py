"""Any estimator of scikit-learn, as a type of its own: MODEL_TYPE = 'sklearn:package.Class'."""

from __future__ import annotations

from functools import lru_cache
from inspect import signature
from typing import Any

from sparkfl.errors import ParameterError
from sparkfl.models.frame_type import FrameType, import_or_tell
from sparkfl.models.tasks import ANOMALY, CLASSIFICATION, CLUSTERING, REGRESSION, Task
from sparkfl.models.types.explained import SAMPLED
from sparkfl.options import Option

__all__ = ["PREFIX", "sklearn_type"]

PREFIX = "sklearn:"
_TASKS = {
    "classifier": CLASSIFICATION,
    "regressor": REGRESSION,
    "clusterer": CLUSTERING,
    "outlier_detector": ANOMALY,
}


@lru_cache
def sklearn_type(path: str) -> FrameType:
    """Return the row of a class, whose options are the parameters that it takes.

    Parameters
    ----------
    path : str
        Its dotted path, with or without ``sklearn.``: ``ensemble.RandomForestClassifier``.

    Raises
    ------
    ParameterError
        If there is no such class, or it predicts nothing for new rows.

    Examples
    --------
    >>> row = sklearn_type("svm.SVC")
    >>> row.task.name, [option.key for option in row.own][:3]
    ('classification', ['C', 'KERNEL', 'DEGREE'])
    """
    full = path if path.startswith("sklearn.") else f"sklearn.{path}"
    class_ = import_or_tell(full)
    task = _task(class_, full)
    if not hasattr(class_, "predict"):
        raise ParameterError(f"{full} predicts nothing for new rows; choose another class.")
    gives = ["predictionCol"]
    if task is CLASSIFICATION and _has_probabilities(class_):
        gives.append("probabilityCol")
    if task is ANOMALY:
        gives.append("scoreCol")
    own = [
        Option(name, "any", doc=f"As of {full}.", key=name.upper())
        for name, parameter in signature(class_).parameters.items()
        if parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
    ]
    return FrameType(
        full,
        task,
        f"scikit-learn's {full}, on the driver or for each group in a worker.",
        own=tuple(own),
        capabilities={} if task is CLUSTERING else SAMPLED,
        gives=tuple(gives),
        weights="sample_weight" in signature(class_.fit).parameters,
    )


def _task(class_: Any, full: str) -> Task:
    """Return what a class is for."""
    told = getattr(class_, "_estimator_type", None)
    if told is None and hasattr(class_, "__sklearn_tags__"):
        try:
            told = class_().__sklearn_tags__().estimator_type
        except TypeError as error:
            raise ParameterError(
                f"{full} cannot be made without arguments ({error}); it is no type of its own."
            ) from error
    if told not in _TASKS:
        raise ParameterError(
            f"{full} is no classifier, regressor, clusterer or outlier detector of scikit-learn."
        )
    return _TASKS[told]


def _has_probabilities(class_: Any) -> bool:
    """Tell whether a class gives probabilities, as it is by default."""
    return hasattr(class_(), "predict_proba")
