"""Moments of many stores, feature by feature: what a scaling that they share is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sparkfl.statistics.summary import ClusterSummary, Counts, Matrix

__all__ = ["Moments"]


@dataclass(frozen=True)
class Moments:
    """Count, mean and sum of squared deviations of each feature of each store.

    Features are counted one by one, as a row may have a value of one and none of another.

    Parameters
    ----------
    n : numpy.ndarray of int64, shape (stores, d)
        Values; 0 where a store tells nothing of a feature.
    mean : numpy.ndarray of float64, shape (stores, d)
        Their mean; NaN where there is none.
    ss : numpy.ndarray of float64, shape (stores, d)
        Sum of their squared deviations from it; NaN where there is none.

    Examples
    --------
    >>> moments = Moments(np.array([[2], [1]]), np.array([[1.0], [7.0]]), np.array([[2.0], [0.0]]))
    >>> moments.total()
    Moments(n=array([[3]]), mean=array([[3.]]), ss=array([[26.]]))
    """

    n: Counts
    mean: Matrix
    ss: Matrix

    @classmethod
    def of_stores(cls, rows: Counts, mean: Matrix, ss: Matrix) -> ClusterSummary | Moments:
        """Return the moments of stores by their rows; as clusters, if none withholds a feature.

        Parameters
        ----------
        rows : numpy.ndarray of int64, shape (stores,)
            Rows of each store.
        mean, ss : numpy.ndarray of float64, shape (stores, d)
            NaN for a feature of which a store tells nothing.
        """
        if not np.isnan(mean).any():
            return ClusterSummary(rows, mean, ss)
        return cls(np.where(np.isnan(mean), 0, rows[:, None]), mean, ss)

    def __len__(self) -> int:
        return len(self.n)

    def total(self) -> Moments:
        """Merge all stores into one, in an order that does not depend on theirs."""
        features = self.n.shape[1]
        n = np.zeros((1, features), dtype=np.int64)
        mean, ss = np.full((2, 1, features), np.nan)
        for f in range(features):
            told = self.n[:, f] > 0
            if told.any():
                stores = ClusterSummary(
                    self.n[told, f], self.mean[told, f, None], self.ss[told, f, None]
                )
                merged = stores.canonical().total()
                n[0, f], mean[0, f], ss[0, f] = merged.n[0], merged.mean[0, 0], merged.ss[0, 0]
        return Moments(n, mean, ss)
