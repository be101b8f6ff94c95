"""The screen: which stores may be clustered and released at all."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sparkfl.statistics.summary import Counts, Matrix

__all__ = ["SMALLEST_MINIMUM", "constant", "too_small"]

SMALLEST_MINIMUM = 3
"""No minimum cluster size below this is accepted: two customers could work out one another."""


def too_small(entities: Counts | int, k: Counts | int, min_size: int) -> npt.NDArray[np.bool_]:
    """Tell which stores have too few customers to be clustered and released at all.

    Parameters
    ----------
    entities : numpy.ndarray of int, shape (stores,)
        Entities of each store; its rows, if each is one.
    k : int, or numpy.ndarray of int of shape (stores,)
        Number of clusters to cut it into. With no more customers than clusters the means would be
        the customers.
    min_size : int
        Fewest entities that anything may be told of.

    Examples
    --------
    >>> too_small(np.array([3, 9, 10]), k=3, min_size=10).tolist()
    [True, True, False]
    """
    return np.asarray((entities <= k) | (entities < min_size))


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
