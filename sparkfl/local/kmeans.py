"""K-means with k-means++ seeding and restarts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sparkfl.local.batch import Batch
from sparkfl.local.lloyd import partition

__all__ = ["fit"]


def fit(batch: Batch, k: int, seed: int) -> npt.NDArray[np.int64]:
    """Partition the rows of each store by k-means, the best of several k-means++ starts [1]_.

    Parameters
    ----------
    batch : Batch
        Stores, their rows in canonical order.
    k : int
        Number of clusters; fewer come out if fewer rows differ.
    seed : int
        Seed of the starts.

    Returns
    -------
    numpy.ndarray of int64, shape (stores, n)
        Label of each row.

    References
    ----------
    .. [1] Arthur, Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.

    Examples
    --------
    >>> labels = fit(Batch.of_rows(np.array([[0.0], [1.0], [9.0]])), k=2, seed=0)[0]
    >>> bool(labels[0] == labels[1] != labels[2])
    True
    """
    return partition(batch, k, seed)
