"""The gate for marginals: one feature of a store, in cells of neighbouring values."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sparkfl.statistics.summary import ClusterSummary, Counts

__all__ = ["release_cells"]


def release_cells(
    values: ClusterSummary,
    store: Counts,
    equal: npt.NDArray[np.bool_],
    cells: int,
    min_cluster_size: int,
) -> ClusterSummary:
    """Cut the values of each store into cells of equal count, none smaller than the minimum size.

    Nothing is told of a store with fewer customers than that, nor of one whose customers are all
    equal. No value is dropped: too few of them at the end of a store join the cell before.

    Parameters
    ----------
    values : ClusterSummary
        Values of one feature, or summaries of neighbouring ones: by store, then by mean.
    store : numpy.ndarray of int, shape (len(values),)
        Number of the store of each, from 0.
    equal : numpy.ndarray of bool, shape (stores,)
        Whether all customers of the store are equal, in every feature.
    cells : int
        So many cells a store, or fewer.
    min_cluster_size : int
        Smallest number of customers that anything may be told of.

    Returns
    -------
    ClusterSummary
        Count, mean and sum of squares of each cell, without its store; possibly none.

    Examples
    --------
    >>> values = ClusterSummary(np.ones(11, int), np.arange(11.0)[:, None], np.zeros((11, 1)))
    >>> told = release_cells(values, np.zeros(11, int), np.array([False]), 20, min_cluster_size=5)
    >>> told.n.tolist(), told.mean.tolist()
    ([5, 6], [[2.0], [7.5]])
    """
    rows = np.bincount(store, values.n, len(equal)).astype(np.int64)
    may = ((rows >= min_cluster_size) & ~equal)[store]
    values, store = ClusterSummary(values.n[may], values.mean[may], values.ss[may]), store[may]
    if not len(values):
        return values
    size = np.maximum(min_cluster_size, -(-rows // cells))[store]
    before = np.cumsum(values.n) - values.n
    before -= before[np.searchsorted(store, store)]
    cell = before // size
    new = np.r_[True, (np.diff(store) != 0) | (np.diff(cell) != 0)]
    run = np.cumsum(new) - 1
    # The first of a store is never too small: values begin in it until it is full.
    full = np.bincount(run, values.n) >= min_cluster_size
    return values.merged((np.cumsum(full) - 1)[run])
