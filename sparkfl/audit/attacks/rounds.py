"""Multi-round reconstruction: a customer who changes cluster between rounds is read off."""

from __future__ import annotations

import numpy as np

from sparkfl.audit.told import Told
from sparkfl.statistics.summary import Matrix

__all__ = ["moved"]

_EXACT = 1e-9


def moved(told: Told) -> Matrix:
    """Follow the clusters' sums from round to round [1]_.

    Where one cluster loses one customer and another gains one, and the sum that the one loses is
    what the other gains, that sum is the customer. The equality in all features confirms it.

    Parameters
    ----------
    told : Told
        What one store has told, with its rounds.

    Returns
    -------
    numpy.ndarray, shape (rows, d)
        Customers.

    References
    ----------
    .. [1] TAR, trajectory-aware reconstruction from intermediate centroids, arXiv 2511.07073, 2025;
       this is its simplest case, exact by linear algebra.

    Examples
    --------
    >>> from sparkfl.statistics.summary import ClusterSummary
    >>> rows = np.array([[0.0], [1.0], [4.0], [9.0]])
    >>> cuts = (np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1]))
    >>> moved(Told(rounds=[ClusterSummary.of_rows(rows, cut) for cut in cuts])).tolist()
    [[4.0]]
    """
    found: list[Matrix] = []
    for before, now in zip(told.rounds, told.rounds[1:], strict=False):
        gain = now.n - before.n
        sums = now.n[:, None] * now.mean - before.n[:, None] * before.mean
        for loser in np.flatnonzero(gain == -1):
            for winner in np.flatnonzero(gain == 1):
                size = np.abs(sums[winner]) + 1.0
                if (np.abs(sums[loser] + sums[winner]) <= _EXACT * size * now.n.max()).all():
                    found.append(sums[winner])
    return np.array(found) if found else np.empty((0, 0))
