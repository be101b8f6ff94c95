"""A store as an attack has it: its rows, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sparkfl.statistics.moments import Moments
from sparkfl.statistics.summary import ClusterSummary, Counts, Matrix

__all__ = ["Store"]


@dataclass(frozen=True)
class Store:
    """Rows of one store in the clustering space, and the customer of each.

    Parameters
    ----------
    rows : numpy.ndarray, shape (n, d)
        Features.
    entity : numpy.ndarray of int64, shape (n,)
        Customer of each row; a customer may have several.

    Examples
    --------
    >>> store = Store.of_rows(np.zeros((3, 2)))
    >>> store.without(1).entity.tolist(), len(store.joined(np.ones((2, 2)))), store.customers
    ([0, 2], 5, 3)
    """

    rows: Matrix
    entity: Counts

    @classmethod
    def of_rows(cls, rows: Matrix) -> Store:
        """Take every row for a customer."""
        return cls(np.asarray(rows, dtype=np.float64), np.arange(len(rows)))

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def customers(self) -> int:
        """How many customers it has."""
        return len(np.unique(self.entity))

    @property
    def moments(self) -> Moments:
        """Count, mean and sum of squares of each feature."""
        total = ClusterSummary.of_rows(self.rows, np.zeros(len(self), dtype=np.int64))
        n = np.broadcast_to(total.n[:, None], total.mean.shape)
        return Moments(n, total.mean, total.ss)

    def values(self, feature: int) -> ClusterSummary:
        """Values of a feature, ascending, a cell each."""
        values = np.sort(self.rows[:, feature])[:, None]
        return ClusterSummary(np.ones(len(values), np.int64), values, np.zeros_like(values))

    def without(self, *entities: int) -> Store:
        """Leave out customers, with all their rows."""
        kept = ~np.isin(self.entity, entities)
        return Store(self.rows[kept], self.entity[kept])

    def joined(self, rows: Matrix, same: bool = False) -> Store:
        """Add rows of new customers, or of one new customer who has them all."""
        first = int(self.entity.max(initial=-1)) + 1
        new = np.full(len(rows), first) if same else first + np.arange(len(rows))
        return Store(np.concatenate([self.rows, rows]), np.concatenate([self.entity, new]))
