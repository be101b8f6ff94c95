"""Score rows by estimators of arrays, inside a worker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sparkfl.columns import lists_of, matrix_of
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
    of, models = estimators(kind, fits), _known(fits)

    def score(features: pa.Array, group: pa.Array) -> pa.Array:
        x, (known, groups) = matrix_of(features), _grouped(group, models)
        found = {name: _empty(name, len(x), classes) for name in outputs}
        for each, own in groups.items():
            for name, values in _scored(kind, of(each), x[own], classes).items():
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
    of, models = estimators(kind, fits), _known(fits)

    def detect(features: pa.Array, group: pa.Array) -> pa.Array:
        x, (known, groups) = matrix_of(features), _grouped(group, models)
        score, level = np.full(len(x), np.nan), np.full(len(x), np.nan)
        parts = np.zeros(x.shape)
        for each, own in groups.items():
            fitted, dumped = of(each)
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
) -> Callable[[str | None], tuple[Any, Dumped]]:
    """Return what gives the estimator of a group."""

    def opened(dumped: Dumped) -> tuple[Any, Dumped]:
        return kind.load(dumped.model), dumped

    return opener(fits, opened)


def _known(fits: Sequence[GroupFit]) -> frozenset[str | None]:
    """Return the groups that have an estimator."""
    return frozenset(fit.group for fit in fits if fit.model is not None)


def _grouped(
    group: pa.Array, models: frozenset[str | None]
) -> tuple[npt.NDArray[np.bool_], dict[str | None, npt.NDArray[np.int64]]]:
    """Return whether there is an estimator for each row, and the rows of each group with one."""
    groups = np.array(group.to_pylist(), object)
    known = np.array([each in models for each in groups], bool)
    return known, {each: np.flatnonzero(groups == each) for each in dict.fromkeys(groups[known])}


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
