"""Score rows by estimators of arrays, inside a worker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from sparkfl.columns import lists_of, matrix_of, places_of
from sparkfl.models.answers.anomalies import severity
from sparkfl.models.frame_fit import Dumped
from sparkfl.models.frame_type import FrameType
from sparkfl.models.group_fit import GroupFit, opener
from sparkfl.statistics.summary import Matrix

__all__ = ["detector", "estimators", "scorer"]


def scorer(
    kind: FrameType, fits: Sequence[GroupFit], outputs: Sequence[str], classes: int
) -> Callable[[pa.Array, pa.Array], pa.Array]:
    """Return the function that scores a batch of features, each row by its group's estimator.

    Parameters
    ----------
    kind : FrameType
        The type of the estimators.
    fits : sequence of GroupFit
        A pickled `Dumped` for each group; None stands for all rows.
    outputs : sequence of str
        What to give, by Param.
    classes : int
        How many classes the label has; 0 if it has none.

    Returns
    -------
    callable
        ``score(features, group)`` gives a struct of ``known``, whether there is an estimator, and
        the outputs.
    """
    of = estimators(kind, fits)

    def score(features: pa.Array, group: pa.Array) -> pa.Array:
        x, known = matrix_of(features), np.zeros(len(features), bool)
        found = {name: _empty(name, len(x), classes) for name in outputs}
        for each, own in places_of(group).items():
            opened = of(each)
            if opened is None:
                continue
            known[own] = True
            for name, values in _scored(kind, opened, x[own], classes).items():
                if name in found:
                    found[name][own] = values
        arrays = [pa.array(known), *[_arrow(found[name]) for name in outputs]]
        return pa.StructArray.from_arrays(arrays, ["known", *outputs])

    return score


def detector(
    kind: FrameType, fits: Sequence[GroupFit], contamination: float
) -> Callable[[pa.Array, pa.Array], pa.Array]:
    """Return the function that tells how odd the rows of a batch are.

    Parameters
    ----------
    kind : FrameType
        The type of the estimators, which find outliers.
    fits : sequence of GroupFit
        As of `scorer`.
    contamination : float
        Share of the training rows that are anomalies.

    Returns
    -------
    callable
        ``detect(features, group)`` gives a struct of ``known``, ``score``, ``severity`` and, of
        anomalies, ``parts``: by how much the score falls if a feature has its usual value.
    """
    of = estimators(kind, fits)

    def detect(features: pa.Array, group: pa.Array) -> pa.Array:
        x, known = matrix_of(features), np.zeros(len(features), bool)
        score, level = np.full(len(x), np.nan), np.full(len(x), np.nan)
        parts = np.zeros(x.shape)
        for each, own in places_of(group).items():
            opened = of(each)
            if opened is None:
                continue
            known[own] = True
            fitted, dumped = opened
            score[own] = kind.predict(fitted, x[own])["scoreCol"]
            level[own] = severity(score[own], np.array(dumped.scores))
            odd = own[level[own] > 100.0 * (1.0 - contamination)]
            for place, usual in enumerate(dumped.usual if len(odd) else ()):
                other = x[odd].copy()
                other[:, place] = usual
                parts[odd, place] = score[odd] - kind.predict(fitted, other)["scoreCol"]
        arrays = [pa.array(known), _arrow(score), _arrow(level), _arrow(parts)]
        return pa.StructArray.from_arrays(arrays, ["known", "score", "severity", "parts"])

    return detect


def estimators(
    kind: FrameType, fits: Sequence[GroupFit]
) -> Callable[[str | None], tuple[Any, Dumped] | None]:
    """Return what gives the estimator of a group, None if it has none."""

    def opened(dumped: Dumped) -> tuple[Any, Dumped]:
        return kind.load(dumped.model), dumped

    return opener(fits, opened)


def _empty(name: str, rows: int, classes: int) -> Matrix:
    shape = (rows, max(classes, 1)) if name == "probabilityCol" else (rows,)
    return np.full(shape, np.nan)


def _scored(
    kind: FrameType, opened: tuple[Any, Dumped], x: Matrix, classes: int
) -> dict[str, Matrix]:
    """Return what goes out, with the places of the classes among all."""
    fitted, dumped = opened
    found = kind.predict(fitted, x)
    if not dumped.classes:
        return found
    places = np.array(dumped.classes)
    found["predictionCol"] = places[found["predictionCol"].astype(np.int64)].astype(np.float64)
    if "probabilityCol" in found:
        whole = np.zeros((len(x), classes))
        whole[:, places] = found["probabilityCol"]
        found["probabilityCol"] = whole
    return found


def _arrow(values: Matrix) -> pa.Array:
    """Return numbers, or the rows of a matrix as arrays."""
    return pa.array(values) if values.ndim == 1 else lists_of(values)
