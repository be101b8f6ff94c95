"""A great many rows as a thousand summaries that merge exactly."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sparkfl.local.batch import Batch
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import ClusterSummary, Matrix

__all__ = ["LEVELS", "compress", "neighbours"]

LEVELS = 11
"""A chunk becomes up to 2**11 summaries."""


def compress(rows: Matrix, weight: Matrix | None = None, levels: int = LEVELS) -> ClusterSummary:
    """Summarise rows in small groups of neighbours.

    Every group is cut at its mean, along the feature in which it varies most, and so on: the
    variance-part of Su and Dy [1]_, all groups of a level in one call of numpy. The groups'
    counts, means and sums of squares are those of BIRCH's clustering features [2]_: whatever is
    built of whole groups has exact counts, means and sums of squares too.

    Parameters
    ----------
    rows : numpy.ndarray, shape (n, d)
        Finite rows; their order has no influence.
    weight : numpy.ndarray, shape (n,), optional
        How often each row counts, 1 by default.
    levels : int, default 11
        At most ``2**levels`` groups.

    Returns
    -------
    ClusterSummary
        The groups, neighbours near each other.

    References
    ----------
    .. [1] Su, Dy, "In search of deterministic methods for initializing k-means and Gaussian
       mixture clustering", Intelligent Data Analysis, 2007.
    .. [2] Zhang, Ramakrishnan, Livny, "BIRCH: an efficient data clustering method for very large
       databases", SIGMOD 1996.

    Examples
    --------
    >>> compress(np.array([[0.0], [1.0], [9.0]]), levels=1).mean.tolist()
    [[0.5], [9.0]]
    """
    batch = Batch.of_rows(rows, weight).sorted()
    return batch.summaries(neighbours(batch, levels), 2**levels)[0]


def neighbours(batch: Batch, levels: int = LEVELS) -> npt.NDArray[np.int64]:
    """Label the rows of a batch of one store, sorted, by those groups, shape (1, n)."""
    weight = batch.weight[0]
    all_ = batch.summaries(np.zeros((1, len(weight)), dtype=np.int64), 1)[0]
    scaled = Scaling.of_moments(all_).transform(batch.rows[0].T).T
    labels = np.zeros(len(weight), dtype=np.int64)
    for level in range(levels):
        feature, edge = _cuts(scaled, weight, labels, 2**level)
        value = scaled[feature[labels], np.arange(len(weight))]
        labels = 2 * labels + (value > edge[labels])
    return labels[None]


def _cuts(
    columns: Matrix, weight: Matrix, labels: np.ndarray[tuple[int], np.dtype[np.int64]], groups: int
) -> tuple[np.ndarray[tuple[int], np.dtype[np.intp]], Matrix]:
    """Feature and mean at which each group is cut; `columns` are centred, shape (d, n)."""
    count = np.maximum(np.bincount(labels, weight, groups), 1)
    mean = np.stack([np.bincount(labels, x * weight, groups) for x in columns]) / count
    square = np.stack([np.bincount(labels, x * x * weight, groups) for x in columns]) / count
    feature = (square - mean**2).argmax(axis=0)
    return feature, mean[feature, np.arange(groups)]
