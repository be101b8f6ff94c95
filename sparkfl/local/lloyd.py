"""Lloyd's iterations for many stores and many starts at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sparkfl.local.batch import Batch
from sparkfl.statistics.summary import Matrix

__all__ = ["partition"]

_STARTS, _KEPT, _TRIAL = 8, 2, 2
_SAMPLE_PER_CLUSTER = 1024
_ITERATIONS = 50
_TOLERANCE = 1e-4
"""Of the mean variance: centres that move less are at rest, as in scikit-learn."""


def partition(batch: Batch, k: int, seed: int) -> npt.NDArray[np.int64]:
    """Partition the rows of each store by k-means.

    The best of eight k-means++ starts [1]_, each run to its end on a sample spread evenly over
    the rows' order, is refined on all rows, after Bradley and Fayyad [2]_.

    Parameters
    ----------
    batch : Batch
        Stores, their rows in canonical order.
    k : int
        Clusters a store; fewer if fewer rows differ.
    seed : int
        Seed of the starts, which are the same numbers for each store.

    Returns
    -------
    numpy.ndarray of int64, shape (stores, n)
        Labels from 0; those of rows without weight mean nothing.

    References
    ----------
    .. [1] Arthur, Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.
    .. [2] Bradley, Fayyad, "Refining initial points for k-means clustering", ICML 1998.

    Examples
    --------
    >>> partition(Batch.of_rows(np.array([[0.0], [1.0], [9.0]])), k=2, seed=0).tolist()
    [[0, 0, 1]]
    """
    if k == 1:
        return np.zeros(batch.weight.shape, dtype=np.int64)
    centred = Batch(batch.rows - batch.mean()[:, :, None], batch.weight)
    centres = _seeded(_sample(centred, _SAMPLE_PER_CLUSTER * k), k, seed)
    rows = _Rows.of_batch(centred)
    return _labels(rows.ones, _lloyd(rows, centres, _ITERATIONS))[:, 0].astype(np.int64)


def _seeded(batch: Batch, k: int, seed: int) -> Matrix:
    """Find good centres, shape (stores, 1, k, d), in half the digits and half the time."""
    width = np.abs(batch.rows).max(axis=(1, 2))
    width = np.where(width > 0, width, 1.0)[:, None, None]
    narrow = Batch((batch.rows / width).astype(np.float32), batch.weight.astype(np.float32))
    rows = _Rows.of_batch(narrow)
    centres = _lloyd(rows, _starts(narrow, k, seed), _TRIAL)
    centres = _best(rows, _lloyd(rows, _best(rows, centres, _KEPT), _ITERATIONS), 1)
    return centres.astype(np.float64) * width[..., None]


@dataclass(frozen=True)
class _Rows:
    """Rows of a batch as the two matrix products of an iteration take them.

    `ones`, shape (stores, d + 1, n): features and a 1. `weighted`, shape (stores, n, d + 1): the
    same times the weight. `total`, shape (stores, d + 1): its sum. `rest`, shape (stores,): how
    far a centre at rest may move.
    """

    ones: Matrix
    weighted: Matrix
    total: Matrix
    rest: Matrix

    @classmethod
    def of_batch(cls, batch: Batch) -> _Rows:
        stores, d, n = batch.rows.shape
        ones = np.ones((stores, d + 1, n), dtype=batch.rows.dtype)
        ones[:, :d] = batch.rows
        weighted = np.ascontiguousarray((ones * batch.weight[:, None]).transpose(0, 2, 1))
        variance = (batch.rows**2 * batch.weight[:, None]).sum(axis=(1, 2))
        rest = _TOLERANCE * variance / batch.weight.sum(axis=1) / d
        return cls(ones, weighted, weighted.sum(axis=1), rest)


def _sample(batch: Batch, rows: int) -> Batch:
    """Take so many rows of each store, evenly spread over their order."""
    if batch.rows.shape[2] <= rows:
        return batch
    place = ((np.arange(rows) + 0.5) * batch.size[:, None] / rows).astype(np.intp)
    return batch.at(place)


def _starts(batch: Batch, k: int, seed: int) -> Matrix:
    """Draw k-means++ centres, shape (stores, starts, k, d)."""
    chance = np.random.default_rng(seed).random((k, _STARTS)).astype(batch.rows.dtype)
    stores, d, n = batch.rows.shape
    centres = np.empty((stores, _STARTS, k, d), dtype=batch.rows.dtype)
    nearest = np.ones((1, 1, 1), dtype=batch.rows.dtype)
    norms = (batch.rows**2).sum(axis=1)[:, None]
    for j in range(k):
        cumulated = (nearest * batch.weight[:, None]).cumsum(axis=2)
        drawn = chance[j][None, :, None] * cumulated[:, :, -1:]
        place = np.minimum(np.count_nonzero(cumulated <= drawn, axis=2), n - 1)
        chosen = np.take_along_axis(batch.rows, place[:, None, :], axis=2).transpose(0, 2, 1)
        centres[:, :, j] = chosen
        if j == k - 1:
            break
        distance = norms - 2 * (chosen @ batch.rows) + (chosen**2).sum(axis=2)[:, :, None]
        nearest = np.maximum(np.minimum(nearest, distance) if j else distance, 0)
    return centres


def _best(rows: _Rows, centres: Matrix, starts: int) -> Matrix:
    """Keep the starts with the largest sum of squares between their clusters."""
    sums = _sums(rows.weighted, rows.total, _labels(rows.ones, centres), centres.shape[2])
    count = np.where(sums[..., -1] > 0, sums[..., -1], 1.0)
    between = ((sums[..., :-1] ** 2).sum(axis=3) / count).sum(axis=2)
    best = np.argsort(-between, axis=1, kind="stable")[:, :starts]
    kept: Matrix = np.take_along_axis(centres, best[:, :, None, None], axis=1)
    return kept


def _lloyd(rows: _Rows, centres: Matrix, iterations: int) -> Matrix:
    """Move centres until they rest; each store stops by itself, whatever the others do."""
    ones, weighted, total, centres = rows.ones, rows.weighted, rows.total, centres.copy()
    moving = np.arange(len(ones))
    for _ in range(iterations):
        moved = _step(ones, weighted, total, centres[moving])
        shift = ((moved - centres[moving]) ** 2).sum(axis=(2, 3)).max(axis=1)
        centres[moving] = moved
        keep = shift > rows.rest[moving]
        if not keep.any():
            break
        if not keep.all():
            moving, ones, weighted, total = moving[keep], ones[keep], weighted[keep], total[keep]
    return centres


def _step(ones: Matrix, weighted: Matrix, total: Matrix, centres: Matrix) -> Matrix:
    """Move each centre to the mean of its rows; one without rows stays."""
    sums = _sums(weighted, total, _labels(ones, centres), centres.shape[2])
    count = sums[..., -1:]
    there = count > 0
    moved: Matrix = np.where(there, sums[..., :-1] / np.where(there, count, 1), centres)
    return moved


def _labels(ones: Matrix, centres: Matrix) -> npt.NDArray[np.integer]:
    """Nearest centre of each row, the lowest on a tie, shape (stores, starts, n)."""
    stores, starts, k, d = centres.shape
    lead = np.empty((stores, starts, k - 1, d + 1), dtype=ones.dtype)
    lead[..., :d] = centres[:, :, 1:] - centres[:, :, :1]
    square = (centres**2).sum(axis=3)
    lead[..., d] = (square[..., :1] - square[..., 1:]) / 2
    score = (lead.reshape(stores, starts * (k - 1), d + 1) @ ones).reshape(*lead.shape[:3], -1)
    labels = (score[:, :, 0] > 0).view(np.uint8)
    if k == 2:
        return labels
    labels = labels.astype(np.min_scalar_type(k))
    best = np.maximum(score[:, :, 0], 0)
    for j in range(1, k - 1):
        np.copyto(labels, j + 1, where=score[:, :, j] > best)
        np.maximum(best, score[:, :, j], out=best)
    return labels


def _sums(weighted: Matrix, total: Matrix, labels: npt.NDArray[np.integer], k: int) -> Matrix:
    """Weighted sums of the features and of 1 by label, shape (stores, starts, k, d + 1)."""
    stores, starts, n = labels.shape
    sums = np.empty((stores, starts, k, weighted.shape[2]), dtype=weighted.dtype)
    hits = np.empty((stores, starts, k - 1, n), dtype=weighted.dtype)
    for j in range(1, k):
        np.equal(labels, j, out=hits[:, :, j - 1])
    sums[:, :, 1:] = (hits.reshape(stores, -1, n) @ weighted).reshape(stores, starts, k - 1, -1)
    sums[:, :, 0] = total[:, None] - sums[:, :, 1:].sum(axis=2)
    return sums
