"""One customer apart: who makes two versions differ, found by means alone, and made sure of."""

from __future__ import annotations

import numpy as np

from sparkfl.audit.attacks.differencing import CHANNELS, Totals, totals_of
from sparkfl.audit.told import Told
from sparkfl.statistics.summary import ClusterSummary, Matrix

__all__ = ["guesses", "one_apart"]

_NARROWEST, _WIDEST = 10, 50
"""So many counts around the one told are tried, at least and at most."""


def one_apart(
    before: Told, now: Told, channel: str, exact: float = 1e-9, around: float = 0.05
) -> Matrix:
    """Find the one customer whom two versions differ by, and make sure, whatever the counts say.

    If one joined N others, both means of a feature give the row, ``x = m2 + N (m2 - m1)``, and both
    mean squares its square, ``x^2 = q2 + N (q2 - q1)``. N is the whole number near the told count
    for which both hold in every feature: so many equations do not hold by chance. Who is found was
    there, and rounding the counts has hidden nothing.

    Parameters
    ----------
    before, now : Told
        Two versions of one store.
    channel : str
        A name in `CHANNELS`.
    exact : float, default 1e-9
        To what share of the mean squares both must hold, which have been rounded by.
    around : float, default 0.05
        How far the true count may be from the one told, as a share of it.

    Returns
    -------
    numpy.ndarray, shape (rows, d)
        The customer, or none.

    Examples
    --------
    >>> rows = np.array([[1.0], [2.0], [4.0], [7.0]])
    >>> less, more = (ClusterSummary.of_rows(r, np.zeros(len(r), int)) for r in (rows[:3], rows))
    >>> one_apart(Told(less), Told(more), "clusters").round(9).tolist()
    [[7.0]]
    """
    whole = [CHANNELS[channel](told) for told in (before, now)]
    pairs: list[list[Totals | None]] = [whole]
    if channel == "clusters" and before.clusters is not None and now.clusters is not None:
        # The clusters' rounded counts do not add up to the store's: one of them by itself does.
        parts = [_parts(clusters) for clusters in (before.clusters, now.clusters)]
        pairs += [[a, b] for a in parts[0] for b in parts[1]]
    for one, other in pairs:
        if one is None or other is None:
            continue
        for fewer, more in ((one, other), (other, one)):
            found = _joined(_means(fewer), _means(more), exact, around)
            if len(found):
                return found
    return np.empty((0, 0))


def _parts(clusters: ClusterSummary) -> list[Totals]:
    """Totals of each cluster."""
    place = np.arange(len(clusters))
    return [
        totals_of(ClusterSummary(clusters.n[i], clusters.mean[i], clusters.ss[i]))
        for i in np.split(place, len(place))
    ]


def guesses(before: Told, now: Told, channel: str) -> Matrix:
    """Guess who joined and who left, one row each, from means alone: of one customer one is right.

    As near as the means are told: on a grid of g the guess is off by about N g / 2.

    Parameters
    ----------
    before, now : Told
        Two versions of one store.
    channel : str
        A name in `CHANNELS`.

    Returns
    -------
    numpy.ndarray, shape (2, d)
        Guesses, or none if the two tell the same.

    Examples
    --------
    >>> versions = [
    ...     Told(ClusterSummary(np.array([20]), np.array([[mean]]), np.array([[1.0]])))
    ...     for mean in (3.0, 3.2)
    ... ]
    >>> guesses(*versions, "clusters").round(9).tolist()
    [[7.2], [-1.0]]
    """
    was, is_ = (CHANNELS[channel](told) for told in (before, now))
    if was is None or is_ is None:
        return np.empty((0, 0))
    (n, mean, _), (n_now, mean_now, _) = _means(was), _means(is_)
    if np.array_equal(mean, mean_now):
        return np.empty((0, len(mean)))
    return np.stack([mean_now + n * (mean_now - mean), mean + n_now * (mean - mean_now)])


def _means(totals: Totals) -> Totals:
    """Count, mean and mean square of a store, feature by feature."""
    n, sums, squares = totals
    return n, sums / n, squares / n


def _joined(fewer: Totals, more: Totals, exact: float, around: float) -> Matrix:
    """Find who joined, if one did."""
    (n, mean, square), (_, mean_now, square_now) = fewer, more
    if np.array_equal(mean, mean_now) and np.array_equal(square, square_now):
        return np.empty((0, 0))
    told = round(float(n[0]))
    width = min(max(int(np.ceil(around * told)), _NARROWEST if around else 0), _WIDEST)
    others = np.array(sorted(range(max(told - width, 1), told + width + 1),
                             key=lambda count: abs(count - told)))[:, None]  # fmt: skip
    row = mean_now + others * (mean_now - mean)
    error = np.abs(row**2 - square_now - others * (square_now - square))
    sure = (error <= exact * others * (square + square_now)).all(axis=1)
    first: Matrix = row[sure][:1]
    return first
