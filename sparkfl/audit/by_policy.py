"""A release policy as a protection: the store's own fit, gates and guard, without Spark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from sparkfl.audit.fingerprint import row_hashes
from sparkfl.audit.protection import Plan, Release, score_bins
from sparkfl.audit.store import Store
from sparkfl.audit.told import Told
from sparkfl.local.fitting import LocalFit
from sparkfl.local.stores import Block
from sparkfl.privacy.cells import Owners, release_cells
from sparkfl.privacy.differencing import Membership, smallest_difference
from sparkfl.privacy.histogram import Bin, release_histogram
from sparkfl.privacy.moments import Behind, release_moments
from sparkfl.privacy.rearrangement import differing
from sparkfl.privacy.rounding import rounded_clusters
from sparkfl.privacy.rules import Rules
from sparkfl.privacy.screen import constant
from sparkfl.statistics.moments import Moments
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import ClusterSummary, Counts

__all__ = ["CELLS", "DEFAULTS", "by_policy"]

DEFAULTS = Rules(
    10,
    entity_key="customer",
    dominance=0.5,
    round=5,
    grid=0.01,
    complementary=True,
    allow_identical=False,
)
"""Rules of a `ReleasePolicy` that names the customers, whose options need pyspark to be read."""

CELLS = 20
_BITS = np.uint64(2**32 - 1)


def by_policy(policy: Rules, guarded: bool) -> Release:
    """Make the release of a store with a policy.

    With a guard nothing is told, and the earlier release stands, of a store that differs from
    anything that it has told by fewer customers than the minimum; the same of its clusters alone.
    The hash of a store's rows is taken for untold: no row's hash follows from it.

    Parameters
    ----------
    policy : Rules
        Those of a `sparkfl.privacy.policy.ReleasePolicy`.
    guarded : bool
        Whether there is a guard against differencing.

    Examples
    --------
    >>> from sparkfl.audit.protection import Protection
    >>> guard = Protection("", "", by_policy(DEFAULTS, guarded=True))
    >>> store = Store.of_rows(np.random.default_rng(0).normal(size=(60, 2)))
    >>> before = guard.told(store)
    >>> guard.told(store.without(7), before=before) is before
    True
    """

    def release(store: Store, plan: Plan, before: Told | None, _rng: np.random.Generator) -> Told:
        content = (row_hashes(store.rows) & _BITS).astype(np.int64)
        whole = Membership.of_rows(store.entity, np.zeros(len(store)), content)
        kept = _kept(before)
        if guarded and not _may(whole, [all_ for all_, _ in kept], policy.min_size):
            return before or Told()
        who = np.unique(store.entity, return_inverse=True)[1]
        if len(np.unique(who)) < policy.min_size:
            return Told()
        fit = LocalFit(
            "bisecting_kmeans",
            plan.k,
            plan.seed,
            policy,
            Scaling.identity(store.rows.shape[1]),
            guarded=True,
        )
        block = Block(pa.array([0]), np.array([len(store)]), np.ascontiguousarray(store.rows.T))
        found = fit.fit_block(block, who.astype(np.float64), content.astype(np.float64))[0]
        clusters, told, atoms = found.summary, None, found.atoms
        if guarded and atoms is not None and clusters is not None:
            earlier = [each for pair in kept for each in pair if each is not None]
            compared = [(each, atoms.membership) for each in [*earlier, whole]]
            labels = differing(atoms, found.mergeable, compared, policy)
            if labels is None:
                clusters = before.clusters if before else None
            else:
                told = atoms.membership.merged(labels)
                if not np.array_equal(labels, atoms.home):
                    moved = atoms.summary.merged(labels)
                    clusters = rounded_clusters(moved, policy, scaled=False).canonical()
        return Told(
            clusters,
            _moments(store, who, policy),
            None if plan.rule is None else _histogram(store, who, plan, policy),
            [_marginal(store, who, f, policy) for f in range(store.rows.shape[1])],
            kept=[*kept, (whole, told)],
        )

    return release


_Kept = Sequence[tuple[Membership, Membership | None]]


def _kept(before: Told | None) -> _Kept:
    """Who was behind all that was told so far: the stores, and their clusters."""
    if before is None or before.kept is None:
        return []
    assert isinstance(before.kept, list)
    return before.kept


def _may(now: Membership, earlier: Sequence[Membership], min_size: int) -> bool:
    """Tell whether a release differs enough from each earlier one, or not at all."""
    return all(smallest_difference(told, now) >= min_size for told in earlier)


def _moments(store: Store, who: Counts, policy: Rules) -> Moments | None:
    """Moments of a store, through the gate."""
    rows = np.bincount(who)
    behind = Behind(
        np.array([[len(rows)]]),
        np.array([[rows.max()]]),
        store.rows.min(axis=0, keepdims=True),
        store.rows.max(axis=0, keepdims=True),
    )
    equal = constant(store.rows.T[None])[:, None]
    told = release_moments(store.moments, equal, policy, behind)
    return told if told.n.all() else None


def _histogram(store: Store, who: Counts, plan: Plan, policy: Rules) -> list[tuple[int, float]]:
    """Histogram of the scores, through the gate."""
    assert plan.rule is not None
    bins, rows = score_bins(store, plan.rule), np.bincount(who)
    highest = np.full(len(rows), bins.min())
    np.maximum.at(highest, who, bins)
    entities, count = Counter(highest.tolist()), Counter(bins.tolist())
    most = {place: int(rows[who[bins == place]].max()) for place in count}
    each = [Bin(place, n, entities[place], most[place]) for place, n in count.items()]
    return release_histogram(each, policy)


def _marginal(store: Store, who: Counts, feature: int, policy: Rules) -> ClusterSummary:
    """Cells of a feature, through the gate."""
    values, one = store.values(feature), np.zeros(len(store), dtype=np.int64)
    owner = who[np.argsort(store.rows[:, feature], kind="stable")].astype(np.float64)
    owners = Owners.of_values(values.mean[:, 0], values.n, one, owner)
    return release_cells(values, one, constant(store.rows.T[None]), CELLS, policy, owners)
