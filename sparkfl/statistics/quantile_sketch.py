"""Values that stand for others: quantiles of more values than are kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["QuantileSketch", "quantiles"]

Floats = npt.NDArray[np.float64]


class QuantileSketch:
    """Points of a stream of values, at most about `k` for each doubling of their number.

    A level has points of one weight. One that is full is halved, every second of its points in
    order goes to the next, which is the compaction of Manku, Rajagopalan and Lindsay [1]_, the
    first and the second in turn.

    Parameters
    ----------
    k : int, default 2048
        Most points of a level. A rank is off by at most ``log2(n / k) / k`` of n values, and in
        general by a tenth of that; up to k values are kept as they are.

    References
    ----------
    .. [1] Manku, Rajagopalan, Lindsay, "Approximate medians and other quantiles in one pass and
       with limited memory", SIGMOD 1998.

    Examples
    --------
    >>> sketch = QuantileSketch(k=4)
    >>> sketch.add(np.arange(8.0))
    >>> sketch.points()
    (array([0., 2., 4., 6.]), 2.0)
    """

    def __init__(self, k: int = 2048) -> None:
        self._k = k
        self._levels: list[Floats] = []
        self._second: list[bool] = []

    def add(self, values: Floats) -> None:
        """Take values of shape (n,), all finite."""
        carried, level = values, 0
        while len(carried):
            if level == len(self._levels):
                self._levels.append(np.empty(0))
                self._second.append(False)
            full = np.sort(np.concatenate([self._levels[level], carried]))
            if len(full) <= self._k:
                self._levels[level] = full
                return
            even = len(full) // 2 * 2
            self._levels[level] = full[even:]
            carried = full[int(self._second[level]) : even : 2]
            self._second[level] = not self._second[level]
            level += 1

    def points(self) -> tuple[Floats, float]:
        """Return at most `k` points, in order, and how many values each of them stands for."""
        sizes = [len(points) for points in self._levels]
        if not sum(sizes):
            return np.empty(0), 1.0
        points = np.concatenate(self._levels)
        weights = np.repeat(2.0 ** np.arange(len(sizes)), sizes)
        total = weights.sum()
        count = int(min(self._k, total))
        ranks = (np.arange(count) + 0.5) / count
        return quantiles(points, weights, ranks), float(total / count)


def quantiles(points: Floats, weights: Floats, levels: Sequence[float] | Floats) -> Floats:
    """Return, of each level, the least point that as large a share of the weights is up to.

    Examples
    --------
    >>> quantiles(np.array([5.0, 1.0]), np.array([1.0, 3.0]), [0.5, 0.75, 0.76]).tolist()
    [1.0, 1.0, 5.0]
    """
    order = np.argsort(points, kind="stable")
    up_to = np.cumsum(weights[order])
    place = np.searchsorted(up_to, np.asarray(levels) * up_to[-1])
    found: Floats = points[order][np.minimum(place, len(points) - 1)]
    return found
