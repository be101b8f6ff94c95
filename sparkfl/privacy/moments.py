"""The gate for moments: what a store may tell of its features for a scaling that all share."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sparkfl.statistics.moments import Moments

__all__ = ["release_moments"]


def release_moments(
    moments: Moments, equal: npt.NDArray[np.bool_], min_cluster_size: int
) -> Moments:
    """Withhold the moments of features and stores that could be a customer's.

    Nothing is told of a feature with fewer values than the minimum size, nor of a store whose
    customers are all equal: the mean would be every one of them. A feature alone may be constant,
    as it may in a cluster. Moments that are not finite are withheld, as nothing can be made of
    them.

    Parameters
    ----------
    moments : Moments
        Of each store, over its finite values.
    equal : numpy.ndarray of bool, shape (stores, d)
        Whether the values of the feature are all the same in the store; true if there is none.
    min_cluster_size : int
        Smallest number of customers that anything may be told of.

    Returns
    -------
    Moments
        The same stores; n is 0, mean and sum of squares are NaN for what does not leave.

    Examples
    --------
    >>> one = Moments(np.array([[12, 9]]), np.array([[5.0, 1.0]]), np.array([[40.0, 3.0]]))
    >>> release_moments(one, np.array([[False, False]]), min_cluster_size=10).n.tolist()
    [[12, 0]]
    """
    leaves = (
        (moments.n >= min_cluster_size)
        & ~equal.all(axis=1, keepdims=True)
        & np.isfinite(moments.mean)
        & np.isfinite(moments.ss)
    )
    return Moments(
        np.where(leaves, moments.n, 0),
        np.where(leaves, moments.mean, np.nan),
        np.where(leaves, moments.ss, np.nan),
    )
