"""What a part of the rows tells of a column, and how parts merge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sparkfl.statistics.central_moments import CentralMoments
from sparkfl.statistics.comoments import Comoments
from sparkfl.statistics.distinct_sketch import DistinctSketch, hashes_of
from sparkfl.statistics.quantile_sketch import QuantileSketch, quantiles

__all__ = ["STATE", "ColumnState", "figures_of"]

Floats = npt.NDArray[np.float64]

_DOUBLES = pa.list_(pa.float64())
_MOMENTS = ("moments", "train", "test")
STATE = pa.schema(
    [
        ("place", pa.int32()),
        ("counts", _DOUBLES),
        ("limits", _DOUBLES),
        *((name, _DOUBLES) for name in _MOMENTS),
        ("both", _DOUBLES),
        ("points", _DOUBLES),
        ("weight", pa.float64()),
        ("hashes", pa.list_(pa.int64())),
    ]
)
"""A row a column and part: rows, missing, zeros and infinite in `counts`; extremes in `limits`."""


class ColumnState:
    """Figures of a column that grow by a batch at a time.

    Examples
    --------
    >>> state = ColumnState()
    >>> state.add_numbers(np.array([1.0, np.nan, 3.0]), np.full(3, np.nan), np.full(3, np.nan))
    >>> figures = figures_of([state.row(0)], (0.5,))
    >>> figures["missing"], figures["mean"], figures["distinct"], figures["quantiles"]
    (1.0, 2.0, 2.0, [1.0])
    """

    def __init__(self) -> None:
        self._counts = np.zeros(4)
        self._limits: list[float] = []
        self._moments = dict.fromkeys(_MOMENTS, CentralMoments())
        self._both = Comoments()
        self._points = QuantileSketch()
        self._distinct = DistinctSketch()

    @property
    def rows(self) -> int:
        """How many rows there were."""
        return int(self._counts[0])

    def add_missing(self, missing: npt.NDArray[np.bool_]) -> None:
        """Count rows, and those without a value."""
        self._counts += (len(missing), missing.sum(), 0, 0)

    def add_texts(self, hashes: npt.NDArray[np.int64], missing: npt.NDArray[np.bool_]) -> None:
        """Take hashes of texts."""
        self.add_missing(missing)
        self._distinct.add(hashes[~missing].view(np.uint64))

    def add_numbers(self, x: Floats, y: Floats, test: Floats) -> None:
        """Take numbers, NaN where one is missing.

        Parameters
        ----------
        x : numpy.ndarray of float64, shape (rows,)
            The numbers.
        y : numpy.ndarray of float64, shape (rows,)
            The target, NaN where there is none.
        test : numpy.ndarray of float64, shape (rows,)
            1 of the test, 0 of the training, else NaN.
        """
        missing, finite = np.isnan(x), np.isfinite(x)
        self.add_missing(missing)
        self._counts[2:] += (np.sum(x == 0), np.sum(~missing & ~finite))
        self._distinct.add(hashes_of(x[~missing]))
        values = x[finite]
        if not len(values):
            return
        self._limits = [
            min([*self._limits[:1], float(values.min())]),
            max([*self._limits[1:], float(values.max())]),
        ]
        self._points.add(values)
        parts = {
            "moments": values,
            "train": x[finite & (test == 0)],
            "test": x[finite & (test == 1)],
        }
        for name, own in parts.items():
            self._moments[name] = CentralMoments.merged(
                [self._moments[name], CentralMoments.of(own)]
            )
        known = finite & np.isfinite(y)
        self._both = Comoments.merged([self._both, Comoments.of(x[known], y[known])])

    def row(self, place: int) -> dict[str, Any]:
        """Return the row of `STATE` of the column of that place."""
        points, weight = self._points.points()
        return {
            "place": place,
            "counts": self._counts.tolist(),
            "limits": self._limits,
            **{name: list(astuple(moments)) for name, moments in self._moments.items()},
            "both": list(astuple(self._both)),
            "points": points,
            "weight": weight,
            "hashes": self._distinct.least.view(np.int64),
        }


def figures_of(parts: Sequence[dict[str, Any]], levels: Sequence[float]) -> dict[str, Any]:
    """Merge rows of `STATE` of one column and return its figures, NaN for what it has none of."""
    rows, missing, zeros, infinite = np.sum([part["counts"] for part in parts], axis=0)
    limits = [limit for part in parts for limit in part["limits"]]
    moments, train, test = (
        CentralMoments.merged([CentralMoments(*part[name]) for part in parts]) for name in _MOMENTS
    )
    distinct = DistinctSketch()
    for part in parts:
        distinct.add(np.asarray(part["hashes"], np.int64).view(np.uint64))
    points = np.concatenate([np.asarray(part["points"], float) for part in parts])
    weights = np.repeat([part["weight"] for part in parts], [len(part["points"]) for part in parts])
    none = float("nan")
    return {
        "rows": float(rows),
        "missing": float(missing),
        "zeros": float(zeros),
        "infinite": float(infinite),
        "distinct": distinct.estimate(),
        "mean": moments.mean if moments.n else none,
        "std": moments.std,
        "skewness": moments.skewness,
        "kurtosis": moments.kurtosis,
        "min": min(limits, default=none),
        "max": max(limits, default=none),
        "pearson": Comoments.merged([Comoments(*part["both"]) for part in parts]).correlation,
        "train_mean": train.mean if train.n else none,
        "train_std": train.std,
        "test_mean": test.mean if test.n else none,
        "test_std": test.std,
        "quantiles": quantiles(points, weights, levels).tolist() if len(points) else [],
    }
