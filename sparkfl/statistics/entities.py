"""Which entities are in which cluster, with their rows; it merges as clusters do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sparkfl.statistics.summary import Counts, Matrix

__all__ = ["Entities"]

_UNBOUNDED = 2**62


@dataclass(frozen=True)
class Entities:
    """Pairs of a cluster and an entity that has rows in it.

    Of a great many entities a few stand for all (`capped`), which is enough to tell whether a
    cluster has as many as those few, and to bound the rows of each: what is heavier than the
    others is kept, as in space-saving sketches [1]_.

    Parameters
    ----------
    cluster : numpy.ndarray of int64, shape (pairs,)
        Cluster, ascending.
    code : numpy.ndarray, shape (pairs,)
        Entity, a number that stands for its key.
    rows : numpy.ndarray of int64, shape (pairs,)
        Its rows there.
    unlisted : numpy.ndarray of int64, shape (k,)
        No entity that is not among a cluster's has more rows in it than this.
    deviations : numpy.ndarray of shape (pairs, 2, d), optional
        Sum of the deviations of its rows from a centre, and of their squares; not known of what
        was capped.
    bound : int, optional
        No entity has more rows than this, in all clusters together.

    References
    ----------
    .. [1] Metwally, Agrawal, El Abbadi, "Efficient computation of frequent and top-k elements in
       data streams", ICDT 2005.

    Examples
    --------
    >>> entities = Entities.of_rows([0, 0, 0, 1], np.array([5, 5, 6, 6]))
    >>> entities.sizes.tolist(), entities.most.tolist()
    ([2, 1], [2, 1])
    >>> together = entities.merged(np.array([0, 0]))
    >>> together.sizes.tolist(), together.most.tolist()
    ([2], [2])
    """

    cluster: Counts
    code: npt.NDArray[np.float64]
    rows: Counts
    unlisted: Counts
    deviations: Matrix | None = None
    bound: int = _UNBOUNDED

    @classmethod
    def of_rows(
        cls,
        cluster: npt.ArrayLike,
        code: npt.ArrayLike,
        weight: npt.NDArray[np.float64] | None = None,
        deviation: Matrix | None = None,
    ) -> Entities:
        """Count rows, given the cluster of each, from 0 and none without rows, and its entity.

        `weight` is how often each counts, `deviation` how far each is from a centre, shape (n, d).
        """
        at = np.asarray(cluster, dtype=np.int64)
        rows = np.ones(len(at)) if weight is None else weight
        both = None
        if deviation is not None:
            both = np.stack([deviation, deviation**2], axis=1) * rows[:, None, None]
        none = np.zeros(int(at.max()) + 1 if len(at) else 0, dtype=np.int64)
        code = np.asarray(code, dtype=np.float64)
        return cls(at, code, rows.astype(np.int64), none, both)._counted()

    @classmethod
    def concatenate(cls, entities: Sequence[Entities]) -> Entities:
        """Put the clusters of several one after another."""
        first = np.cumsum([0, *(len(each.unlisted) for each in entities)])
        known = [e.deviations for e in entities if e.deviations is not None]
        return cls(
            np.concatenate([e.cluster + at for e, at in zip(entities, first, strict=False)]),
            np.concatenate([e.code for e in entities]),
            np.concatenate([e.rows for e in entities]),
            np.concatenate([e.unlisted for e in entities]),
            np.concatenate(known) if len(known) == len(entities) else None,
            max(e.bound for e in entities),
        )

    def __len__(self) -> int:
        return len(self.unlisted)

    @property
    def sizes(self) -> Counts:
        """Entities of each cluster; of one that was capped, at least so many as were kept."""
        return np.bincount(self.cluster, minlength=len(self)).astype(np.int64)

    @property
    def most(self) -> Counts:
        """Rows of the entity that has most of each cluster; of a capped one at most so many."""
        most = np.zeros(len(self), dtype=np.int64)
        np.maximum.at(most, self.cluster, self.rows)
        bounded: Counts = np.minimum(most + self.unlisted, self.bound)
        return bounded

    def largest_square(self, mean: Matrix) -> Matrix | None:
        """Largest sum of squares that an entity has around a mean; None if it is not known.

        Parameters
        ----------
        mean : numpy.ndarray, shape (k, d)
            Of each cluster, from the centre.
        """
        if self.deviations is None:
            return None
        own, (sums, squares) = mean[self.cluster], self.deviations.transpose(1, 0, 2)
        around = squares - 2 * own * sums + self.rows[:, None] * own**2
        largest = np.zeros_like(mean)
        np.maximum.at(largest, self.cluster, around)
        return largest

    def merged(self, labels: npt.NDArray[np.integer]) -> Entities:
        """Merge the clusters that share a label; `labels` are from 0 and none is left out."""
        unlisted = np.zeros(int(labels.max()) + 1, dtype=np.int64)
        np.add.at(unlisted, labels, self.unlisted)
        cluster = labels[self.cluster].astype(np.int64)
        return replace(self, cluster=cluster, unlisted=unlisted)._counted()

    def capped(self, entities: int) -> Entities:
        """Keep so many entities of each cluster, those with most rows."""
        order = np.lexsort((self.code, -self.rows, self.cluster))
        cluster = self.cluster[order]
        place = np.arange(len(cluster)) - np.searchsorted(cluster, cluster)
        unlisted = self.unlisted.copy()
        beyond = order[place == entities]
        unlisted[self.cluster[beyond]] += self.rows[beyond]
        kept = np.sort(order[place < entities])
        few = self.cluster[kept], self.code[kept], self.rows[kept]
        return Entities(*few, unlisted, bound=self.bound)

    def split(self, sizes: Sequence[int]) -> list[Entities]:
        """Cut into so many clusters each."""
        ends = np.cumsum(sizes)
        pairs = np.searchsorted(self.cluster, ends)
        starts = np.r_[0, pairs[:-1]]
        return [
            Entities(
                self.cluster[a:b] - (end - size),
                self.code[a:b],
                self.rows[a:b],
                self.unlisted[end - size : end],
                None if self.deviations is None else self.deviations[a:b],
                self.bound,
            )
            for a, b, end, size in zip(starts, pairs, ends, sizes, strict=True)
        ]

    def _counted(self) -> Entities:
        """Bring each pair together, in ascending order of cluster, then of entity."""
        if not len(self.cluster):
            return self
        order = np.lexsort((self.code, self.cluster))
        cluster, code = self.cluster[order], self.code[order]
        first = np.flatnonzero(np.r_[True, (np.diff(cluster) != 0) | (np.diff(code) != 0)])
        both = self.deviations
        return replace(
            self,
            cluster=cluster[first],
            code=code[first],
            rows=np.add.reduceat(self.rows[order], first),
            deviations=None if both is None else np.add.reduceat(both[order], first),
        )
