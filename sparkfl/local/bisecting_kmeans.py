"""Bisecting k-means that cuts the cluster with the largest inertia."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sparkfl.local.batch import Batch
from sparkfl.local.lloyd import partition
from sparkfl.statistics.summary import Matrix

__all__ = ["fit"]


def fit(batch: Batch, k: int, seed: int) -> npt.NDArray[np.int64]:
    """Partition the rows of each store by repeated bisection [1]_, each cut by k-means.

    MLlib cuts the cluster with the most rows, which gives clearly worse silhouettes, and cannot
    split rows centred on zero at all; this cuts the cluster with the largest inertia.

    Parameters
    ----------
    batch : Batch
        Stores, their rows in canonical order.
    k : int
        Number of clusters; fewer come out if fewer rows differ.
    seed : int
        Seed of the starts of each cut.

    Returns
    -------
    numpy.ndarray of int64, shape (stores, n)
        Label of each row.

    References
    ----------
    .. [1] Steinbach, Karypis, Kumar, "A comparison of document clustering techniques", 2000.

    Examples
    --------
    >>> labels = fit(Batch.of_rows(np.array([[0.0], [1.0], [9.0]])), k=2, seed=0)[0]
    >>> bool(labels[0] == labels[1] != labels[2])
    True
    """
    labels = np.zeros(batch.weight.shape, dtype=np.int64)
    inertia = np.zeros((len(batch), k))
    inertia[:, 0] = _inertia(batch)
    stores = np.arange(len(batch))
    for new in range(1, k):
        old = inertia.argmax(axis=1)
        member = (labels == old[:, None]) & (batch.weight > 0)
        place = _members_first(member, batch.alone)
        cut = Batch(batch.rows, batch.weight * member).at(place)
        upper = (partition(cut, 2, seed) == 1) & (inertia[stores, old] > 0)[:, None]
        inertia[stores, old] = _inertia(Batch(cut.rows, cut.weight * ~upper))
        inertia[stores, new] = _inertia(Batch(cut.rows, cut.weight * upper))
        moved = upper & (cut.weight > 0)
        before = np.take_along_axis(labels, place, axis=1)
        np.put_along_axis(labels, place, np.where(moved, new, before), axis=1)
    return labels


def _members_first(member: npt.NDArray[np.bool_], alone: bool) -> npt.NDArray[np.intp]:
    """Places of the rows of a cluster, in their order, before the others.

    Of a store by itself the others are left out. Stores of a batch keep the length of their size
    class, on which their result may depend.
    """
    if alone:
        return np.flatnonzero(member[0])[None]
    return np.argsort(~member, axis=1, kind="stable")


def _inertia(batch: Batch) -> Matrix:
    """Sum of squares around the mean of each store, shape (stores,); 0 within rounding error."""
    count = batch.weight.sum(axis=1)
    mean = (batch.rows * batch.weight[:, None]).sum(axis=2) / np.maximum(count, 1)[:, None]
    square = ((batch.rows - mean[:, :, None]) ** 2 * batch.weight[:, None]).sum(axis=(1, 2))
    noise = (np.abs(mean) * np.finfo(np.float64).eps).sum(axis=1) ** 2 * count
    return np.where(square > 4 * noise, square, 0.0)
