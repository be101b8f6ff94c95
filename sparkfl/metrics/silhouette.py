"""Mean silhouettes of many stores at once, in closed form."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from sparkfl.local.stores import slices
from sparkfl.statistics.summary import Counts, Matrix

__all__ = ["silhouettes", "sums"]


def silhouettes(
    columns: Matrix,
    labels: Matrix,
    size: Counts,
    scaled: Callable[[Matrix, Counts], Matrix] | None = None,
) -> Matrix:
    """Compute the mean silhouette of each store with squared Euclidean distances.

    The mean squared distance of x to a cluster of n rows is ``|x|^2 - 2 x.Y/n + P/n`` with Y the
    cluster's sum and P its sum of squared norms [1]_: no pair of rows is formed. Rows are centred
    first, which changes no distance and keeps the digits. For the cosine distance give rows of
    length 1: the squared Euclidean distance is then twice the cosine distance.

    Parameters
    ----------
    columns : numpy.ndarray, shape (d, rows)
        Clustered rows; read in slices, so that they may be mapped from a file.
    labels : numpy.ndarray, shape (rows,)
        Cluster of each row within its store, from 0; NaN for a row that does not count.
    size : numpy.ndarray of int, shape (stores,)
        Rows of each store, one store after another.
    scaled : callable, optional
        Scales some columns, of shape (d, rows), given the number of the store of each row.

    Returns
    -------
    numpy.ndarray, shape (stores,)
        Mean silhouettes in [-1, 1], a cluster of one row counting 0; NaN for a store of fewer than
        two clusters.

    References
    ----------
    .. [1] Gaido, "Distributed Silhouette Algorithm: Evaluating Clustering on Big Data",
       arXiv 2303.14102.

    Examples
    --------
    >>> silhouettes(np.array([[0.0, 1.0, 9.0]]), np.array([0.0, 0.0, 1.0]), np.array([3]))
    array([0.65734311])
    """
    stores, k = len(size), int(np.nanmax(labels, initial=0)) + 1
    centre, rows = np.zeros((len(columns), stores)), np.zeros(stores)
    for x, _, store in _counted(columns, labels, size, scaled):
        centre += sums(x, store, stores)
        rows += np.bincount(store, minlength=stores)
    centre /= np.maximum(rows, 1)
    n, norm = np.zeros(stores * k), np.zeros(stores * k)
    mean = np.zeros((len(columns), stores * k))
    for x, label, store in _counted(columns, labels, size, scaled):
        x, cluster = x - centre[:, store], store * k + label
        n += np.bincount(cluster, minlength=stores * k)
        mean += sums(x, cluster, stores * k)
        norm += np.bincount(cluster, (x * x).sum(axis=0), stores * k)
    mean /= np.maximum(n, 1)
    norm /= np.maximum(n, 1)
    total = np.zeros(stores)
    for x, label, store in _counted(columns, labels, size, scaled):
        share = _shares(x - centre[:, store], label, store * k, k, n, mean, norm)
        total += np.bincount(store, share, stores)
    several = (n.reshape(stores, k) > 0).sum(axis=1) > 1
    return np.where(several, total / np.maximum(rows, 1), np.nan)


def _counted(
    columns: Matrix,
    labels: Matrix,
    size: Counts,
    scaled: Callable[[Matrix, Counts], Matrix] | None,
) -> Iterator[tuple[Matrix, Counts, Counts]]:
    """Rows that count, slice by slice, with their clusters and stores."""
    for part, store in slices(size):
        own, x = labels[part], columns[:, part]
        counts = ~np.isnan(own)
        if not counts.all():
            own, x, store = own[counts], x[:, counts], store[counts]
        if scaled is not None:
            x = scaled(x, store)
        yield x, own.astype(np.int64), store


def _shares(
    x: Matrix,
    labels: Counts,
    first: Counts,
    k: int,
    n: Matrix,
    mean: Matrix,
    norm: Matrix,
) -> Matrix:
    """Silhouette of each row, given the number of the first cluster of its store."""
    square = (x * x).sum(axis=0)
    inside, outside = np.zeros(len(square)), np.full(len(square), np.inf)
    for j in range(k):
        other = first + j
        dot = np.zeros(len(square))
        for values, centre in zip(x, mean, strict=True):
            dot += values * centre[other]
        distance = np.maximum(square - 2 * dot + norm[other], 0)
        own = labels == j
        inside[own] = distance[own]
        distance[own | (n[other] == 0)] = np.inf
        np.minimum(outside, distance, out=outside)
    size = n[first + labels]
    inside *= size / np.maximum(size - 1, 1)
    larger = np.maximum(inside, outside)
    known = (larger > 0) & np.isfinite(outside) & (size > 1)
    share: Matrix = np.divide(outside - inside, larger, out=np.zeros_like(square), where=known)
    return share


def sums(columns: Matrix, group: Counts, groups: int) -> Matrix:
    """Sum each column by group, shape (columns, groups)."""
    return np.stack([np.bincount(group, x, groups) for x in columns])
