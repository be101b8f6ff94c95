"""Cluster summaries: count, mean and within-cluster sum of squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["ClusterSummary", "Counts", "Matrix"]

Matrix = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ClusterSummary:
    """Count, mean and within-cluster sum of squares of `k` clusters in `d` features.

    The three are sufficient: clusters merge exactly, without their rows, by the parallel formula
    of Chan, Golub and LeVeque [1]_.

    Parameters
    ----------
    n : numpy.ndarray of int64, shape (k,)
        Rows in each cluster.
    mean : numpy.ndarray of float64, shape (k, d)
        Mean of each feature.
    ss : numpy.ndarray of float64, shape (k, d)
        Sum of squared deviations from the cluster's mean, per feature.

    References
    ----------
    .. [1] Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample
       variances", 1979.

    Examples
    --------
    >>> rows = np.array([[0.0], [2.0], [10.0]])
    >>> summary = ClusterSummary.of_rows(rows, np.array([0, 0, 1]))
    >>> summary.n.tolist(), summary.mean.tolist(), summary.ss.tolist()
    ([2, 1], [[1.0], [10.0]], [[2.0], [0.0]])
    >>> summary.total().mean.tolist()
    [[4.0]]
    """

    n: Counts
    mean: Matrix
    ss: Matrix

    @classmethod
    def of_rows(cls, rows: Matrix, labels: npt.NDArray[np.integer]) -> ClusterSummary:
        """Summarise rows of shape (rows, d) by their labels, in ascending order of label."""
        labels = np.unique(labels, return_inverse=True)[1]
        n = np.bincount(labels).astype(np.int64)
        mean = _sums(rows, labels, len(n)) / n[:, None]
        return cls(n, mean, _sums((rows - mean[labels]) ** 2, labels, len(n)))

    @classmethod
    def concatenate(cls, summaries: Sequence[ClusterSummary]) -> ClusterSummary:
        """Put the clusters of several summaries one after another."""
        return cls(
            np.concatenate([s.n for s in summaries]),
            np.concatenate([s.mean for s in summaries]),
            np.concatenate([s.ss for s in summaries]),
        )

    def __len__(self) -> int:
        return len(self.n)

    def merged(self, labels: npt.NDArray[np.integer]) -> ClusterSummary:
        """Merge the clusters that share a label, in ascending order of label."""
        labels = np.unique(labels, return_inverse=True)[1]
        k = int(labels.max()) + 1
        n = np.zeros(k, dtype=np.int64)
        np.add.at(n, labels, self.n)
        weight = self.n[:, None]
        mean = _sums(self.mean * weight, labels, k) / n[:, None]
        between = weight * (self.mean - mean[labels]) ** 2
        return ClusterSummary(n, mean, _sums(self.ss + between, labels, k))

    def total(self) -> ClusterSummary:
        """Merge all clusters into one."""
        return self.merged(np.zeros(len(self), dtype=np.int64))

    def canonical(self) -> ClusterSummary:
        """Order clusters by descending count, then by mean, so that their numbers are unique."""
        return self.ordered(self.canonical_order())

    def canonical_order(self) -> npt.NDArray[np.intp]:
        """Places of the clusters in that order."""
        return np.lexsort((*self.mean.T[::-1], -self.n))

    def ordered(self, order: npt.NDArray[np.intp]) -> ClusterSummary:
        """Take the clusters in another order."""
        return ClusterSummary(self.n[order], self.mean[order], self.ss[order])


def _sums(values: Matrix, labels: npt.NDArray[np.integer], k: int) -> Matrix:
    """Sum rows by label, in the order of the rows."""
    return np.stack([np.bincount(labels, column, k) for column in values.T], axis=1)
