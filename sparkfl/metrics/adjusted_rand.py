"""How far two clusterings agree, for many stores at once."""

from __future__ import annotations

import numpy as np

from sparkfl.local.stores import slices
from sparkfl.statistics.summary import Counts, Matrix

__all__ = ["adjusted_rand"]


def adjusted_rand(first: Matrix, second: Matrix, size: Counts) -> Matrix:
    """Compute the adjusted Rand index [1]_ of two clusterings of each store.

    Parameters
    ----------
    first, second : numpy.ndarray, shape (rows,)
        Clusters of each row, from 0; NaN for a row that does not count.
    size : numpy.ndarray of int, shape (stores,)
        Rows of each store, one store after another.

    Returns
    -------
    numpy.ndarray, shape (stores,)
        1 for the same clusters under any names, about 0 for unrelated ones.

    References
    ----------
    .. [1] Hubert, Arabie, "Comparing partitions", Journal of Classification, 1985.

    Examples
    --------
    >>> adjusted_rand(np.array([0.0, 0.0, 1.0]), np.array([5.0, 5.0, 2.0]), np.array([3]))
    array([1.])
    """
    k, m = (int(np.nanmax(labels, initial=0)) + 1 for labels in (first, second))
    stores = len(size)
    cells = np.zeros(stores * k * m)
    for part, store in slices(size):
        cell = (store * k + first[part]) * m + second[part]
        cells += np.bincount(cell[~np.isnan(cell)].astype(np.int64), minlength=len(cells))
    table = cells.reshape(stores, k, m)
    both = _pairs(table).sum(axis=(1, 2))
    one, other = _pairs(table.sum(axis=2)).sum(axis=1), _pairs(table.sum(axis=1)).sum(axis=1)
    every = np.maximum(_pairs(table.sum(axis=(1, 2))), 1.0)
    expected, most = one * other / every, (one + other) / 2
    trivial = most == expected
    index: Matrix = np.where(
        trivial, 1.0, (both - expected) / np.where(trivial, 1.0, most - expected)
    )
    return index


def _pairs(n: Matrix) -> Matrix:
    """Pairs among n."""
    pairs: Matrix = n * (n - 1.0) / 2
    return pairs
