"""K-means with k-means++ seeding and restarts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sparkfl.local.summary import Matrix
from sparkfl.local.threads import single_thread

__all__ = ["fit"]


def fit(
    rows: Matrix, k: int, seed: int, sample_weight: Matrix | None = None
) -> npt.NDArray[np.int64]:
    """Partition rows by k-means, the best of ten k-means++ starts [1]_.

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
    .. [1] Arthur, Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.

    Examples
    --------
    >>> labels = fit(np.array([[0.0], [1.0], [9.0]]), k=2, seed=0)
    >>> bool(labels[0] == labels[1] != labels[2])
    True
    """
    from sklearn.cluster import KMeans

    with single_thread():
        model = KMeans(k, n_init=10, random_state=seed).fit(rows, sample_weight=sample_weight)
    return np.asarray(model.labels_, dtype=np.int64)
