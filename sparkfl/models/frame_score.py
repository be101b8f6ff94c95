"""Score rows by estimators of arrays, inside a worker."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sparkfl.columns import lists_of, matrix_of
from sparkfl.models.answers.anomalies import severity
from sparkfl.models.frame_fit import Dumped
from sparkfl.models.frame_type import FrameType
from sparkfl.statistics.summary import Matrix

__all__ = ["detector", "scorer"]

_KEPT = 64
"""Estimators that a worker keeps ready."""


def scorer(
    kind: FrameType, models: Mapping[str | None, bytes], outputs: Sequence[str], classes: int
) -> Callable[[pa.Array, pa.Array], pa.Array]:
    """Return the function that scores a batch of features, each row by its group's estimator.

    Parameters
    ----------
    kind : FrameType
        The type of the estimators.
    models : mapping of str or None to bytes
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
    of = _opener(kind, models)

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
    kind: FrameType, models: Mapping[str | None, bytes], contamination: float
) -> Callable[[pa.Array, pa.Array], pa.Array]:
    """Return the function that tells how odd the rows of a batch are.

    Parameters
    ----------
    kind : FrameType
        The type of the estimators, which find outliers.
    models : mapping of str or None to bytes
        As of `scorer`.
    contamination : float
        Share of the training rows that are anomalies.

    Returns
    -------
    callable
        ``detect(features, group)`` gives a struct of ``known``, ``score``, ``severity`` and, of
        anomalies, ``parts``: by how much the score falls if a feature has its usual value.
    """
    of = _opener(kind, models)

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


def _opener(
    kind: FrameType, models: Mapping[str | None, bytes]
) -> Callable[[str | None], tuple[Any, Dumped]]:
    """Return what gives the estimator of a group, of which the last ones are kept ready."""
    ready: dict[str | None, tuple[Any, Dumped]] = {}

    def of(group: str | None) -> tuple[Any, Dumped]:
        if group not in ready:
            dumped: Dumped = pickle.loads(models[group])
            ready[group] = (kind.load(dumped.model), dumped)
            for oldest in list(ready)[:-_KEPT]:
                del ready[oldest]
        return ready[group]

    return of


def _grouped(
    group: pa.Array, models: Mapping[str | None, bytes]
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
