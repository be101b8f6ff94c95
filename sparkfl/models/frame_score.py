"""Score rows by estimators of arrays, inside a worker."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from sparkfl.models.frame_fit import Dumped
from sparkfl.models.frame_type import FrameType
from sparkfl.statistics.summary import Matrix

__all__ = ["scorer"]

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
    ready: dict[str | None, tuple[Any, tuple[int, ...]]] = {}

    def of(group: str | None) -> tuple[Any, tuple[int, ...]]:
        if group not in ready:
            dumped: Dumped = pickle.loads(models[group])
            ready[group] = (kind.load(dumped.model), dumped.classes)
            for oldest in list(ready)[:-_KEPT]:
                del ready[oldest]
        return ready[group]

    def score(features: pa.Array, group: pa.Array) -> pa.Array:
        x = features.flatten().to_numpy(zero_copy_only=False)
        x = x.reshape(len(features), -1) if len(features) else x.reshape(0, 1)
        groups = np.array(group.to_pylist(), object)
        known = np.array([each in models for each in groups], bool)
        found = {name: _empty(name, len(x), classes) for name in outputs}
        for each in dict.fromkeys(groups[known].tolist()):
            own = groups == each
            for name, values in _scored(kind, *of(each), x[own], classes).items():
                if name in found:
                    found[name][own] = values
        arrays = [pa.array(known), *[_arrow(found[name]) for name in outputs]]
        return pa.StructArray.from_arrays(arrays, ["known", *outputs])

    return score


def _empty(name: str, rows: int, classes: int) -> Matrix:
    shape = (rows, max(classes, 1)) if name == "probabilityCol" else (rows,)
    return np.full(shape, np.nan)


def _scored(
    kind: FrameType, fitted: Any, own: tuple[int, ...], x: Matrix, classes: int
) -> dict[str, Matrix]:
    """Return what goes out, with the places of the classes among all."""
    found = kind.predict(fitted, x)
    if not own:
        return found
    places = np.array(own)
    found["predictionCol"] = places[found["predictionCol"].astype(np.int64)].astype(np.float64)
    if "probabilityCol" in found:
        whole = np.zeros((len(x), classes))
        whole[:, places] = found["probabilityCol"]
        found["probabilityCol"] = whole
    return found


def _arrow(values: Matrix) -> pa.Array:
    """Return numbers, or the rows of a matrix as arrays."""
    if values.ndim == 1:
        return pa.array(values)
    offsets = np.arange(len(values) + 1, dtype=np.int32) * values.shape[1]
    return pa.ListArray.from_arrays(offsets, values.ravel())
