"""The gate: what a store may release, decided before anything leaves its worker."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from sparkfl.statistics.summary import ClusterSummary, Counts, Matrix

__all__ = ["SMALLEST_MINIMUM", "constant", "release", "release_histogram", "too_small"]

SMALLEST_MINIMUM = 3
"""No minimum cluster size below this is accepted: two customers could work out one another."""


def too_small(rows: Counts | int, k: int, min_cluster_size: int) -> npt.NDArray[np.bool_]:
    """Tell which stores have too few rows to be clustered and released at all.

    Parameters
    ----------
    rows : numpy.ndarray of int, shape (stores,)
        Rows of each store.
    k : int
        Number of clusters asked for. With no more rows than clusters the means would be the rows.
    min_cluster_size : int
        Smallest cluster that may be released.

    Examples
    --------
    >>> too_small(np.array([3, 9, 10]), k=3, min_cluster_size=10).tolist()
    [True, True, False]
    """
    return np.asarray((rows <= k) | (rows < min_cluster_size))


def constant(rows: Matrix) -> npt.NDArray[np.bool_]:
    """Tell in which stores all rows are equal: the mean would be every customer.

    Parameters
    ----------
    rows : numpy.ndarray, shape (stores, d, n)
        Finite rows of stores that are not too small.

    Examples
    --------
    >>> constant(np.zeros((1, 2, 20))).tolist()
    [True]
    """
    return np.asarray((rows == rows[:, :, :1]).all(axis=(1, 2)))


def release(summary: ClusterSummary, min_cluster_size: int) -> ClusterSummary | None:
    """Merge clusters until each has at least the minimum size.

    The smallest cluster goes first, into the one with the nearest mean, and so on until none is
    too small. Counts and sums are kept: no row is dropped.

    Parameters
    ----------
    summary : ClusterSummary
        Clusters of one store.
    min_cluster_size : int
        Smallest cluster that may be released; the usual threshold of statistical disclosure
        control is 10.

    Returns
    -------
    ClusterSummary or None
        Clusters in canonical order; None if all rows together are too few.

    Examples
    --------
    >>> rows = np.arange(24.0).reshape(12, 2)
    >>> clusters = ClusterSummary.of_rows(rows, np.array([0] * 6 + [1] * 5 + [2]))
    >>> release(clusters, min_cluster_size=5).n.tolist()
    [6, 6]
    """
    if summary.n.sum() < min_cluster_size:
        return None
    summary = summary.canonical()
    while summary.n[-1] < min_cluster_size:
        distance = ((summary.mean[:-1] - summary.mean[-1]) ** 2).sum(axis=1)
        summary = summary.last_merged_into(int(distance.argmin())).canonical()
    return summary


def release_histogram(
    counts: Iterable[tuple[int, int]], min_cluster_size: int
) -> list[tuple[int, int, float]]:
    """Merge adjacent bins, from the top, until each cell holds at least the minimum size.

    Parameters
    ----------
    counts : iterable of (int, int)
        Bin number and its count; bins without rows are left out.
    min_cluster_size : int
        Smallest cell that may be released.

    Returns
    -------
    list of (int, int, float)
        Lowest bin, count and mean bin of each cell, from the top. The highest bin of a cell is
        not told: the top one would be the score of a single customer.

    Examples
    --------
    >>> release_histogram([(0, 5), (1, 2), (9, 1)], min_cluster_size=3)
    [(1, 3, 3.6666666666666665), (0, 5, 0.0)]
    """
    cells: list[tuple[int, int, int]] = []
    low = n = total = 0
    for bin_, count in sorted(counts, reverse=True):
        low, n, total = bin_, n + count, total + bin_ * count
        if n >= min_cluster_size:
            cells.append((low, n, total))
            n = total = 0
    if n and cells:
        _, last_n, last_total = cells.pop()
        cells.append((low, last_n + n, last_total + total))
    return [(low, n, total / n) for low, n, total in cells]
