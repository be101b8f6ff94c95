"""What is to be predicted, as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sparkfl.errors import ParameterError

__all__ = ["FEWEST_ROWS", "MOST_CLASSES", "Target", "target_of"]

FEWEST_ROWS = 50
"""How many rows with a target there have to be."""

MOST_CLASSES = 20
"""How many classes there may be."""

_FEW = 10


@dataclass(frozen=True)
class Target:
    """A target.

    Attributes
    ----------
    values : numpy.ndarray of shape (rows, outputs)
        Values of a regression; of a classification 1 in the column of the class, else 0.
    classes : tuple of object
        The classes, in order; none of a regression.

    Examples
    --------
    >>> target_of(["a", "b"] * 30).classes
    ('a', 'b')
    """

    values: npt.NDArray[np.float64]
    classes: tuple[object, ...] = ()

    @property
    def scaled(self) -> npt.NDArray[np.float64]:
        """The values, centred, of a total variance of 1."""
        centred = self.values - self.values.mean(axis=0)
        return np.asarray(centred / np.sqrt((centred**2).sum(axis=1).mean()))


def target_of(given: Sequence[object], task: str | None = None, name: str = "target") -> Target:
    """Read the values of a target.

    Parameters
    ----------
    given : sequence
        Texts, booleans or numbers, none of them missing.
    task : {'classification', 'regression'}, optional
        By default texts, booleans, whole numbers of at most ten values, and numbers of two values
        are classes.
    name : str, default 'target'
        What errors call it.

    Raises
    ------
    ParameterError
        If there are fewer than `FEWEST_ROWS`, all are equal, or there are more classes than
        `MOST_CLASSES`.
    """
    if len(given) < FEWEST_ROWS:
        raise ParameterError(
            f"The target {name} is known of {len(given)} rows, and {FEWEST_ROWS} are needed to "
            "hold some out; give more rows."
        )
    known = [_plain(own) for own in given]
    distinct = set(known)
    if len(distinct) == 1:
        raise ParameterError(
            f"The target {name} is {given[0]!r} in every row, so that there is nothing to predict; "
            "give rows with other values, too."
        )
    if not _is_classes(known, distinct, task, name):
        return Target(np.asarray(known, dtype=np.float64)[:, None])
    if len(distinct) > MOST_CLASSES:
        raise ParameterError(
            f"The target {name} has {len(distinct)} classes, and at most {MOST_CLASSES} are "
            "taken; put rare ones together, or give task => 'regression' if it is a quantity."
        )
    classes = tuple(sorted(distinct))
    place = {own: i for i, own in enumerate(classes)}
    return Target(np.eye(len(classes))[[place[own] for own in known]], classes)


def _is_classes(known: Sequence[Any], distinct: set[Any], task: str | None, name: str) -> bool:
    texts = any(isinstance(own, str) for own in distinct)
    if task is not None:
        if task == "regression" and texts:
            raise ParameterError(
                f"The target {name} has texts, such as {known[0]!r}, which no regression predicts; "
                "cast it to a number, or leave task out."
            )
        return task == "classification"
    whole = all(isinstance(own, int) for own in distinct)
    return texts or len(distinct) == 2 or (whole and len(distinct) <= _FEW)


def _plain(value: Any) -> Any:
    """Return whole numbers as such, whatever type they have."""
    if isinstance(value, str | bool):
        return value
    return int(value) if value == int(value) else float(value)
