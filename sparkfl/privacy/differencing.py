"""The guard against differencing: two releases must not differ by a few customers.

Of two versions of a cluster, of n and m rows and means x and y, n x - m y is the sum of the rows
that are in one and not in the other: of a single customer that joined, the customer, exactly. A
minimum size does not help. So a store releases again only where no two things that it has told, of
all its versions, differ by fewer entities than the minimum; not at all is no difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np
import numpy.typing as npt

__all__ = [
    "LARGEST",
    "Membership",
    "compared",
    "finest_merge",
    "smallest_difference",
    "unions",
    "unions_of_few",
]

LARGEST = 8
"""Up to so many all unions of clusters are compared."""
_MOST_COMPARED = 2**24
"""So many comparisons of an entity with several clusters, before fewer unions are compared."""

_Codes = npt.NDArray[np.int64]
_Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Membership:
    """Whose rows were behind the clusters that a store told; it never leaves the store.

    Parameters
    ----------
    entity : numpy.ndarray of int64, shape (pairs,)
        Number of an entity.
    cluster : numpy.ndarray of int64, shape (pairs,)
        A cluster that it has rows in, from 0.
    content : numpy.ndarray of int64, shape (pairs,)
        Sum of the hashes of these rows, modulo 2**64; an entity whose rows have changed is another.

    Examples
    --------
    >>> one = Membership.of_rows(np.arange(12), np.zeros(12), np.arange(12))
    >>> more = Membership.of_rows(np.arange(13), np.zeros(13), np.arange(13))
    >>> smallest_difference(one, more), smallest_difference(one, one)
    (1, 12)
    """

    entity: _Codes
    cluster: _Codes
    content: _Codes

    @classmethod
    def of_rows(
        cls, entity: npt.ArrayLike, cluster: npt.ArrayLike, hash_: npt.ArrayLike
    ) -> Membership:
        """Bring together the rows that an entity has in a cluster, given the hash of each."""
        who, where, what = (np.asarray(x).astype(np.int64) for x in (entity, cluster, hash_))
        order = np.lexsort((where, who))
        who, where, what = who[order], where[order], what[order]
        if not len(who):
            return cls(who, where, what)
        first = np.flatnonzero(np.r_[True, (np.diff(who) != 0) | (np.diff(where) != 0)])
        return cls(who[first], where[first], np.add.reduceat(what, first))

    @property
    def clusters(self) -> int:
        """Number of clusters."""
        return int(self.cluster.max()) + 1 if len(self.cluster) else 0

    def merged(self, labels: npt.NDArray[np.integer]) -> Membership:
        """Merge the clusters that share a label."""
        return Membership.of_rows(self.entity, labels[self.cluster], self.content)

    def equals(self, other: Membership) -> bool:
        """Tell whether two releases are of the same clusters of the same rows."""
        pairs = ((self.entity, other.entity), (self.cluster, other.cluster))
        return all(np.array_equal(a, b) for a, b in (*pairs, (self.content, other.content)))

    def without_content(self) -> Membership:
        """Take an entity for the same, whatever its rows are."""
        return Membership(self.entity, self.cluster, np.ones_like(self.content))


def smallest_difference(before: Membership, now: Membership) -> int:
    """Count the entities by which two releases of a store differ where they differ least.

    What is told of clusters is told of their unions too, as sums add up: every union of the
    clusters of one is compared with every union of those of the other, up to eight of each; of
    more, and where tens of thousands of entities have rows in several, only each by itself, all
    but each, and all. An entity is part of a difference if it has other rows in one than in the
    other.

    Parameters
    ----------
    before, now : Membership
        Two releases.

    Returns
    -------
    int
        The smallest number that is not 0.
    """
    changed = compared(before, now)[0]
    whole = len(np.union1d(before.entity, now.entity))
    return int(changed[changed > 0].min(initial=whole))


def unions_of_few(before: Membership, now: Membership, min_size: int) -> _Flags:
    """Tell which unions of clusters differ from a union of an earlier release by too few entities.

    Returns
    -------
    numpy.ndarray of bool
        Of each of the `unions` of `now`, or of fewer if these are too many to compare.
    """
    changed = compared(before, now)[0]
    return np.asarray(((changed > 0) & (changed < min_size)).any(axis=0))


def unions(clusters: int) -> _Flags:
    """List all unions of up to eight clusters, each a row; of more, only the simplest.

    Examples
    --------
    >>> unions(2).astype(int).tolist()
    [[0, 0], [0, 1], [1, 0], [1, 1]]
    """
    return _unions(clusters, True)


def finest_merge(few: _Flags, may: _Flags, clusters: int) -> npt.NDArray[np.int64] | None:
    """Find the merge of clusters of which all may be told, with as many clusters left as can be.

    Parameters
    ----------
    few : numpy.ndarray of bool, shape (2**clusters,)
        Which `unions` differ from what was told before by too few entities.
    may : numpy.ndarray of bool, shape (2**clusters,)
        Which of them may be told by themselves.
    clusters : int
        How many there are.

    Returns
    -------
    numpy.ndarray of int64, shape (clusters,), or None
        Labels; None if fewer than half of the clusters would be left, or only one.

    Examples
    --------
    >>> few = np.array([False, False, True, True, True, True, False, False])  # 1 | 2, 3 is not
    >>> finest_merge(few, np.ones(8, dtype=bool), 3).tolist()
    [0, 0, 1]
    """
    if clusters > LARGEST or len(few) != 2**clusters:
        return None
    weight = 2 ** np.arange(clusters - 1, -1, -1)
    for labels in _partitions(clusters, max(2, -(-clusters // 2))):
        blocks = (labels[None] == np.arange(labels.max() + 1)[:, None]).astype(np.int64)
        told = _unions(len(blocks), True).astype(np.int64) @ blocks
        if not few[told @ weight].any() and may[blocks @ weight].all():
            return labels
    return None


@cache
def _partitions(clusters: int, fewest: int) -> tuple[npt.NDArray[np.int64], ...]:
    """List the ways to merge clusters so that some are left, those with most left first."""
    grown: list[tuple[int, ...]] = [()]
    for _ in range(clusters):
        grown = [(*own, n) for own in grown for n in range(max(own, default=-1) + 2)]
    enough = [own for own in grown if max(own, default=-1) + 1 >= fewest]
    return tuple(np.array(own) for own in sorted(enough, key=max, reverse=True))


def compared(before: Membership, now: Membership) -> tuple[npt.NDArray[np.int64], _Flags, _Flags]:
    """Count the entities by which each union of one differs from each of the other.

    Returns
    -------
    tuple of numpy.ndarray
        Counts of shape (unions of before, unions of now), and these unions, as of `unions`.
    """
    who = np.union1d(before.entity, now.entity)
    old, new = _contents(before, who), _contents(now, who)
    single = ((old != 0).sum(axis=1) <= 1) & ((new != 0).sum(axis=1) <= 1)
    several = old[~single], new[~single]
    compared = len(several[0]) * 2 ** (old.shape[1] + new.shape[1])
    own = [_unions(each.shape[1], compared <= _MOST_COMPARED) for each in (old, new)]
    changed = _of_single(old[single], new[single], *own)
    if len(several[0]):
        for (i, u), (j, v) in product(enumerate(own[0]), enumerate(own[1])):
            differs = several[0][:, u].sum(axis=1) != several[1][:, v].sum(axis=1)
            changed[i, j] += differs.sum()
    return changed, own[0], own[1]


def _contents(membership: Membership, who: _Codes) -> _Codes:
    """Lay out what each entity has in each cluster, 0 where it has none."""
    laid = np.zeros((len(who), membership.clusters), dtype=np.int64)
    place = np.searchsorted(who, membership.entity), membership.cluster
    laid[place] = np.where(membership.content == 0, 1, membership.content)
    return laid


def _unions(clusters: int, every: bool) -> _Flags:
    """Unions of clusters, each a row."""
    if every and clusters <= LARGEST:
        return np.array(list(product([False, True], repeat=clusters)), dtype=bool)
    each = np.eye(clusters, dtype=bool)
    return np.concatenate([each, ~each, np.ones((1, clusters), dtype=bool)])


def _of_single(old: _Codes, new: _Codes, before: _Flags, now: _Flags) -> npt.NDArray[np.int64]:
    """Count, for each pair of unions, the entities of one cluster each that are in a difference."""
    was, is_ = (old != 0).astype(np.int64), (new != 0).astype(np.int64)
    same = was.any(axis=1) & is_.any(axis=1) & (old.sum(axis=1) == new.sum(axis=1))
    other = was.any(axis=1) & is_.any(axis=1) & ~same
    u, v = before.astype(np.int64), now.astype(np.int64)
    stays = was[same].T @ is_[same]
    moves = was[other].T @ is_[other]
    left = was[~(same | other)].sum(axis=0)
    joined = is_[~(same | other)].sum(axis=0)
    counted = u @ stays @ (1 - v).T + (1 - u) @ stays @ v.T
    counted += moves.sum() - (1 - u) @ moves @ (1 - v).T
    counted += (u @ left)[:, None] + (v @ joined)[None]
    return np.asarray(counted)
