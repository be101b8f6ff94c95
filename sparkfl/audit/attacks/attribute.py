"""Attribute inference: one feature of a customer from the others and what a store told."""

from __future__ import annotations

import numpy as np

from sparkfl.audit.attacks.membership import _within
from sparkfl.audit.told import Told
from sparkfl.statistics.summary import Matrix

__all__ = ["inferred"]


def inferred(told: Told, known: Matrix, hidden: int) -> float:
    """Guess a hidden feature of a customer, whose others are known [1]_.

    The cluster that fits the known features best, by its own spread, is taken for the customer's.
    Where that cluster is spread wider than the others in the hidden feature, the customer is
    taken for who spreads it, and the value is what makes up for the sum of squares; of its two
    signs the one away from the store's mean. Elsewhere it is the cluster's mean.

    Parameters
    ----------
    told : Told
        What one store has told.
    known : numpy.ndarray, shape (d,)
        The customer; the hidden feature is not looked at.
    hidden : int
        Number of the hidden feature.

    Returns
    -------
    float
        The guess; NaN if the store told nothing.

    References
    ----------
    .. [1] Fredrikson, Lantz, Jha, Lin, Page, Ristenpart, "Privacy in pharmacogenetics", USENIX
       Security 2014; the advantage over customers who are not there is that of Yeom, Giacomelli,
       Fredrikson, Jha, "Privacy risk in machine learning", CSF 2018.

    Examples
    --------
    >>> from sparkfl.statistics.summary import ClusterSummary
    >>> rows = np.array([[0.0, 0.0], [1.0, 2.0], [9.0, 7.0]])
    >>> told = Told(ClusterSummary.of_rows(rows, np.array([0, 0, 1])))
    >>> inferred(told, np.array([9.0, np.nan]), hidden=1)
    7.0
    """
    if told.clusters is None:
        return float("nan")
    own = told.clusters
    others = np.arange(own.mean.shape[1]) != hidden
    variance = np.maximum(_within(own), 1e-12)
    n = own.n[:, None]
    spread = np.maximum(own.ss / n, variance * 1e-6) + variance / n
    far = (own.mean - np.where(others, known, 0.0)) ** 2 / spread + np.log(spread)
    cluster = int(far[:, others].sum(axis=1).argmin())
    size, mean = int(own.n[cluster]), float(own.mean[cluster, hidden])
    beyond = float(own.ss[cluster, hidden] - (size - 1) * variance[hidden])
    if size < 3 or beyond <= 4 * variance[hidden] * np.sqrt(2 * size):
        return mean
    way = np.sign(mean - float(own.total().mean[0, hidden])) or 1.0
    return mean + float(way * np.sqrt(beyond * (size - 1) / size))
