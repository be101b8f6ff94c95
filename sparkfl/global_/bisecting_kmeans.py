"""Bisecting k-means over released means."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sparkfl.local import bisecting_kmeans
from sparkfl.local.batch import Batch
from sparkfl.statistics.summary import ClusterSummary, Matrix

__all__ = ["group"]


def group(
    releases: ClusterSummary, k: int, seed: int, weight: Matrix | None
) -> npt.NDArray[np.int64]:
    """Group released clusters by their means.

    Parameters
    ----------
    releases : ClusterSummary
        Clusters of all stores, at least `k` means of them distinct.
    k : int
        Number of global clusters.
    seed : int
        Seed of the starts.
    weight : numpy.ndarray, shape (clusters,), optional
        Weight of each cluster, equal by default.

    Returns
    -------
    numpy.ndarray of int64, shape (clusters,)
        Global label of each released cluster.

    Examples
    --------
    >>> rows = np.array([[0.0], [1.0], [9.0]])
    >>> labels = group(ClusterSummary.of_rows(rows, np.arange(3)), k=2, seed=0, weight=None)
    >>> bool(labels[0] == labels[1] != labels[2])
    True
    """
    labels: npt.NDArray[np.int64] = bisecting_kmeans.fit(
        Batch.of_rows(releases.mean, weight), k, seed
    )[0]
    return labels
