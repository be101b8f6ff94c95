"""Other options on the same rows: clusters of two trainings that differ by few customers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sparkfl.audit.told import Told
from sparkfl.statistics.summary import ClusterSummary, Matrix

__all__ = ["apart"]

_EXACT = 1e-7


def apart(versions: Sequence[Told]) -> Matrix:
    """Find clusters of two versions that hold the same customers but one.

    Every pair of clusters whose counts differ by one is a guess; it is right if the sums of
    squares differ by what that one adds, in every feature: so many equations do not hold by
    chance. It takes two trainings with another seed or number of clusters, and no new rows [1]_.

    Parameters
    ----------
    versions : sequence of Told
        What one store has told, of the same rows.

    Returns
    -------
    numpy.ndarray, shape (rows, d)
        Customers.

    References
    ----------
    .. [1] Denning, Denning, Schwartz, "The tracker: a threat to statistical database security",
       ACM Transactions on Database Systems, 1979: queries whose sets overlap.

    Examples
    --------
    >>> from sparkfl.statistics.summary import ClusterSummary
    >>> rows = np.array([[0.0, 1.0], [1.0, 5.0], [2.0, 0.0], [9.0, 9.0]])
    >>> cuts = (np.array([0, 0, 0, 1]), np.array([0, 0, 0, 0]))
    >>> apart([Told(ClusterSummary.of_rows(rows, cut)) for cut in cuts]).tolist()
    [[9.0, 9.0]]
    """
    told = [own.clusters for own in versions if own.clusters is not None]
    found = []
    for i, one in enumerate(told):
        for other in told[i + 1 :]:
            for a, b in np.argwhere(np.abs(one.n[:, None] - other.n[None]) == 1):
                more, fewer = (one, a), (other, b)
                if one.n[a] < other.n[b]:
                    more, fewer = fewer, more
                whole, rest = _sums(*more), _sums(*fewer)
                sums, squares = (x - y for x, y in zip(whole, rest, strict=True))
                scale = whole[1] + 1.0
                if (np.abs(squares - sums**2) <= _EXACT * scale).all():
                    found.append(sums)
    return np.array(found) if found else np.empty((0, 0))


def _sums(clusters: ClusterSummary, place: np.intp) -> tuple[Matrix, Matrix]:
    """Sum and sum of squares of a cluster."""
    n, mean = clusters.n[place], clusters.mean[place]
    return n * mean, clusters.ss[place] + n * mean**2
