"""The protections that attacks are tried against: a new one is a function and one line here."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from importlib.util import find_spec

import numpy as np

from sparkfl.audit.by_noise import EPSILON_ONE, by_noise
from sparkfl.audit.by_policy import CELLS, DEFAULTS, by_policy
from sparkfl.audit.by_secure_aggregation import by_secure_aggregation
from sparkfl.audit.fingerprint import fingerprint
from sparkfl.audit.protection import (
    Plan,
    Protection,
    labels,
    lloyd_rounds,
    of_labels,
    score_bins,
)
from sparkfl.audit.store import Store
from sparkfl.audit.told import Told
from sparkfl.privacy.cells import release_cells
from sparkfl.privacy.histogram import Bin, release_histogram
from sparkfl.privacy.moments import release_moments
from sparkfl.privacy.release import merged, release
from sparkfl.privacy.repeated import refined, told_labels
from sparkfl.privacy.rules import Rules
from sparkfl.privacy.screen import constant, too_small
from sparkfl.statistics.nearest import nearest
from sparkfl.statistics.summary import ClusterSummary

__all__ = [
    "EVERY_ROUND",
    "GUARDED",
    "GUARDED_ROUNDS",
    "MIN_SIZE",
    "NONE",
    "POLICY",
    "PRIVATE",
    "PROTECTIONS",
    "SECURE",
    "SIZES",
    "by_sizes",
    "every_round_by_sizes",
    "every_round_guarded",
    "unprotected",
]

MIN_SIZE = 10


def unprotected(store: Store, plan: Plan, _before: Told | None, _rng: np.random.Generator) -> Told:
    """Tell everything as it is, as a federation without a gate does; needs no earlier release.

    Examples
    --------
    >>> told = NONE.told(Store.of_rows(np.array([[0.0], [1.0], [9.0]])), Plan(k=2))
    >>> told.clusters.n.tolist(), told.clusters.mean.tolist()
    ([2, 1], [[0.5], [9.0]])
    """
    rounds = lloyd_rounds(store, plan) if plan.rounds > 1 else []
    histogram = None
    if plan.rule is not None:
        bins = Counter(score_bins(store, plan.rule).tolist())
        histogram = [(n, float(bin_)) for bin_, n in sorted(bins.items(), reverse=True)]
    return Told(
        ClusterSummary.of_rows(store.rows, labels(store, plan)).canonical(),
        store.moments,
        histogram,
        [store.values(feature) for feature in range(store.rows.shape[1])],
        fingerprint(store.rows),
        rounds,
    )


def by_sizes(store: Store, plan: Plan, _before: Told | None, _rng: np.random.Generator) -> Told:
    """Tell what passes the gates of `sparkfl.privacy` with a minimum size of 10, in one round.

    Examples
    --------
    >>> SIZES.told(Store.of_rows(np.arange(9.0)[:, None])) == Told()
    True
    """
    if too_small(len(store), plan.k, MIN_SIZE):
        return Told()
    rules = Rules(MIN_SIZE)
    rows = store.rows
    equal = constant(rows.T[None])
    moments = release_moments(store.moments, equal[:, None], rules)
    clusters = None
    if not equal[0]:
        found = ClusterSummary.of_rows(rows, labels(store, plan))
        clusters = release(found, rules)
    if clusters is not None and len(clusters) == 1 and not clusters.ss.any():
        clusters = None
    histogram = None
    if plan.rule is not None and clusters is not None:
        counts = Counter(score_bins(store, plan.rule).tolist())
        histogram = release_histogram((Bin(*each) for each in counts.items()), rules)
    one = np.zeros(len(store), dtype=np.int64)
    return Told(
        clusters,
        moments if moments.n.any() else None,
        histogram,
        [
            release_cells(store.values(feature), one, equal, CELLS, rules)
            for feature in range(rows.shape[1])
        ],
        fingerprint(rows),
    )


def every_round_by_sizes(
    store: Store, plan: Plan, _before: Told | None, _rng: np.random.Generator
) -> Told:
    """Tell of every round the clusters that have the minimum size, as several rounds would."""
    told = by_sizes(store, plan, _before, _rng)
    rounds = []
    for found in lloyd_rounds(store, plan):
        large = found.n >= MIN_SIZE
        kept = (np.where(large[:, None], values, np.nan) for values in (found.mean, found.ss))
        rounds.append(ClusterSummary(np.where(large, found.n, 0), *kept))
    return replace(told, rounds=rounds)


def every_round_guarded(
    store: Store, plan: Plan, _before: Told | None, rng: np.random.Generator
) -> Told:
    """Tell of every round what `sparkfl.privacy.repeated` lets out, as stores apart do."""
    told = by_sizes(store, plan, _before, rng)
    if told.clusters is None:
        return told
    rules, rows = Rules(MIN_SIZE), store.rows
    first = np.asarray(labels(store, plan), dtype=np.int64)
    into = merged(ClusterSummary.of_rows(rows, first), rules)
    assert into is not None
    together, centres = into[1][np.unique(first, return_inverse=True)[1]], plan.starts(store)
    rounds = []
    for _ in range(plan.rounds):
        own = told_labels(rows, together, nearest(rows, centres)[0], rules)
        assert own is not None
        together = refined(together, own)
        found = of_labels(rows, own, centres)
        rounds.append(found)
        centres = found.mean
    return replace(told, rounds=rounds)


NONE = Protection("none", "everything is told as it is", unprotected)
SIZES = Protection(
    "minimum size",
    "what sparkfl.privacy lets out: clusters and cells of 10 rows or more, in one round",
    by_sizes,
    claims=frozenset(
        {
            "wire and canary",
            "singleton recovery",
            "membership of an outlier, by the nearest mean",
            "reconstruction over rounds",
        }
    ),
)

EVERY_ROUND = Protection(
    "minimum size, every round",
    "the same in each of several rounds by itself, which no store of sparkfl does unasked",
    every_round_by_sizes,
)
"""Why sparkfl has one round by default: not a column of the table, as nobody would choose it."""

GUARDED_ROUNDS = Protection(
    "minimum size, every round and their differences",
    "what stores apart let out in iterations of federated Lloyd",
    every_round_guarded,
    claims=SIZES.claims,
)
"""What it has in their place; no column either, as all but the rounds is that of minimum sizes."""

_OF_SIZES = SIZES.claims
_OF_RULES = frozenset({"ten equal customers", "ten rows of one customer", "dominance"})

POLICY = Protection(
    "policy",
    "a release policy with its defaults and an entity key",
    by_policy(DEFAULTS, guarded=False),
    claims=_OF_SIZES | _OF_RULES | {"enumeration of a fingerprint"},
)
GUARDED = Protection(
    "policy and guard",
    "the same, with the guard against differencing",
    by_policy(DEFAULTS, guarded=True),
    claims=POLICY.claims
    | {f"differencing of {what}" for what in ("clusters", "moments", "marginals", "the histogram")}
    | {
        "other options on the same rows",
        "small changes that are told",
        "harmless changes held back",
    },
)

_OUTLIER = {f"membership of an outlier, by {how}": 0.52 for how in ("the nearest mean", "spread")}

PRIVATE = Protection(
    "epsilon 1",
    "a release policy with EPSILON = 1, its other options the defaults, and an entity key",
    by_noise(EPSILON_ONE),
    # Of a store a new draw is told whatever has changed; and a guess may meet a value by chance.
    claims=(GUARDED.claims - {"small changes that are told", "dominance"})
    | {"membership of an outlier, by spread", "attribute inference", "epsilon"},
    epsilon=EPSILON_ONE.epsilon,
    targets=_OUTLIER,
    times=3,
)

SECURE = Protection(
    "secure aggregation",
    "moments alone, summed with those of others by sparkfl.secure_aggregation",
    by_secure_aggregation,
    claims=frozenset({"aggregator reads a store's sums"}),
)

PROTECTIONS: tuple[Protection, ...] = (
    *(NONE, SIZES, POLICY, GUARDED),
    *([PRIVATE] if find_spec("opendp") else []),
    *([SECURE] if find_spec("cryptography") else []),
)
"""In the order of the table's columns; the first is the lack of one."""
