"""Singleton recovery: a release that is a customer, or gives one away by arithmetic."""

from __future__ import annotations

import numpy as np

from sparkfl.audit.told import Told
from sparkfl.statistics.summary import ClusterSummary, Matrix

__all__ = ["read_rows", "recovered"]

_EXACT = 1e-9


def read_rows(told: Told) -> Matrix:
    """Read off rows that must be customers', from what a store has told and nothing else [1]_.

    The mean of a cluster of one is its customer, that of a cluster without spread everyone's in
    it. What the store's moments have beyond its clusters is one more cluster, which a gate that
    leaves out small ones has meant to hide (complementary disclosure).

    Parameters
    ----------
    told : Told
        What one store has told.

    Returns
    -------
    numpy.ndarray, shape (rows, d)
        Rows that the attacker takes for customers'.

    References
    ----------
    .. [1] Hundepool et al., "Statistical Disclosure Control", Wiley 2012, sections 4.2 and 5.3.

    Examples
    --------
    >>> three = ClusterSummary(np.array([5, 1]), np.array([[2.0], [7.0]]), np.array([[3.0], [0.0]]))
    >>> read_rows(Told(three)).tolist()
    [[7.0]]
    """
    if told.clusters is None:
        return np.empty((0, 0))
    known = told.clusters
    hidden = _hidden(told)
    if hidden is not None:
        known = ClusterSummary.concatenate([known, hidden])
    rounding = _EXACT**2 * known.n[:, None] * (1.0 + known.mean**2)
    sure = (known.n == 1) | (known.ss <= rounding).all(axis=1)
    rows: Matrix = known.mean[sure]
    return rows


def recovered(found: Matrix, rows: Matrix) -> int:
    """Count the customers' rows that were found exactly: to 1e-9 of each value.

    Examples
    --------
    >>> recovered(np.array([[7.0 + 1e-12]]), np.array([[2.0], [7.0]]))
    1
    """
    if not len(found):
        return 0
    near = np.abs(rows[:, None] - found[None]) <= _EXACT * np.maximum(1.0, np.abs(rows[:, None]))
    return int(np.count_nonzero(np.any(np.all(near, axis=2), axis=1)))


def _hidden(told: Told) -> ClusterSummary | None:
    """Take the clusters from the whole: what is left, if it is a customer or a few."""
    if told.moments is None or told.clusters is None:
        return None
    whole, known = told.moments, told.clusters.total()
    left = int(whole.n[0, 0]) - int(known.n[0])
    if left < 1:
        return None
    mean = (whole.n[0, :] * whole.mean[0] - known.n[0] * known.mean[0]) / left
    # Only one row surely has no spread.
    ss = np.full((1, len(mean)), float(left > 1))
    return ClusterSummary(np.array([left]), mean[None], ss)
