"""The gate for clusters: what a store may release of a local model."""

from __future__ import annotations

import numpy as np

from sparkfl.statistics.summary import ClusterSummary

__all__ = ["release"]


def release(summary: ClusterSummary, min_cluster_size: int) -> ClusterSummary | None:
    """Merge clusters until each has at least the minimum size.

    The smallest cluster goes first, into the one with the nearest mean, and so on until none is
    too small. Counts and sums are kept: no row is dropped.

    Parameters
    ----------
    summary : ClusterSummary
        Clusters of one store.
    min_cluster_size : int
        Smallest cluster that may be released; the usual threshold of statistical disclosure
        control is 10.

    Returns
    -------
    ClusterSummary or None
        Clusters in canonical order; None if all rows together are too few.

    Examples
    --------
    >>> import numpy as np
    >>> rows = np.arange(24.0).reshape(12, 2)
    >>> clusters = ClusterSummary.of_rows(rows, np.array([0] * 6 + [1] * 5 + [2]))
    >>> release(clusters, min_cluster_size=5).n.tolist()
    [6, 6]
    """
    if summary.n.sum() < min_cluster_size:
        return None
    summary = summary.canonical()
    while summary.n[-1] < min_cluster_size:
        distance = ((summary.mean[:-1] - summary.mean[-1]) ** 2).sum(axis=1)
        nearest = np.append(np.arange(len(distance)), distance.argmin())
        summary = summary.merged(nearest).canonical()
    return summary
