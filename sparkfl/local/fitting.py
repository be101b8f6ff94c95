"""Fitting stores inside a worker: by numpy, many small ones at once, and through the gate."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sparkfl.local.algorithms import ALGORITHMS
from sparkfl.local.batch import Batch, batches
from sparkfl.local.clusters import clusters
from sparkfl.local.compress import LEVELS, neighbours
from sparkfl.local.result import LocalResult, Strategy, Verdict
from sparkfl.local.spool import MAX_VALUES
from sparkfl.local.stores import Block
from sparkfl.privacy.atoms import Atoms
from sparkfl.privacy.differencing import LARGEST
from sparkfl.privacy.release import merged, safe, safe_unions
from sparkfl.privacy.rounding import rounded_clusters, rounded_counts, rounded_scaling
from sparkfl.privacy.rules import Rules
from sparkfl.privacy.screen import constant, too_small
from sparkfl.statistics.entities import Entities
from sparkfl.statistics.members import Members
from sparkfl.statistics.scaling import Scaling, asinh
from sparkfl.statistics.summary import ClusterSummary, Counts, Matrix

__all__ = ["CONTENT_BITS", "LocalFit", "Parts", "failure", "parts"]

Parts = Callable[[npt.NDArray[np.integer]], Atoms]
"""Takes clusters apart, given into which of those that are told each of them went."""

CONTENT_BITS = 2**32 - 1
"""Bits of a row's hash that are summed, so that the sum of two billion is none too many."""


@dataclass(frozen=True)
class LocalFit:
    """How a store is fitted.

    Parameters
    ----------
    algorithm : str
        A name in `sparkfl.local.algorithms.ALGORITHMS`, or the path of a scikit-learn class.
    k : int or None
        Clusters a store, at most its distinct rows; None for `sparkfl.local.clusters`, by its size.
    seed : int
        Seed of each fit.
    rules : Rules
        What is asked of what is released.
    scaling : Scaling, optional
        Common scaling; without one, each store is scaled by its own moments, robustly.
    max_values : int, default 2**20
        Rows times features above which a store is summarised chunk by chunk.
    algorithm_params : mapping of str to object, optional
        Parameters of a scikit-learn class.
    guarded : bool, default False
        Whether results go to a guard first, which asks whose rows are in the clusters.
    by_row : bool, default False
        Whether it asks which rows, of whomever they are.

    Examples
    --------
    >>> fit = LocalFit("kmeans", k=2, seed=0, rules=Rules(3))
    >>> result = fit.fit(np.array([[0.0], [1.0], [2.0], [8.0], [9.0], [10.0]]))
    >>> str(result.verdict), result.summary.n.tolist()
    ('ok', [3, 3])
    """

    algorithm: str
    k: int | None
    seed: int
    rules: Rules
    scaling: Scaling | None = None
    max_values: int = MAX_VALUES
    algorithm_params: Mapping[str, Any] = field(default_factory=dict)
    guarded: bool = False
    by_row: bool = False

    def fit(self, rows: Matrix, entity: Matrix | None = None) -> LocalResult:
        """Fit one store, its rows of shape (n, d), and apply the gate."""
        columns = np.asarray(rows, dtype=np.float64).T
        return self.fit_block(Block(pa.array([0]), np.array([len(rows)]), columns), entity)[0]

    def fit_block(
        self, block: Block, entity: Matrix | None = None, content: Matrix | None = None
    ) -> list[LocalResult]:
        """Fit some stores; the order of a store's rows has no influence, nor have the others.

        A store that fails does not stop the others: its failure is its verdict. `entity` is a
        number for the entity of each row; without it each row is one. `content` is a hash of each
        row, for a guard.
        """
        results = [LocalResult(Verdict.TOO_SMALL, int(rows)) for rows in block.size]
        entities = _entities_of(block.size, entity)
        wanted = clusters(entities, self.k)
        trained = ~too_small(entities, wanted, self.rules.min_size)
        start = block.start

        def cut(of: npt.NDArray[np.intp]) -> Batch:
            own = start[of], block.size[of]
            return Batch.of_columns(block.columns, *own, entity, self.guarded)

        for k in np.unique(wanted[trained]).tolist():
            alike = np.flatnonzero(trained & (wanted == k))
            for group in batches(block.size[alike]):
                stores = alike[group]
                found = self._fit_or_fail(cut, stores, k, content)
                for store, result in zip(stores, found, strict=True):
                    results[store] = result
        return list(map(self.counted, results)) if self.rules.by_policy else results

    def fit_summaries(
        self,
        rows: int,
        groups: ClusterSummary,
        standard: Scaling | None = None,
        members: Members | None = None,
    ) -> LocalResult:
        """Fit one store from the summaries that `summarise` made of all its rows.

        A store of which no moments could be told, for it has a scaling of its own, has values whose
        squares are no finite numbers, or one customer dominates them.
        """
        entities = _entities_in(int(groups.n.sum()), members)
        k = int(clusters(entities, self.k))
        if too_small(entities, k, self.rules.min_size):
            return LocalResult(Verdict.TOO_SMALL, rows)
        total = groups.total()
        if len(groups) == 1 and not groups.ss.any():
            return LocalResult(Verdict.CONSTANT, rows)
        own = None
        if not np.isfinite(total.ss).all() or (self.scaling is None and standard is None):
            withheld = self.rules.dominance < 1 and bool(np.isfinite(total.ss).all())
            return LocalResult(Verdict.DOMINATED if withheld else Verdict.OVERFLOW, rows)
        if standard is not None:
            if not self._tells(total, members):
                return LocalResult(Verdict.DOMINATED, rows)
            again = rounded_scaling(standard.again(total), self.rules)
            own, groups = replace(standard, asinh=again), again.summary(groups)
            members = None if members is None else members.scaled(again)
        batch = Batch.of_rows(groups.mean, groups.n.astype(np.float64))
        labels = ALGORITHMS[self.algorithm](batch, k, self.seed)[0]
        who = None if members is None else members.merged(labels)
        return self.released(rows, groups.merged(labels), own, Strategy.SUMMARISED, who)

    def summarise(
        self,
        rows: Matrix,
        weight: Matrix,
        standard: Scaling | None = None,
        entity: Matrix | None = None,
    ) -> tuple[ClusterSummary, Members | None]:
        """Summarise a chunk of a store.

        Parameters
        ----------
        rows : numpy.ndarray, shape (n, d)
            Its rows.
        weight : numpy.ndarray, shape (n,)
            How often each counts.
        standard : Scaling, optional
            The store's own z-scores, if there is no common scaling.
        entity : numpy.ndarray, shape (n,), optional
            Number of the entity of each row.

        Returns
        -------
        tuple of ClusterSummary and Members or None
            In the clustering space if it is common, of asinh(z) if not; and who is in them, if the
            rules ask for it: as many as they can ask for.
        """
        if self.scaling is not None:
            scaled = self.scaling.transform(rows)
        else:
            scaled = rows if standard is None else asinh(standard.transform(rows))
        batch = Batch.of_rows(scaled, weight, entity).sorted()
        labels = neighbours(batch)
        summary = batch.summaries(labels, 2**LEVELS)[0]
        if not self.rules.by_members:
            return summary, None
        return summary, batch.members(labels, 2**LEVELS)[0].capped(self.enough)

    @property
    def enough(self) -> int:
        """So many entities tell that a cluster, and its store, has enough of them."""
        return max(self.rules.min_size, int(clusters(2**31, self.k)) + 1)

    def released(
        self,
        rows: int,
        found: ClusterSummary,
        scaling: Scaling | None,
        strategy: Strategy,
        members: Members | None = None,
        whose: Parts | None = None,
    ) -> LocalResult:
        """Apply the gate to the clusters of a store, given who is in them if the rules ask.

        `whose` is the same for a guard.
        """
        let_out, into = merged(found, self.rules, members) or (None, None)
        if not np.isfinite((found if let_out is None else let_out).ss).all():
            return LocalResult(Verdict.OVERFLOW, rows)
        if let_out is None:
            one = members is not None and bool((members.least == members.least[0]).all())
            same = one and members is not None and bool(members.identical().all())
            return LocalResult(Verdict.CONSTANT if same else Verdict.DOMINATED, rows)
        if len(let_out) == 1 and not let_out.ss.any():
            return LocalResult(Verdict.CONSTANT, rows)
        told = let_out
        if self.rules.rounds:
            scaled = scaling is not None or (self.scaling is not None and bool(self.scaling.asinh))
            told = rounded_clusters(let_out, self.rules, scaled)
        shown = None
        if not self.rules.complementary:
            shown = int(found.n[~safe(found, self.rules, members)].sum())
        order = told.canonical_order()
        told, place = told.ordered(order), np.argsort(order)
        result = LocalResult(Verdict.OK, rows, told, shown, scaling, strategy)
        if whose is None or into is None:
            return result
        who = None if members is None else members.merged(into).ordered(order)
        may = safe_unions(let_out.ordered(order), self.rules, who) if len(told) <= LARGEST else None
        return replace(result, atoms=whose(place[into]), mergeable=may)

    def counted(self, result: LocalResult) -> LocalResult:
        """Tell of a store's rows what the rules let out, which is what the survey tells."""
        withheld = self.rules.complementary and result.verdict == Verdict.TOO_SMALL
        rows = 0 if withheld else result.rows
        return replace(result, rows=int(rounded_counts(np.array(rows), self.rules.round)))

    def _tells(self, total: ClusterSummary, members: Members | None) -> bool:
        """Tell whether the moments of a whole store may be told, for a scaling of its own."""
        if not self.rules.by_members or members is None:
            return True
        whole = members.merged(np.zeros(len(members), dtype=np.int64))
        return bool(safe(total, self.rules, whole)[0])

    def _fit_or_fail(
        self,
        cut: Callable[[npt.NDArray[np.intp]], Batch],
        stores: npt.NDArray[np.intp],
        k: int,
        content: Matrix | None,
    ) -> list[LocalResult]:
        """Fit a batch; if it fails, each of its stores by itself, to find the one to blame."""
        try:
            with np.errstate(all="ignore"):
                return self._fit_batch(cut(stores), k, content)
        except Exception as error:  # noqa: BLE001  a store's failure is its verdict
            if len(stores) > 1:
                each = (stores[i : i + 1] for i in range(len(stores)))
                return [self._fit_or_fail(cut, one, k, content)[0] for one in each]
            return [failure(error, int(cut(stores).size[0]))]

    def _fit_batch(self, batch: Batch, k: int, content: Matrix | None) -> list[LocalResult]:
        """Screen, scale, cluster and release the stores of a batch."""
        size, same = batch.size.tolist(), constant(batch.rows)
        results = [LocalResult(Verdict.CONSTANT, rows) for rows in size]
        good = np.flatnonzero(~same).tolist()
        if not good:
            return results
        scaled, own = self.scaled(batch.of_stores(np.array(good)))
        labels = ALGORITHMS[self.algorithm](scaled, k, self.seed)
        strategy = Strategy.IN_MEMORY if batch.alone else Strategy.BATCHED
        summaries, members = scaled.summaries(labels, k), self.members(scaled, labels, k)
        rows = [scaled.of_stores(slice(i, i + 1)) for i in range(len(good))] if self.guarded else []
        each = zip(good, summaries, own, members, strict=True)
        for place, (store, found, scaling, who) in enumerate(each):
            if isinstance(scaling, Verdict):
                results[store] = LocalResult(scaling, size[store])
                continue
            whose = None
            if self.guarded:
                alone = replace(rows[place], entity=None) if self.by_row else rows[place]
                whose = parts(alone, labels[place], content, self.rules.min_size)
            results[store] = self.released(size[store], found, scaling, strategy, who, whose)
        return results

    def members(
        self, batch: Batch, labels: npt.NDArray[np.integer], k: int
    ) -> Sequence[Members | None]:
        """Tell who is in the clusters of each store, if the rules ask for it."""
        return batch.members(labels, k) if self.rules.by_members else [None] * len(batch)

    def scaled(self, batch: Batch) -> tuple[Batch, list[Scaling | Verdict | None]]:
        """Bring stores into the clustering space, with the scaling of each if it has its own.

        In place of a scaling that is of no use or may not be told, there is the verdict.
        """
        if self.scaling is not None:
            rows = self.scaling.transform(batch.rows.transpose(0, 2, 1)).transpose(0, 2, 1)
            return replace(batch, rows=rows).sorted(), [None] * len(batch)
        batch, first, tells = self._standardised(batch.sorted())
        batch, again, also = self._standardised(replace(batch, rows=asinh(batch.rows)))
        own: list[Scaling | Verdict | None] = []
        for one, two, may in zip(first, again, tells & also, strict=True):
            scaling = replace(one, asinh=two)
            finite = np.isfinite(scaling.std).all()
            own.append(Verdict.OVERFLOW if not finite else scaling if may else Verdict.DOMINATED)
        return batch, own

    def _standardised(self, batch: Batch) -> tuple[Batch, list[Scaling], npt.NDArray[np.bool_]]:
        """Standardise each store by its own moments, and tell which of these may be told."""
        everything = np.zeros(batch.weight.shape, dtype=np.int64)
        totals = batch.summaries(everything, 1)
        members = self.members(batch, everything, 1)
        may = [self._tells(total, who) for total, who in zip(totals, members, strict=True)]
        own = [rounded_scaling(Scaling.of_moments(total), self.rules) for total in totals]
        mean = np.stack([scaling.mean for scaling in own])[:, :, None]
        factor = np.stack([scaling.factor for scaling in own])[:, :, None]
        return replace(batch, rows=(batch.rows - mean) * factor), own, np.array(may)


def parts(
    batch: Batch, labels: npt.NDArray[np.integer], content: Matrix | None, min_size: int
) -> Parts:
    """Take the clusters of the one store of a batch apart, for a guard."""
    assert batch.place is not None
    assert content is not None
    used = batch.weight[0] > 0
    rows = batch.rows[0].T[used]
    what = content[batch.place[0][used]].astype(np.int64)
    who = what if batch.entity is None else batch.entity[0][used].astype(np.int64)
    cluster = np.unique(labels[used], return_inverse=True)[1]
    return lambda into: Atoms.of_rows(rows, into[cluster], who, what & CONTENT_BITS, min_size)


def _entities_of(size: Counts, entity: Matrix | None) -> Counts:
    """Count the entities of stores whose rows follow one another."""
    if entity is None:
        return size
    return Entities.of_rows(np.repeat(np.arange(len(size)), size), entity).sizes


def _entities_in(rows: int, members: Members | None) -> int:
    """Count the entities of a store; if only some are listed, there are enough of them."""
    if members is None or members.entities is None:
        return rows
    whole = members.entities.merged(np.zeros(len(members), dtype=np.int64))
    return rows if whole.unlisted[0] else int(whole.sizes[0])


def failure(error: Exception, rows: int) -> LocalResult:
    """Turn an exception into a verdict that names its type and its place, not its message."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).stem}.{frame.name}"
    return LocalResult(Verdict.FAILED, rows, detail=f"{type(error).__name__} in {where}")
