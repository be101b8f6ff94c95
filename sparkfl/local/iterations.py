"""A store's part of federated Lloyd: sums over its rows by the nearest centre, through the gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from sparkfl.local.fitting import CONTENT_BITS, LocalFit
from sparkfl.local.result import LocalResult, Strategy, Verdict
from sparkfl.local.stores import Block
from sparkfl.privacy.atoms import Atoms
from sparkfl.privacy.differencing import LARGEST
from sparkfl.privacy.release import safe_unions
from sparkfl.privacy.repeated import refined, summarised, told_labels
from sparkfl.privacy.rounding import rounded_clusters
from sparkfl.statistics.nearest import nearest
from sparkfl.statistics.summary import ClusterSummary, Counts, Matrix

__all__ = ["LARGEST_STORE", "LloydIteration", "under_centres"]

LARGEST_STORE = 2**24
"""Rows times features of the largest store that takes part: one worker holds all of it."""

_OTHER_ROWS = (
    "its local clusters of this round are of other rows, or its guard has changed them, so that "
    "differences would tell"
)


@dataclass(frozen=True)
class LloydIteration:
    """What a store tells in an iteration, which depends on what it has told before in the round.

    Rows change groups only where those that do may be told by themselves, see
    `sparkfl.privacy.repeated`. So all iterations up to this one are gone through again, from the
    local clusters on; nothing of a store is kept between them. Without `guarded` each iteration
    passes the gate by itself.

    Parameters
    ----------
    fit : LocalFit
        How the local clusters of the round were made, in a space that all stores share.
    clusters : ClusterSummary or None
        The local clusters as they were told; None if the store has told none, so that all of its
        rows have been together before.
    centres : sequence of numpy.ndarray, each of shape (k, d)
        Centres of each iteration, up to this one.
    guarded : bool, default True
        Whether differences of iterations have to pass the gate too.

    Examples
    --------
    >>> from sparkfl.privacy.rules import Rules
    >>> from sparkfl.statistics.scaling import Scaling
    >>> rows = np.array([[0.0], [1.0], [2.0], [8.0], [9.0], [10.0]])
    >>> fit = LocalFit("kmeans", 2, 0, Rules(3), Scaling.identity(1))
    >>> due = LloydIteration(fit, fit.fit(rows).summary, [np.array([[0.0], [5.0], [50.0]])])
    >>> found = due.tell(rows)
    >>> found.summary.n.tolist(), found.summary.mean.tolist()
    ([3, 3, 0], [[1.0], [9.0], [0.0]])
    """

    fit: LocalFit
    clusters: ClusterSummary | None
    centres: Sequence[Matrix]
    guarded: bool = True

    def tell(
        self, rows: Matrix, entity: Matrix | None = None, content: Matrix | None = None
    ) -> LocalResult:
        """Summarise the rows of shape (n, d) by the nearest centre of the last iteration.

        Parameters
        ----------
        rows : numpy.ndarray, shape (n, d)
            All rows of the store, the same as of its local clusters; their order has no influence.
        entity : numpy.ndarray, shape (n,), optional
            Number of the entity of each row; without it each row is one.
        content : numpy.ndarray, shape (n,), optional
            Hash of each row, for a guard; the result has what that asks for.

        Returns
        -------
        LocalResult
            With a cluster a centre, in their order, all 0 where there is nothing; for a guard with
            those that have rows, see `under_centres`; or without.
        """
        rows = np.asarray(rows, dtype=np.float64)
        # Sums of doubles depend on their order, by their last bits.
        order = np.lexsort(rows.T)
        with np.errstate(all="ignore"):
            given = (None if each is None else each[order] for each in (entity, content))
            return self._told(rows[order], *given)

    def _told(self, rows: Matrix, entity: Matrix | None, content: Matrix | None) -> LocalResult:
        fit = self.fit
        assert fit.scaling is not None
        scaled = fit.scaling.transform(rows)
        if self.clusters is None:
            if len(rows) and (rows == rows[0]).all():
                return LocalResult(Verdict.CONSTANT, 0)
            return self._of_groups(scaled, np.zeros(len(rows), np.int64), entity, content)
        place = np.arange(len(rows), dtype=np.float64)
        block = Block(pa.array([0]), np.array([len(rows)]), rows.T)
        (before,) = replace(fit, guarded=True, by_row=True).fit_block(block, entity, place)
        if before.summary is None or before.atoms is None:
            return LocalResult(before.verdict, 0)
        if not _alike(before.summary, self.clusters):
            return LocalResult(Verdict.HELD_BACK, 0, detail=_OTHER_ROWS)
        # Each row is an entity of its own here, in their order.
        together = before.atoms.home[before.atoms.membership.cluster]
        return self._of_groups(scaled, together, entity, content)

    def _of_groups(
        self, scaled: Matrix, together: Counts, entity: Matrix | None, content: Matrix | None
    ) -> LocalResult:
        """Summarise scaled rows, given which of them have been told together so far."""
        fit = self.fit
        assert fit.scaling is not None
        if not len(scaled) or not np.isfinite(scaled).all():
            return LocalResult(Verdict.TOO_SMALL if not len(scaled) else Verdict.OVERFLOW, 0)
        told = self._labels(scaled, together, entity)
        if told is None:
            return LocalResult(Verdict.DOMINATED, 0)
        label, cluster = np.unique(told, return_inverse=True)
        whole, members = summarised(scaled, cluster, fit.rules, entity)
        own = whole
        if fit.rules.rounds:
            own = rounded_clusters(whole, fit.rules, bool(fit.scaling.asinh))
        result = LocalResult(Verdict.OK, int(own.n.sum()), own, strategy=Strategy.IN_MEMORY)
        if content is None:
            return replace(result, summary=_of_all(own, label, len(self.centres[-1])))
        what = content.astype(np.int64)
        who = what if entity is None else entity.astype(np.int64)
        atoms = Atoms.of_rows(scaled, cluster, who, what & CONTENT_BITS, fit.rules.min_size)
        may = safe_unions(whole, fit.rules, members) if len(own) <= LARGEST else None
        return replace(result, atoms=atoms, mergeable=may)

    def _labels(self, scaled: Matrix, together: Counts, entity: Matrix | None) -> Counts | None:
        """Find the centre that each row is told of, given the local cluster that it was in."""
        rules = self.fit.rules
        if not self.guarded:
            once, label = np.zeros_like(together), nearest(scaled, self.centres[-1])[0]
            return told_labels(scaled, once, label, rules, entity)
        told: Counts | None = None
        for centres in self.centres:
            told = told_labels(scaled, together, nearest(scaled, centres)[0], rules, entity)
            if told is None:
                return None
            together = refined(together, told)
        return told


def under_centres(told: ClusterSummary, centres: Matrix) -> ClusterSummary:
    """Tell what a guard has let out under the centre that is nearest to each mean.

    Examples
    --------
    >>> told = ClusterSummary(np.array([12, 15]), np.array([[9.0], [1.0]]), np.ones((2, 1)))
    >>> under_centres(told, np.array([[0.0], [50.0], [8.0]])).n.tolist()
    [15, 0, 12]
    """
    label = nearest(told.mean, centres)[0]
    return _of_all(told.merged(label), np.unique(label), len(centres))


def _of_all(own: ClusterSummary, label: Counts, k: int) -> ClusterSummary:
    """Return a cluster a centre, of nothing where there is none."""
    d = own.mean.shape[1]
    n, mean, ss = np.zeros(k, dtype=np.int64), np.zeros((k, d)), np.zeros((k, d))
    n[label], mean[label], ss[label] = own.n, own.mean, own.ss
    return ClusterSummary(n, mean, ss)


def _alike(found: ClusterSummary, told: ClusterSummary) -> bool:
    """Tell whether clusters are those that were told: of the same rows, to rounding."""
    if found.n.tolist() != told.n.tolist():
        return False
    figures = zip((found.mean, found.ss), (told.mean, told.ss), strict=True)
    return all(np.allclose(one, other, rtol=1e-9, atol=1e-9) for one, other in figures)
