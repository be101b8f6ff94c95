"""The screen: which stores may be clustered and released at all."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sparkfl.statistics.summary import Counts, Matrix

__all__ = ["SMALLEST_MINIMUM", "screen", "too_small"]

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


def screen(rows: Matrix) -> list[str]:
    """Say whether the values of each store can be clustered and released.

    Parameters
    ----------
    rows : numpy.ndarray, shape (stores, d, n)
        All rows of stores that are not too small.

    Returns
    -------
    list of str
        ``rejected_nonfinite``, ``constant`` (all rows equal: the mean would be every row) or
        ``ok`` for each store.

    Examples
    --------
    >>> screen(np.zeros((1, 2, 20)))
    ['constant']
    """
    finite = np.isfinite(rows).all(axis=(1, 2))
    varies = (rows != rows[:, :, :1]).any(axis=(1, 2))
    verdicts: list[str] = np.where(
        finite, np.where(varies, "ok", "constant"), "rejected_nonfinite"
    ).tolist()
    return verdicts
