"""What an explanation says of a row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sparkfl.errors import CapabilityError
from sparkfl.models.facts import Facts
from sparkfl.statistics.summary import Matrix

__all__ = ["EXPLAINED", "FIGURES", "exact", "forgotten", "remembered", "row_class"]

FIGURES = ("explained_value", "baseline", "approximation_error")
EXPLAINED = (*FIGURES, "attributions")
"""The columns of an explanation."""


def exact(baseline: Matrix, parts: Matrix) -> tuple[Sequence[Matrix], Matrix]:
    """Return the figures of attributions that are not estimated, and the attributions."""
    return (baseline + parts.sum(axis=1), baseline, np.zeros(len(parts))), parts


def row_class(prediction: Matrix, classes: int) -> Matrix:
    """Return the place of the class that is explained of each row: the one that is predicted."""
    if classes < 2:
        return np.zeros(len(prediction), np.int64)
    return np.nan_to_num(prediction).astype(np.int64)


def remembered(facts: Facts, figure: str, what: str) -> Matrix:
    """Return figures of the training.

    Raises
    ------
    CapabilityError
        If the model is older than they are.

    Examples
    --------
    >>> remembered(Facts(figures={"means": [1.0, 2.0]}), "means", "the means").tolist()
    [1.0, 2.0]
    """
    found = np.array(facts.figures.get(figure, ()), float)
    if not len(found):
        raise forgotten(what)
    return found


def forgotten(what: str) -> CapabilityError:
    """Return the error of a model that is older than what is asked of it."""
    return CapabilityError(
        f"The model was trained before {what} were remembered; REFRESH MODEL makes a version that "
        "knows them."
    )
