"""Lloyd's k-means over stores, by totals alone: what secure aggregation gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sparkfl.errors import ParameterError
from sparkfl.statistics.nearest import nearest
from sparkfl.statistics.summary import ClusterSummary, Matrix

__all__ = ["Clustering", "assigned", "lloyd", "moved"]

MIN_SIZE = 10
"""As of releases."""


@dataclass(frozen=True)
class Clustering:
    """What Lloyd's iterations came to.

    Parameters
    ----------
    centres : numpy.ndarray, shape (k, d)
        Centres.
    clusters : ClusterSummary
        The total of the last round, to which the centres moved.
    rounds : int
        How many rounds there were.
    converged : bool
        Whether no centre moved in the last.
    """

    centres: Matrix
    clusters: ClusterSummary
    rounds: int
    converged: bool


def assigned(rows: Matrix, centres: Matrix, min_size: int = MIN_SIZE) -> ClusterSummary:
    """Summarise a store's rows by the nearest centre: a store's part of a round.

    Parameters
    ----------
    rows : numpy.ndarray, shape (n, d)
        A store's rows, in a space that all share.
    centres : numpy.ndarray, shape (k, d)
        What the aggregator has sent.
    min_size : int, default 10
        Nothing is added of fewer rows that a centre is nearest to. With 1 everything is, and the
        result is that of all rows together; but a total could be of one customer.

    Returns
    -------
    ClusterSummary
        A cluster a centre, in their order; of those that add nothing all is 0.

    Raises
    ------
    ParameterError
        If rows and centres do not have the same features.

    Examples
    --------
    >>> assigned(np.array([[0.0], [1.0], [9.0]]), np.array([[0.0], [8.0]]), min_size=2).n.tolist()
    [2, 0]
    """
    k, d = centres.shape
    if rows.shape[1:] != (d,):
        raise ParameterError(
            f"The rows have shape {rows.shape} and the centres {centres.shape}: a store's rows "
            "have the features of the centres, in their order."
        )
    n, mean, ss = np.zeros(k, dtype=np.int64), np.zeros((k, d)), np.zeros((k, d))
    label, _ = nearest(rows, centres)
    for cluster in np.unique(label):
        own = rows[label == cluster]
        if len(own) >= min_size:
            n[cluster], mean[cluster] = len(own), own.mean(axis=0)
            ss[cluster] = ((own - mean[cluster]) ** 2).sum(axis=0)
    return ClusterSummary(n, mean, ss)


def moved(total: ClusterSummary, centres: Matrix) -> Matrix:
    """Move centres to the means of a round's total; one without rows stays."""
    return np.where(total.n[:, None] > 0, total.mean, centres)


def lloyd(
    start: Matrix, total_of: Callable[[Matrix], ClusterSummary], rounds: int = 50
) -> Clustering:
    """Iterate until no centre moves, each round by a total over the stores.

    With the same `start`, and stores that leave nothing out, it is Lloyd's algorithm [1]_ on all
    rows together. Whoever sees the rounds sees more than the last total: how centres move tells of
    customers at the borders of clusters, see `sparkfl.audit.attacks.rounds`. One round over local
    models, which is what CREATE FEDERATED MODEL has, does not have that.

    Parameters
    ----------
    start : numpy.ndarray, shape (k, d)
        Initial centres, which no store's rows should be.
    total_of : callable
        ``total_of(centres)``: the sum of all stores' `assigned`, by a session a round, of
        `vectors.clusters_vector`.
    rounds : int, default 50
        The most.

    References
    ----------
    .. [1] Lloyd, "Least squares quantization in PCM", IEEE Transactions on Information Theory,
       1982.

    Examples
    --------
    >>> rows = np.array([[0.0], [1.0], [8.0], [9.0]])
    >>> found = lloyd(np.array([[0.0], [1.0]]), lambda centres: assigned(rows, centres, 1))
    >>> found.centres.tolist(), found.rounds, found.converged
    ([[0.5], [8.5]], 3, True)
    """
    if rounds < 1:
        raise ParameterError(f"rounds is {rounds}; give 1 or more.")
    centres, converged = start, False
    done = 0
    while done < rounds and not converged:
        total = total_of(centres)
        new = moved(total, centres)
        done, converged, centres = done + 1, np.array_equal(new, centres), new
    return Clustering(centres, total, done, converged)
