"""How many different values there are, of more than are kept."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["DistinctSketch", "hashes_of"]

Hashes = npt.NDArray[np.uint64]


class DistinctSketch:
    """The k least hashes of a stream of values, from which follows how many it has [1]_.

    Parameters
    ----------
    k : int, default 2048
        Hashes. Fewer different values are counted as they are; of more the estimate has a relative
        standard error of ``1 / sqrt(k - 2)``, by default 2.2 %.

    References
    ----------
    .. [1] Bar-Yossef, Jayram, Kumar, Sivakumar, Trevisan, "Counting distinct elements in a data
       stream", RANDOM 2002.

    Examples
    --------
    >>> sketch = DistinctSketch()
    >>> sketch.add(hashes_of(np.array([0.0, -0.0, 7.5, 7.5])))
    >>> sketch.estimate()
    2.0
    """

    def __init__(self, k: int = 2048) -> None:
        self._k = k
        self.least: Hashes = np.empty(0, np.uint64)

    def add(self, hashes: Hashes) -> None:
        """Take hashes of values, or the least hashes of another sketch, of shape (n,)."""
        if len(self.least) == self._k:
            hashes = hashes[hashes < self.least[-1]]
        if len(hashes):
            self.least = np.unique(np.concatenate([self.least, hashes]))[: self._k]

    def estimate(self) -> float:
        """Return how many different values there were."""
        if len(self.least) < self._k:
            return float(len(self.least))
        return (self._k - 1) / (float(self.least[-1]) / 2.0**64)


def hashes_of(values: npt.NDArray[np.float64]) -> Hashes:
    """Hash doubles, different ones differently: the finaliser of splitmix64 of their bits."""
    bits = (values + 0.0).view(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        bits = (bits ^ (bits >> np.uint64(shift))) * np.uint64(factor)
    return bits ^ (bits >> np.uint64(31))
