"""Bisecting k-means that cuts the cluster with the largest inertia."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sparkfl.local.summary import Matrix
from sparkfl.local.threads import single_thread

__all__ = ["fit"]


def fit(
    rows: Matrix, k: int, seed: int, sample_weight: Matrix | None = None
) -> npt.NDArray[np.int64]:
    """Partition rows by repeated bisection [1]_, each cut the best of ten starts.

    MLlib cuts the cluster with the most rows, which gives clearly worse silhouettes, and cannot
    split rows centred on zero at all; this cuts the cluster with the largest inertia.

    Parameters
    ----------
    rows : numpy.ndarray, shape (rows, d)
        At least `k` of them distinct.
    k : int
        Number of clusters.
    seed : int
        Seed of the starts.
    sample_weight : numpy.ndarray, shape (rows,), optional
        Weight of each row, 1 by default.

    Returns
    -------
    numpy.ndarray of int64, shape (rows,)
        Label of each row.

    References
    ----------
    .. [1] Steinbach, Karypis, Kumar, "A comparison of document clustering techniques", 2000.

    Examples
    --------
    >>> labels = fit(np.array([[0.0], [1.0], [9.0]]), k=2, seed=0)
    >>> bool(labels[0] == labels[1] != labels[2])
    True
    """
    from sklearn.cluster import BisectingKMeans

    with single_thread():
        model = BisectingKMeans(
            k, n_init=10, random_state=seed, bisecting_strategy="biggest_inertia"
        ).fit(rows, sample_weight=sample_weight)
    return np.asarray(model.labels_, dtype=np.int64)
