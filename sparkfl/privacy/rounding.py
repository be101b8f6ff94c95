"""Rounding: counts to a base, means and deviations to a grid."""

from __future__ import annotations

import numpy as np

from sparkfl.privacy.rules import Rules
from sparkfl.statistics.moments import Moments
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import ClusterSummary, Counts, Matrix

__all__ = ["rounded_clusters", "rounded_counts", "rounded_moments", "rounded_scaling", "rounded_up"]


def rounded_counts(n: Counts, base: int) -> Counts:
    """Round counts to the nearest multiple of a base; what is not 0 is not rounded to 0.

    Parameters
    ----------
    n : numpy.ndarray of int, of any shape
        Counts.
    base : int
        The base.

    Examples
    --------
    >>> rounded_counts(np.array([0, 1, 12, 13]), 5).tolist()
    [0, 5, 10, 15]
    """
    nearest = (2 * n + base) // (2 * base) * base
    return np.where(n > 0, np.maximum(nearest, base), 0).astype(np.int64)


def rounded_up(n: Counts, least: int) -> Counts:
    """Round counts up to a multiple of the smallest that may be told.

    Examples
    --------
    >>> rounded_up(np.array([0, 1, 12]), 10).tolist()
    [0, 10, 20]
    """
    return -(-n // least) * least


def rounded_clusters(clusters: ClusterSummary, rules: Rules, scaled: bool = True) -> ClusterSummary:
    """Round what a store tells of its clusters, in the clustering space.

    If that is not `scaled`, to standard deviations of all customers, a step of the grid is as that
    of `rounded_moments`, by the deviation of all of the store's.

    Examples
    --------
    >>> one = ClusterSummary(np.array([12]), np.array([[0.234]]), np.array([[12 * 0.5**2]]))
    >>> told = rounded_clusters(one, Rules(10, round=5, grid=0.1))
    >>> told.n.tolist(), told.mean.round(3).tolist(), told.ss.round(3).tolist()
    ([10], [[0.2]], [[2.5]])
    >>> rounded_clusters(one, Rules(10, grid=0.1), scaled=False).mean.round(3).tolist()
    [[0.25]]
    """
    if not rules.rounds:
        return clusters
    n = rounded_counts(clusters.n, rules.round)
    deviation = np.sqrt(clusters.ss / clusters.n[:, None])
    step: Matrix | float = rules.grid
    if not scaled:
        step = step * _power_below(np.sqrt(clusters.total().ss[0] / clusters.n.sum()))
    mean, deviation = (_on_grid(x, step) for x in (clusters.mean, deviation))
    return ClusterSummary(n, mean, n[:, None] * deviation**2)


def rounded_moments(moments: Moments, rules: Rules) -> Moments:
    """Round what stores tell of their features, of any unit.

    A step of the grid is so much of a power of two, the one next below the deviation: the step
    itself tells next to nothing. The mean of a feature that does not vary stays.

    Examples
    --------
    >>> one = Moments(np.array([[12]]), np.array([[1000.3]]), np.array([[12 * 9.0]]))
    >>> told = rounded_moments(one, Rules(10, round=5, grid=0.5))
    >>> told.n.tolist(), told.mean.tolist(), told.ss.tolist()
    ([[10]], [[1000.0]], [[90.0]])
    """
    if not rules.rounds:
        return moments
    n = rounded_counts(moments.n, rules.round)
    deviation = np.sqrt(moments.ss / np.maximum(moments.n, 1))
    step = rules.grid * _power_below(deviation)
    mean, deviation = (_on_grid(x, step) for x in (moments.mean, deviation))
    return Moments(n, mean, n * deviation**2)


def rounded_scaling(scaling: Scaling, rules: Rules) -> Scaling:
    """Round a store's own scaling, which is told with its clusters.

    Examples
    --------
    >>> told = rounded_scaling(Scaling(np.array([10.3]), np.array([3.0])), Rules(10, grid=0.5))
    >>> told.mean.tolist(), told.std.tolist()
    ([10.0], [3.0])
    """
    if not rules.grid:
        return scaling
    step = rules.grid * _power_below(scaling.std)
    return Scaling(_on_grid(scaling.mean, step), _on_grid(scaling.std, step))


def _power_below(deviation: Matrix) -> Matrix:
    """Power of two next below a deviation; 0 where there is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        power = np.exp2(np.floor(np.log2(deviation)))
    return np.where(deviation > 0, power, 0.0)


def _on_grid(values: Matrix, step: Matrix | float) -> Matrix:
    """Round to multiples of a step; a step of 0 rounds nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rounded: Matrix = np.round(values / step) * step
    return np.where(np.asarray(step) > 0, rounded, values)
