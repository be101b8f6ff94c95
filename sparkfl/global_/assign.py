"""Nearest centre: how rows meet clusters, and local clusters meet global ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sparkfl.local.summary import Matrix

__all__ = ["nearest", "squared_distances"]


def squared_distances(rows: Matrix, centres: Matrix) -> Matrix:
    """Squared Euclidean distances, shape (rows, centres).

    Summed feature by feature, as the Spark expression is: both break ties alike.
    """
    distances = np.zeros((len(rows), len(centres)))
    for feature in range(rows.shape[1]):
        distances += (rows[:, feature, None] - centres[None, :, feature]) ** 2
    return distances


def nearest(rows: Matrix, centres: Matrix) -> tuple[npt.NDArray[np.int64], Matrix]:
    """Find the nearest centre of each row.

    Parameters
    ----------
    rows : numpy.ndarray, shape (rows, d)
        What is assigned.
    centres : numpy.ndarray, shape (centres, d)
        What it is assigned to.

    Returns
    -------
    tuple of numpy.ndarray, each of shape (rows,)
        Number of the nearest centre, the lowest on a tie, and the Euclidean distance to it.

    Examples
    --------
    >>> nearest(np.array([[0.0], [7.0]]), np.array([[1.0], [9.0]]))
    (array([0, 1]), array([1., 2.]))
    """
    distances = squared_distances(rows, centres)
    index = distances.argmin(axis=1)
    return index, np.sqrt(distances[np.arange(len(rows)), index])
