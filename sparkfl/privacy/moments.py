"""The gate for moments: what a store may tell of its features for a scaling that all share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sparkfl.privacy.dominance import dominated_rows, dominated_sums
from sparkfl.privacy.rounding import rounded_moments
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.moments import Moments
from sparkfl.statistics.summary import Counts, Matrix

__all__ = ["Behind", "release_moments"]


@dataclass(frozen=True)
class Behind:
    """Who is behind the moments of stores; none of it is told.

    Parameters
    ----------
    entities : numpy.ndarray of int, shape (stores, 1)
        Entities of each store.
    most : numpy.ndarray of int, shape (stores, 1)
        Rows of the one that has most.
    least, greatest : numpy.ndarray of shape (stores, d), optional
        Extremes of each feature; needed for dominance.
    """

    entities: Counts
    most: Counts
    least: Matrix | None = None
    greatest: Matrix | None = None


def release_moments(
    moments: Moments,
    equal: npt.NDArray[np.bool_],
    rules: Rules,
    behind: Behind | None = None,
) -> Moments:
    """Withhold the moments of features and stores that could be a customer's.

    Nothing is told of a feature with fewer values than the minimum size, of a store with fewer
    entities or one whose customers are all equal: the mean would be every one of them. A feature
    alone may be constant, as it may in a cluster. Moments that are not finite are withheld, as
    nothing can be made of them, and those that one entity dominates.

    Parameters
    ----------
    moments : Moments
        Of each store, over its finite values.
    equal : numpy.ndarray of bool, shape (stores, d)
        Whether the values of the feature are all the same in the store; true if there is none.
    rules : Rules
        What is asked.
    behind : Behind, optional
        Who is behind them; without, each value is an entity's. Needed for dominance.

    Returns
    -------
    Moments
        The same stores; n is 0, mean and sum of squares are NaN for what does not leave.

    Examples
    --------
    >>> one = Moments(np.array([[12, 9]]), np.array([[5.0, 1.0]]), np.array([[40.0, 3.0]]))
    >>> release_moments(one, np.array([[False, False]]), Rules(10)).n.tolist()
    [[12, 0]]
    """
    leaves = (
        (moments.n >= rules.min_size)
        & ~equal.all(axis=1, keepdims=True)
        & np.isfinite(moments.mean)
        & np.isfinite(moments.ss)
    )
    if behind is not None:
        leaves = leaves & (behind.entities >= rules.min_size)
    if rules.dominance < 1:
        assert behind is not None
        assert behind.least is not None
        assert behind.greatest is not None
        mean = moments.mean
        farthest = np.maximum(behind.greatest - mean, mean - behind.least) ** 2
        # Its rows times the largest square: exact for one row an entity, never too little.
        sums = dominated_sums(moments.ss, behind.most * farthest, rules.dominance)
        leaves = leaves & ~sums & ~dominated_rows(moments.n, behind.most, rules.dominance)
    told = Moments(
        np.where(leaves, moments.n, 0),
        np.where(leaves, moments.mean, np.nan),
        np.where(leaves, moments.ss, np.nan),
    )
    return rounded_moments(told, rules)
