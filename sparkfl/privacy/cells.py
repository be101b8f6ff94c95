"""The gate for marginals: one feature of a store, in cells of neighbouring values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sparkfl.privacy.dominance import dominated_rows, dominated_sums
from sparkfl.privacy.rounding import rounded_clusters
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.summary import ClusterSummary, Counts, Matrix

__all__ = ["Owners", "cell_of", "release_cells"]


@dataclass(frozen=True)
class Owners:
    """Who is behind the values of one feature, in the order of the values; none of it is told.

    Parameters
    ----------
    owned : numpy.ndarray of int, shape (values,)
        Entities of the store of which this is the lowest value: each counts once.
    most : numpy.ndarray of int, shape (values,)
        Rows in the store of the entity that has most of those behind the value.
    least, greatest : numpy.ndarray, shape (values,)
        Extremes of what the value is a mean of.
    """

    owned: Counts
    most: Counts
    least: Matrix
    greatest: Matrix

    @classmethod
    def of_values(cls, x: Matrix, n: Counts, store: Counts, entity: Matrix | None) -> Owners:
        """Find who is behind values that stand for `n` rows each; sorted by store, then by value.

        Without `entity` each row is one.

        Examples
        --------
        >>> one = np.ones(3, int)
        >>> owners = Owners.of_values(np.arange(3.0), one, 0 * one, np.array([7.0, 8.0, 7.0]))
        >>> owners.owned.tolist(), owners.most.tolist()
        ([1, 1, 0], [2, 1, 2])
        """
        if entity is None:
            return cls(n, np.ones_like(n), x, x)
        order = np.lexsort((entity, store))
        new = np.r_[True, (np.diff(store[order]) != 0) | (np.diff(entity[order]) != 0)]
        owned, most = np.zeros_like(n), np.empty_like(n)
        first = np.flatnonzero(new)
        # The sort is stable: of an entity's values the lowest comes first.
        owned[order[first]] = 1
        most[order] = np.add.reduceat(n[order], first)[np.cumsum(new) - 1]
        return cls(owned, most, x, x)

    def kept(self, keep: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> Owners:
        """Keep some values."""
        return Owners(self.owned[keep], self.most[keep], self.least[keep], self.greatest[keep])

    def merged(self, run: npt.NDArray[np.intp]) -> Owners:
        """Merge values that follow one another, by ascending labels from 0."""
        begins = np.flatnonzero(np.diff(run, prepend=-1))
        return Owners(
            np.add.reduceat(self.owned, begins),
            np.maximum.reduceat(self.most, begins),
            np.minimum.reduceat(self.least, begins),
            np.maximum.reduceat(self.greatest, begins),
        )


def release_cells(
    values: ClusterSummary,
    store: Counts,
    equal: npt.NDArray[np.bool_],
    cells: int,
    rules: Rules,
    owners: Owners | None = None,
) -> ClusterSummary:
    """Cut the values of each store into cells of equal count, none smaller than the minimum size.

    Nothing is told of a store with fewer customers than that, nor of one whose customers are all
    equal. No value is dropped: too few of them at the end of a store join the cell before, and so
    does a cell that one entity dominates; that of the lowest joins the next.

    Parameters
    ----------
    values : ClusterSummary
        Values of one feature, or summaries of neighbouring ones: by store, then by mean.
    store : numpy.ndarray of int, shape (len(values),)
        Number of the store of each, from 0.
    equal : numpy.ndarray of bool, shape (stores,)
        Whether all customers of the store are equal, in every feature.
    cells : int
        So many cells a store, or fewer.
    rules : Rules
        What is asked of each cell.
    owners : Owners, optional
        Who is behind the values; without, each value is an entity's. Needed for dominance.

    Returns
    -------
    ClusterSummary
        Count, mean and sum of squares of each cell, without its store; possibly none.

    Examples
    --------
    >>> values = ClusterSummary(np.ones(11, int), np.arange(11.0)[:, None], np.zeros((11, 1)))
    >>> told = release_cells(values, np.zeros(11, int), np.array([False]), 20, Rules(5))
    >>> told.n.tolist(), told.mean.tolist()
    ([5, 6], [[2.0], [7.5]])
    """
    first = values.n if owners is None else owners.owned
    entities = np.bincount(store, first, len(equal)).astype(np.int64)
    may = ((entities >= rules.min_size) & ~equal)[store]
    values, store, first = _kept(values, may), store[may], first[may]
    if not len(values):
        return values
    run = cell_of(store, first, np.maximum(rules.min_size, -(-entities // cells)), rules.min_size)
    if rules.dominance == 1:
        return rounded_clusters(values.merged(run), rules)
    assert owners is not None
    owners = owners.kept(may)
    while len(values):
        told = values.merged(run)
        begins = np.flatnonzero(np.diff(run, prepend=-1))
        weak = _dominated(told, owners.merged(run), rules.dominance)
        if not weak.any():
            return rounded_clusters(told, rules)
        run, kept = _joined(run, store[begins], weak)
        values, store = _kept(values, kept), store[kept]
        run = np.unique(run[kept], return_inverse=True)[1]
        owners = owners.kept(kept)
    return values


def cell_of(store: Counts, owned: Counts, size: Counts, min_size: int) -> npt.NDArray[np.intp]:
    """Find the cell of each value, numbered from 0, given the size of the cells of each store.

    Parameters
    ----------
    store : numpy.ndarray of int, shape (values,)
        Number of the store of each, ascending.
    owned : numpy.ndarray of int, shape (values,)
        What counts of each.
    size : numpy.ndarray of int, shape (stores,)
        So much is in a cell of the store, and `min_size` or more in the last.
    min_size : int
        Every store has so much.

    Examples
    --------
    >>> one = np.ones(5, int)
    >>> cell_of(0 * one, one, np.array([2]), 2).tolist()
    [0, 0, 1, 1, 1]
    """
    before = np.cumsum(owned) - owned
    before -= before[np.searchsorted(store, store)]
    cell = before // size[store]
    new = np.r_[True, (np.diff(store) != 0) | (np.diff(cell) != 0)]
    run = np.cumsum(new) - 1
    # The first of a store is never too small: values begin in it until it is full.
    full = np.bincount(run, owned) >= min_size
    return np.asarray((np.cumsum(full) - 1)[run])


def _dominated(told: ClusterSummary, behind: Owners, share: float) -> npt.NDArray[np.bool_]:
    """Tell which cells one entity dominates; no entity has more rows in one than in its store."""
    most = np.minimum(behind.most, told.n)[:, None]
    least, greatest = behind.least[:, None], behind.greatest[:, None]
    farthest = np.maximum(greatest - told.mean, told.mean - least) ** 2
    sums = dominated_sums(told.ss, most * farthest, share)
    return sums[:, 0] | dominated_rows(told.n, most[:, 0], share)


def _joined(
    run: npt.NDArray[np.intp], store: Counts, weak: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Count cells anew, a weak one with its neighbour; and tell which values are left.

    A store that has a weak cell and no other is left with none.
    """
    opens = np.r_[True, np.diff(store) != 0]
    closes = np.r_[opens[1:], True]
    # A cell begins where neither it has to join the one before, nor that one has to join it.
    joins = weak & ~opens
    joins[1:] |= (weak & opens & ~closes)[:-1]
    kept = ~(weak & opens & closes)
    return (np.cumsum(~joins) - 1)[run], kept[run]


def _kept(values: ClusterSummary, keep: npt.NDArray[np.bool_]) -> ClusterSummary:
    """Keep some values."""
    return ClusterSummary(values.n[keep], values.mean[keep], values.ss[keep])
