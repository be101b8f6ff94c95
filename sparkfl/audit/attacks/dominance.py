"""Dominance: a total that is nearly one customer's value."""

from __future__ import annotations

import numpy as np

from sparkfl.audit.told import Told
from sparkfl.statistics.summary import Matrix

__all__ = ["estimated_largest", "within"]


def estimated_largest(told: Told) -> Matrix:
    """Estimate the largest value of each cluster and feature by its total.

    The total of few is nearly the largest of them where that one dominates; its size can be told
    from the sum of squares, too: n - 1 values near a and one of x have the mean m = a + (x - a)/n
    and the sum of squares (x - a)^2 (n - 1)/n, so that x = m + sqrt(ss (n - 1)/n). It is the
    p%-rule that such an estimate breaks [1]_.

    Parameters
    ----------
    told : Told
        What one store has told.

    Returns
    -------
    numpy.ndarray, shape (clusters, d)
        Estimates; exact if all others are equal.

    References
    ----------
    .. [1] Hundepool et al., "Statistical Disclosure Control", Wiley 2012, section 4.2.2.

    Examples
    --------
    >>> from sparkfl.statistics.summary import ClusterSummary
    >>> rows = np.array([1.0] * 9 + [101.0])[:, None]
    >>> estimated_largest(Told(ClusterSummary.of_rows(rows, np.zeros(10, int)))).tolist()
    [[101.0]]
    """
    if told.clusters is None:
        return np.empty((0, 0))
    own = told.clusters
    n = own.n[:, None]
    estimate: Matrix = own.mean + np.sqrt(own.ss * (n - 1) / n)
    return estimate


def within(estimates: Matrix, rows: Matrix, share: float = 0.05) -> bool:
    """Tell whether the largest value of some feature was met to a share of itself."""
    if not len(estimates):
        return False
    largest = rows.max(axis=0)
    return bool((np.abs(estimates - largest) <= share * np.abs(largest)).any(axis=0).any())
