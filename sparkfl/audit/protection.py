"""A protection: what stands between a store's rows and what it tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from sparkfl.audit.store import Store
from sparkfl.audit.told import Told
from sparkfl.local import bisecting_kmeans
from sparkfl.local.batch import Batch
from sparkfl.statistics.anomaly import AnomalyRule
from sparkfl.statistics.severity import BINS_PER_OCTAVE, LARGEST_SCORE, SMALLEST_SCORE
from sparkfl.statistics.summary import ClusterSummary, Counts, Matrix

__all__ = ["Plan", "Protection", "Release", "labels", "lloyd_rounds", "of_labels", "score_bins"]


@dataclass(frozen=True)
class Plan:
    """What is asked of a store.

    Parameters
    ----------
    k : int, default 5
        Clusters.
    seed : int, default 0
        Of the starts.
    rule : AnomalyRule, optional
        By which customers are scored, for the histogram; none is told without one.
    rounds : int, default 1
        Rounds of Lloyd's algorithm that the aggregator asks for.
    """

    k: int = 5
    seed: int = 0
    rule: AnomalyRule | None = None
    rounds: int = 1

    def starts(self, store: Store) -> Matrix:
        """Return public centres to begin rounds with, shape (k, d): no row has a part in them."""
        rng = np.random.default_rng(self.seed)
        return rng.normal(size=(self.k, store.rows.shape[1]))


Release = Callable[[Store, Plan, Told | None, np.random.Generator], Told]
"""Tells of a store what is asked, given what was told of it before and a source of noise."""


@dataclass(frozen=True)
class Protection:
    """A protection, and what it claims.

    Parameters
    ----------
    name : str
        What it is called.
    says : str
        What it does, in half a line.
    release : callable
        What a store tells, see `Release`.
    claims : frozenset of str
        Names of the attacks that it claims to stop.
    epsilon : float, optional
        The epsilon that it states for what is released; none by default.
    targets : mapping of str to float, optional
        Where it claims more of an attack than the target that all have.
    times : int, default 1
        Times as many stores for what is told by a statistic, where noise makes answers vary.
    """

    name: str
    says: str
    release: Release
    claims: frozenset[str] = frozenset()
    epsilon: float | None = None
    targets: Mapping[str, float] = field(default_factory=dict)
    times: int = 1

    def told(
        self, store: Store, plan: Plan | None = None, before: Told | None = None, seed: int = 0
    ) -> Told:
        """Tell of a store, with a source of noise of that seed."""
        return self.release(store, plan or Plan(), before, np.random.default_rng(seed))


def labels(store: Store, plan: Plan) -> Counts:
    """Cluster the rows of a store as it does itself; no more clusters than rows.

    Examples
    --------
    >>> labels(Store.of_rows(np.array([[0.0], [0.1], [9.0]])), Plan(k=2)).tolist()
    [0, 0, 1]
    """
    batch = Batch.of_rows(store.rows)
    ordered = batch.sorted()
    found = bisecting_kmeans.fit(ordered, min(plan.k, len(store)), plan.seed)[0]
    # Rows are clustered in canonical order; bring the labels back to theirs.
    keys = [np.lexsort(rows.T[::-1]) for rows in (store.rows, ordered.rows[0].T)]
    back = np.empty(len(store), dtype=np.int64)
    back[keys[0]] = found[keys[1]]
    return back


def score_bins(store: Store, rule: AnomalyRule) -> Counts:
    """Bins of the rows' anomaly scores, on the grid of `sparkfl.statistics.severity`."""
    score, _ = rule.score(store.rows, [str(f) for f in range(store.rows.shape[1])])
    clipped = np.clip(score, SMALLEST_SCORE, LARGEST_SCORE)
    bins: Counts = np.floor(BINS_PER_OCTAVE * np.log2(clipped)).astype(np.int64)
    return bins


def lloyd_rounds(store: Store, plan: Plan) -> list[ClusterSummary]:
    """Summarise the clusters of each round of Lloyd's algorithm from public starts.

    Clusters keep their numbers from one round to the next; one without rows has count 0.
    """
    centres = plan.starts(store)
    rounds = []
    for _ in range(plan.rounds):
        distance = ((store.rows[:, None] - centres[None]) ** 2).sum(axis=2)
        found = of_labels(store.rows, distance.argmin(axis=1), centres)
        rounds.append(found)
        centres = found.mean
    return rounds


def of_labels(rows: Matrix, labels: npt.NDArray[np.integer], centres: Matrix) -> ClusterSummary:
    """Summarise rows by labels, a cluster a centre; one without rows has count 0, and stays."""
    k = len(centres)
    n = np.bincount(labels, minlength=k)
    sums = np.stack([np.bincount(labels, x, k) for x in rows.T], axis=1)
    mean = np.where(n[:, None] > 0, sums / np.maximum(n, 1)[:, None], centres)
    squares = (rows - mean[labels]) ** 2
    ss: Matrix = np.stack([np.bincount(labels, x, k) for x in squares.T], axis=1)
    return ClusterSummary(n, mean, ss)
