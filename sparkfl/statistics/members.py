"""Who is in clusters, and how far they reach: what a gate looks at and never lets out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sparkfl.statistics.entities import Entities
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import Matrix

__all__ = ["Members"]


@dataclass(frozen=True)
class Members:
    """Extremes of `k` clusters in `d` features, and the entities in each.

    Parameters
    ----------
    least, greatest : numpy.ndarray, shape (k, d)
        Least and greatest value of each feature.
    entities : Entities, optional
        Who is in them; None where each row is an entity of its own.
    centre : numpy.ndarray of shape (d,), optional
        What the deviations of the entities are from.

    Examples
    --------
    >>> rows, customers = np.array([[1.0], [2.0], [9.0]]), np.array([7, 7, 8])
    >>> members = Members.of_rows(rows, np.array([0, 0, 1]), Entities.of_rows([0, 0, 1], customers))
    >>> both = members.merged(np.array([0, 0]))
    >>> both.least.tolist(), both.greatest.tolist(), both.entities.sizes.tolist()
    ([[1.0]], [[9.0]], [2])
    """

    least: Matrix
    greatest: Matrix
    entities: Entities | None = None
    centre: Matrix | None = None

    @classmethod
    def of_rows(
        cls, rows: Matrix, cluster: npt.NDArray[np.integer], entities: Entities | None
    ) -> Members:
        """Look at rows of shape (n, d), given the cluster of each, from 0 and none without rows."""
        order = np.argsort(cluster, kind="stable")
        first = np.flatnonzero(np.r_[True, np.diff(cluster[order]) != 0])
        rows = rows[order]
        least, greatest = (f.reduceat(rows, first, axis=0) for f in (np.minimum, np.maximum))
        return cls(least, greatest, entities)

    @classmethod
    def concatenate(cls, members: Sequence[Members]) -> Members:
        """Put the clusters of several one after another."""
        parts = [each.entities for each in members]
        known = [part for part in parts if part is not None]
        return cls(
            np.concatenate([each.least for each in members]),
            np.concatenate([each.greatest for each in members]),
            Entities.concatenate(known) if known else None,
        )

    def __len__(self) -> int:
        return len(self.least)

    def merged(self, labels: npt.NDArray[np.integer]) -> Members:
        """Merge the clusters that share a label, in ascending order of label."""
        labels = np.unique(labels, return_inverse=True)[1]
        own = None if self.entities is None else self.entities.merged(labels)
        least = np.full((labels.max() + 1, self.least.shape[1]), np.inf)
        greatest = -least
        np.minimum.at(least, labels, self.least)
        np.maximum.at(greatest, labels, self.greatest)
        return Members(least, greatest, own, self.centre)

    def ordered(self, order: npt.NDArray[np.intp]) -> Members:
        """Take the clusters in another order."""
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        own = None if self.entities is None else self.entities.merged(place)
        return Members(self.least[order], self.greatest[order], own, self.centre)

    def split(self, sizes: Sequence[int]) -> list[Members]:
        """Cut into so many clusters each."""
        cuts = np.cumsum(sizes)[:-1]
        own: Sequence[Entities | None] = (
            [None] * len(sizes) if self.entities is None else self.entities.split(sizes)
        )
        halves = np.split(self.least, cuts), np.split(self.greatest, cuts)
        return [Members(*each) for each in zip(*halves, own, strict=True)]

    def scaled(self, scaling: Scaling) -> Members:
        """Bring capped clusters into another space: their extremes, as scaling is monotone."""
        return replace(
            self, least=scaling.transform(self.least), greatest=scaling.transform(self.greatest)
        )

    def largest_square(self, mean: Matrix) -> Matrix:
        """Largest sum of squares around the means that an entity has, or more; shape (k, d).

        An entity has no more than its rows times the largest square there is: that is it for one
        row an entity, and stands for it where the sums of the entities are not known.
        """
        farthest = np.maximum(self.greatest - mean, mean - self.least) ** 2
        if self.entities is None:
            return farthest
        known = None if self.centre is None else self.entities.largest_square(mean - self.centre)
        return self.entities.most[:, None] * farthest if known is None else known

    def capped(self, entities: int) -> Members:
        """Keep so many entities of each cluster, see `Entities.capped`."""
        own = None if self.entities is None else self.entities.capped(entities)
        return replace(self, entities=own)

    def identical(self) -> npt.NDArray[np.bool_]:
        """Tell of which clusters all rows are equal, shape (k,)."""
        return np.asarray((self.least == self.greatest).all(axis=1))
