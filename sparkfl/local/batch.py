"""Rows of many stores in one array, so that one call of numpy serves them all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sparkfl.statistics.entities import Entities
from sparkfl.statistics.members import Members
from sparkfl.statistics.summary import ClusterSummary, Counts, Matrix

__all__ = ["Batch", "batches", "size_class"]

_ALONE = 1024
"""A store of more rows is a batch of its own: it keeps numpy busy by itself."""
_BATCH = 32768
"""Rows of a batch, padding included: what the processor's cache holds."""


@dataclass(frozen=True)
class Batch:
    """Rows of several stores, padded to one length, rows on the last axis.

    How long a store is padded depends on its own size alone, so that what is computed for it
    does not depend, to the last bit, on the stores beside it.

    Parameters
    ----------
    rows : numpy.ndarray, shape (stores, d, n)
        Features; padding repeats a row.
    weight : numpy.ndarray, shape (stores, n)
        Weight of each row, 0 for padding.
    entity : numpy.ndarray of shape (stores, n), optional
        Number that stands for the entity of each row; None where each row is one.
    place : numpy.ndarray of int, shape (stores, n), optional
        Where each row stood.

    Examples
    --------
    >>> batch = Batch.of_rows(np.array([[3.0], [1.0]]))
    >>> batch.rows.shape, batch.weight.tolist()
    ((1, 1, 2), [[1.0, 1.0]])
    """

    rows: Matrix
    weight: Matrix
    entity: Matrix | None = None
    place: npt.NDArray[np.intp] | None = None

    @classmethod
    def of_rows(
        cls, rows: Matrix, weight: Matrix | None = None, entity: Matrix | None = None
    ) -> Batch:
        """Wrap the rows of one store, shape (n, d), with weights of shape (n,) or 1."""
        weight = np.asarray(np.ones(len(rows)) if weight is None else weight, dtype=np.float64)
        whose = None if entity is None else entity[None]
        return cls(np.ascontiguousarray(rows.T)[None], weight[None], whose)

    @classmethod
    def of_columns(
        cls,
        columns: Matrix,
        start: Counts,
        size: Counts,
        entity: Matrix | None = None,
        placed: bool = False,
    ) -> Batch:
        """Cut stores of one size class out of columns of shape (d, rows).

        `placed` is whether they are to know where their rows stood.
        """
        place = np.arange(size_class(int(size[0])))
        index = start[:, None] + np.minimum(place, size[:, None] - 1)
        rows = np.ascontiguousarray(columns[:, index].transpose(1, 0, 2))
        weight = (place < size[:, None]).astype(np.float64)
        whose = None if entity is None else entity[index]
        return cls(rows, weight, whose, index if placed else None)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def alone(self) -> bool:
        """Whether the rows are so many that a store is a batch of its own."""
        return bool(self.rows.shape[2] > _ALONE)

    @property
    def size(self) -> Counts:
        """Rows of each store that have weight, shape (stores,)."""
        size: Counts = (self.weight > 0).sum(axis=1)
        return size

    def mean(self) -> Matrix:
        """Weighted mean of each store, shape (stores, d)."""
        mean: Matrix = (self.rows * self.weight[:, None]).sum(axis=2)
        mean /= self.weight.sum(axis=1)[:, None]
        return mean

    def of_stores(self, index: npt.NDArray[np.intp] | npt.NDArray[np.bool_] | slice) -> Batch:
        """Keep some of the stores."""
        whose = None if self.entity is None else self.entity[index]
        where = None if self.place is None else self.place[index]
        return Batch(self.rows[index], self.weight[index], whose, where)

    def at(self, order: npt.NDArray[np.intp]) -> Batch:
        """Take rows by their places, shape (stores, any)."""
        return Batch(
            np.take_along_axis(self.rows, order[:, None, :], axis=2),
            np.take_along_axis(self.weight, order, axis=1),
            None if self.entity is None else np.take_along_axis(self.entity, order, axis=1),
            None if self.place is None else np.take_along_axis(self.place, order, axis=1),
        )

    def sorted(self) -> Batch:
        """Bring the rows of each store into an order that only their values decide.

        They are sorted along a fixed direction no two different rows are likely to tie on, which
        takes one sort in place of one a feature.
        """
        d = self.rows.shape[1]
        width = np.abs(self.rows).max(axis=2)
        direction = np.sqrt(np.arange(2.0, 2.0 + d)) / np.where(width > 0, width, 1.0)
        key = np.zeros_like(self.weight)
        for feature in range(d):
            key += self.rows[:, feature] * direction[:, feature, None]
        key[self.weight == 0] = np.inf
        return self.at(np.argsort(key, axis=1))

    def summaries(self, labels: npt.NDArray[np.integer], k: int) -> list[ClusterSummary]:
        """Summarise the rows of each store by their labels, shape (stores, n), in [0, k).

        Every row counts by its weight. Clusters without rows are left out.
        """
        stores, d, _ = self.rows.shape
        bins = (np.arange(stores)[:, None] * k + labels)[self.weight > 0]
        weight = self.weight[self.weight > 0]
        columns = [self.rows[:, feature][self.weight > 0] for feature in range(d)]
        n = np.bincount(bins, weight, stores * k)
        divisor = np.maximum(n, 1.0)
        mean = np.empty((stores * k, d))
        ss = np.empty((stores * k, d))
        for feature, x in enumerate(columns):
            mean[:, feature] = np.bincount(bins, x * weight, stores * k) / divisor
            ss[:, feature] = np.bincount(bins, (x - mean[bins, feature]) ** 2 * weight, stores * k)
        counts = n.astype(np.int64)
        found = [np.flatnonzero(counts[i * k : (i + 1) * k]) + i * k for i in range(stores)]
        return [ClusterSummary(counts[i], mean[i], ss[i]) for i in found]

    def members(self, labels: npt.NDArray[np.integer], k: int) -> list[Members]:
        """Tell who is in each of those clusters, in the same order."""
        used = self.weight > 0
        bins = (np.arange(len(self))[:, None] * k + labels)[used]
        found, cluster = np.unique(bins, return_inverse=True)
        rows, centre = self.rows.transpose(0, 2, 1)[used], self.mean()
        entities = None
        if self.entity is not None:
            apart = rows - centre[np.nonzero(used)[0]]
            entities = Entities.of_rows(cluster, self.entity[used], self.weight[used], apart)
        clusters = np.bincount(found // k, minlength=len(self)).tolist()
        each = Members.of_rows(rows, cluster, entities).split(clusters)
        return [replace(own, centre=c) for own, c in zip(each, centre, strict=True)]


def size_class(rows: int) -> int:
    """Length that a store of so many rows is padded to: at most a quarter more than it has."""
    if rows > _ALONE or rows <= 4:
        return rows
    step = 1 << ((rows - 1).bit_length() - 3)
    return -(-rows // step) * step


def batches(size: Sequence[int] | Counts) -> Iterator[npt.NDArray[np.intp]]:
    """Group stores of like sizes.

    Parameters
    ----------
    size : sequence of int, shape (stores,)
        Rows of each store.

    Yields
    ------
    numpy.ndarray of int
        Numbers of the stores of a batch.

    Examples
    --------
    >>> [group.tolist() for group in batches([100, 5000, 98])]
    [[0, 2], [1]]
    """
    classes = np.array([size_class(int(rows)) for rows in size])
    for length in np.unique(classes):
        members = np.flatnonzero(classes == length)
        step = 1 if length > _ALONE else max(1, _BATCH // int(length))
        yield from (members[i : i + step] for i in range(0, len(members), step))
