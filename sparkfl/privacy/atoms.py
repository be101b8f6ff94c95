"""What clusters are made of, for a guard: customers at their borders, and the rest of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sparkfl.privacy.differencing import Membership
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.entities import Entities
from sparkfl.statistics.members import Members
from sparkfl.statistics.summary import ClusterSummary, Counts, Matrix

__all__ = ["Atoms"]


@dataclass(frozen=True)
class Atoms:
    """Parts of the clusters of a store that can be counted in another; they never leave the store.

    Of each pair of clusters these are the customers that are nearly as near to the second as to
    their own, each by itself, as many as a guard can ask for; and what is left of each cluster.

    Parameters
    ----------
    membership : Membership
        Whose rows are in which part.
    rows : numpy.ndarray of int64, shape (pairs,)
        How many, of each of its pairs.
    home : numpy.ndarray of int64, shape (parts,)
        The cluster that each part is of.
    summary : ClusterSummary
        Count, mean and sum of squares of each part.
    least, greatest : numpy.ndarray, shape (parts, d)
        Least and greatest value of each feature.

    Examples
    --------
    >>> rows = np.r_[np.zeros(20), 4.0, np.full(20, 9.0)][:, None]
    >>> labels, who = np.repeat([0, 1], [21, 20]), np.arange(41)
    >>> atoms = Atoms.of_rows(rows, labels, who, who + 1, most=1)
    >>> atoms.summary.n.tolist(), atoms.summary.mean.ravel().tolist(), atoms.home.tolist()
    ([20, 19, 1, 1], [0.0, 9.0, 4.0, 9.0], [0, 1, 0, 1])
    """

    membership: Membership
    rows: Counts
    home: Counts
    summary: ClusterSummary
    least: Matrix
    greatest: Matrix

    @classmethod
    def of_rows(
        cls,
        rows: Matrix,
        cluster: npt.NDArray[np.integer],
        entity: npt.NDArray[np.int64],
        content: npt.NDArray[np.int64],
        most: int,
    ) -> Atoms:
        """Take apart clusters, given the cluster, the entity and a hash of each row.

        Parameters
        ----------
        rows : numpy.ndarray, shape (n, d)
            In the clustering space.
        cluster, entity, content : numpy.ndarray, shape (n,)
            Of each row; clusters from 0, and none without rows.
        most : int
            Customers to set apart of each pair of clusters.
        """
        who = np.unique(entity, return_inverse=True)[1]
        own = ClusterSummary.of_rows(rows, cluster)
        each = ClusterSummary.of_rows(rows, who)
        of = np.zeros(len(each), dtype=np.int64)
        of[who] = cluster
        there = np.bincount(who[of[who] != cluster], minlength=len(each)) > 0
        further = _further(each, own, of)
        further[there] = np.inf
        chosen: set[int] = set()
        for first in range(len(own)):
            inside = np.flatnonzero((of == first) & ~there)
            for second in range(len(own)):
                if second != first:
                    near = np.argsort(further[inside, second], kind="stable")[:most]
                    chosen.update(inside[near].tolist())
        apart = np.array(sorted(chosen), dtype=np.int64)
        number = np.full(len(each), -1)
        number[apart] = len(own) + np.arange(len(apart))
        part = np.where(number[who] >= 0, number[who], cluster)
        found, part = np.unique(part, return_inverse=True)
        home = np.r_[np.arange(len(own)), of[apart]][found]
        members = Members.of_rows(rows, part, None)
        return cls(
            Membership.of_rows(entity, part, content),
            Membership.of_rows(entity, part, np.ones_like(entity)).content,
            home,
            ClusterSummary.of_rows(rows, part),
            members.least,
            members.greatest,
        )

    @property
    def movable(self) -> npt.NDArray[np.intp]:
        """Places, in the membership, of the customers who are a part by themselves."""
        whose, counts = np.unique(self.membership.entity, return_counts=True)
        alone = np.bincount(self.membership.cluster)[self.membership.cluster] == 1
        once = counts[np.searchsorted(whose, self.membership.entity)] == 1
        return np.flatnonzero(alone & once)

    def further(self) -> Matrix:
        """How much farther each part is from each cluster than from its own, in sums of squares."""
        return _further(self.summary, self.summary.merged(self.home), self.home)

    def members(self, rules: Rules) -> Members | None:
        """Tell who is in the parts, if the rules ask for it."""
        if not rules.by_members:
            return None
        entities = None
        if rules.entity_key is not None:
            weight = self.rows.astype(np.float64)
            entities = Entities.of_rows(self.membership.cluster, self.membership.entity, weight)
        return Members(self.least, self.greatest, entities)


def _further(each: ClusterSummary, clusters: ClusterSummary, home: Counts) -> Matrix:
    """Compute squares from the mean of each cluster, less that from the own; shape (parts, k)."""
    apart = ((each.mean[:, None] - clusters.mean[None]) ** 2).sum(axis=2)
    further: Matrix = each.n[:, None] * (apart - apart[np.arange(len(each)), home][:, None])
    return further
