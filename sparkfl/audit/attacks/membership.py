"""Membership inference: whether a customer is among the rows that a store told of."""

from __future__ import annotations

import numpy as np

from sparkfl.audit.told import Told
from sparkfl.statistics.summary import ClusterSummary, Matrix

__all__ = ["by_nearest_mean", "by_spread"]


def by_nearest_mean(told: Told, customer: Matrix) -> float:
    """Score by the distance to the nearest released mean: near is a member [1]_.

    Parameters
    ----------
    told : Told
        What one store has told.
    customer : numpy.ndarray, shape (d,)
        Whom the attacker asks about.

    Returns
    -------
    float
        The higher, the likelier a member.

    References
    ----------
    .. [1] Shokri, Stronati, Song, Shmatikov, "Membership inference attacks against machine learning
       models", IEEE S&P 2017: what a model fits best was in its training set.

    Examples
    --------
    >>> one = ClusterSummary(np.array([9]), np.array([[2.0]]), np.array([[8.0]]))
    >>> by_nearest_mean(Told(one), np.array([5.0]))
    -3.0
    """
    if told.clusters is None:
        return 0.0
    return -float(np.sqrt(((told.clusters.mean - customer) ** 2).sum(axis=1)).min())


def by_spread(told: Told, customer: Matrix) -> float:
    """Score by the likelihood ratio of each cluster's sums with and without the customer [1]_.

    Of n rows around a mean m, one at x adds at least (x - m)^2 n/(n - 1) to the sum of squares: a
    cluster with less does not hold x, and if without x the rest would be spread like the other
    clusters, and with x not, x is what spreads it. Rows are taken for normal, with the pooled
    variance within the larger half of the clusters. The best cluster counts.

    Parameters
    ----------
    told : Told
        What one store has told.
    customer : numpy.ndarray, shape (d,)
        Whom the attacker asks about.

    Returns
    -------
    float
        Logarithm of the ratio, not above 50 a feature in size.

    References
    ----------
    .. [1] Homer et al., "Resolving individuals contributing trace amounts of DNA to highly complex
       mixtures", PLoS Genetics 2008; the likelihood ratio of Carlini, Chien, Nasr, Song, Terzis,
       Tramèr, "Membership inference attacks from first principles", IEEE S&P 2022.

    Examples
    --------
    >>> two = ClusterSummary(np.array([50, 10]), np.zeros((2, 1)), np.array([[50.0], [109.0]]))
    >>> by_spread(Told(two), np.array([9.5])) > 10, by_spread(Told(two), np.array([30.0])) < -10
    (True, True)
    """
    if told.clusters is None:
        return 0.0
    own = told.clusters
    variance = _within(own)
    n = own.n[:, None].astype(np.float64)
    gone = (own.mean - customer) ** 2 * n / np.maximum(n - 1, 1)
    rest = own.ss - gone
    usual = _chi_square(own.ss / variance, n - 1)
    without = _chi_square(np.maximum(rest, 0.0) / variance, n - 2)
    ratio = np.where(rest < -1e-9 * own.ss, -_MOST, without - usual)
    # A customer who is a cluster is there for sure.
    alone = (n == 1) & (np.abs(own.mean - customer) < 1e-9)
    ratio = np.where(n > 2, ratio, np.where(alone, _MOST, np.where(n == 1, -_MOST, ratio)))
    return float(np.clip(ratio, -_MOST, _MOST).sum(axis=1).max())


_MOST = 50.0


def _within(clusters: ClusterSummary) -> Matrix:
    """Variance within the larger half of the clusters."""
    large = clusters.n >= np.median(clusters.n)
    ss, n = clusters.ss[large].sum(axis=0), clusters.n[large].sum() - large.sum()
    variance: Matrix = np.maximum(ss / max(int(n), 1), 1e-12)
    return variance


def _chi_square(x: Matrix, degrees: Matrix) -> Matrix:
    """Logarithm of the chi-square density, normalised as Wilson and Hilferty do."""
    k = np.maximum(degrees, 1.0)
    z = (np.cbrt(x / k) - (1 - 2 / (9 * k))) / np.sqrt(2 / (9 * k))
    return np.asarray(-(z**2) / 2)
