"""Moments of a store: what may leave it for a scaling that all stores share."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sparkfl.privacy.release import too_small
from sparkfl.statistics.summary import Counts, Matrix

__all__ = ["releasable"]


def releasable(
    rows: Counts,
    equal: npt.NDArray[np.bool_],
    mean: Matrix,
    variance: Matrix,
    k: int,
    min_cluster_size: int,
) -> npt.NDArray[np.bool_]:
    """Tell which stores may let their moments out.

    Parameters
    ----------
    rows : numpy.ndarray of int, shape (stores,)
        Rows of each store.
    equal : numpy.ndarray of bool, shape (stores,)
        Whether all rows of the store are equal: the mean would be every customer.
    mean, variance : numpy.ndarray, shape (stores, d)
        Moments of each feature; a store with one that is not finite lets none out.
    k, min_cluster_size : int
        As in `too_small`.

    Returns
    -------
    numpy.ndarray of bool, shape (stores,)

    Examples
    --------
    >>> moments = np.array([[1.0], [1.0], [np.inf]])
    >>> releasable(np.array([9, 20, 20]), np.array([False] * 3), moments, moments, 3, 10).tolist()
    [False, True, False]
    """
    finite = np.isfinite(mean).all(axis=1) & np.isfinite(variance).all(axis=1)
    return np.asarray(~too_small(rows, k, min_cluster_size) & ~equal & finite)
