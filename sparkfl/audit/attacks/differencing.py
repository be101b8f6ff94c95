"""Version differencing: what changed between two versions is what few customers did."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from sparkfl.audit.told import Told
from sparkfl.statistics.summary import ClusterSummary, Matrix

__all__ = [
    "CHANNELS",
    "Totals",
    "between",
    "by_clusters",
    "by_histogram",
    "by_marginals",
    "by_moments",
    "difference",
    "totals_of",
]

Totals = tuple[Matrix, Matrix, Matrix]
"""Count, sum and sum of squares of a whole store, feature by feature."""


def difference(before: Totals, now: Totals) -> Matrix:
    """Work out whose values make two totals differ [1]_.

    One more or one fewer: the difference of the sums is the row. One in place of another: the
    difference of the sums and that of the squares have one solution for both. Two more or two
    fewer: their sum and their sum of squares give both values of each feature.

    Parameters
    ----------
    before, now : tuple of numpy.ndarray, each of shape (d,)
        Totals of two versions.

    Returns
    -------
    numpy.ndarray, shape (rows, d)
        Values of the one or two customers; none if more have changed, or nothing has.

    References
    ----------
    .. [1] Denning, Denning, Schwartz, "The tracker: a threat to statistical database security",
       ACM Transactions on Database Systems, 1979.

    Examples
    --------
    >>> def totals(*x):
    ...     return np.array([len(x)]), np.array([sum(x)]), np.array([sum(v * v for v in x)])
    >>> difference(totals(1.0, 2.0), totals(1.0, 2.0, 7.0)).tolist()
    [[7.0]]
    >>> difference(totals(1.0, 2.0, 7.0), totals(1.0, 2.0, 4.0)).tolist()
    [[4.0], [7.0]]
    """
    n, sums, squares = (b - a for a, b in zip(before, now, strict=True))
    changed = np.round(n[0])
    if not sums.any() or abs(changed) > 2:
        return np.empty((0, len(sums)))
    if abs(changed) == 1:
        return np.atleast_2d(sums * changed)
    with np.errstate(divide="ignore", invalid="ignore"):
        if changed == 0:
            both = np.where(sums == 0, np.nan, squares / sums)
            return np.stack([(both + sums) / 2, (both - sums) / 2])
        mean = sums / changed
        deviation = np.sqrt(np.maximum(squares / changed - mean**2, 0.0))
    return np.stack([mean - deviation, mean + deviation])


def by_clusters(told: Told) -> Totals | None:
    """Totals of a store's clusters, whichever customers are in which."""
    return None if told.clusters is None else totals_of(told.clusters.total())


def by_moments(told: Told) -> Totals | None:
    """Totals of a store's moments."""
    if told.moments is None:
        return None
    every = told.moments
    return totals_of(ClusterSummary(every.n[0, :1], every.mean, every.ss))


def by_marginals(told: Told) -> Totals | None:
    """Totals of the cells of each feature."""
    if not told.marginals or not all(map(len, told.marginals)):
        return None
    parts = [totals_of(cells.total()) for cells in told.marginals]
    n, sums, squares = (np.concatenate(each) for each in zip(*parts, strict=True))
    return n, sums, squares


def by_histogram(told: Told) -> Totals | None:
    """Totals of the bins of the scores, from which the threshold follows too."""
    if not told.histogram:
        return None
    n, mean = (np.array(column, dtype=np.float64) for column in zip(*told.histogram, strict=True))
    # No sum of squares is told of bins; one customer more or fewer is what can be read.
    return np.array([n.sum()]), np.array([(n * mean).sum()]), np.array([np.nan])


CHANNELS: Mapping[str, Callable[[Told], Totals | None]] = {
    "clusters": by_clusters,
    "moments": by_moments,
    "marginals": by_marginals,
    "histogram and threshold": by_histogram,
}
"""What two versions are compared by."""


def between(before: Told, now: Told, channel: str) -> Matrix:
    """Compare two versions of a store by a channel; no rows if one of them tells nothing."""
    totals = [CHANNELS[channel](told) for told in (before, now)]
    if totals[0] is None or totals[1] is None:
        return np.empty((0, 0))
    found = difference(totals[0], totals[1])
    return found[np.isfinite(found).any(axis=1)]


def totals_of(total: ClusterSummary) -> Totals:
    """Count, sum and sum of squares of one cluster, a row of each."""
    n = total.n[0].astype(np.float64)
    count = np.full(total.mean.shape[1], n)
    return count, n * total.mean[0], total.ss[0] + n * total.mean[0] ** 2
