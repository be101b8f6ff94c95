"""A policy with an epsilon as a protection: the store's own fit and noise, without Spark."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sparkfl.audit.by_policy import DEFAULTS
from sparkfl.audit.protection import Plan, Release, score_bins
from sparkfl.audit.store import Store
from sparkfl.audit.told import Told
from sparkfl.local.private_fit import SCORES, PrivateFit
from sparkfl.privacy.bounds import Bounds
from sparkfl.privacy.noise import Noise
from sparkfl.privacy.private_histogram import private_bins, private_distribution
from sparkfl.privacy.rules import Rules

__all__ = ["EPSILON_ONE", "by_noise"]

_WIDEST = 16.0
"""Bounds of the clustering space of the populations that attacks are tried on."""

EPSILON_ONE = replace(
    DEFAULTS,
    epsilon=1.0,
    delta=1e-6,
    noise_mechanism="gaussian",
    bounds=(("every feature", -_WIDEST, _WIDEST),),
)
"""Rules of a `ReleasePolicy` with its defaults and an epsilon of 1."""


def by_noise(policy: Rules) -> Release:
    """Make the release of a store with a private policy.

    Moments and marginals are not told: a scaling is made of the clusters. Neither is a hash.

    Parameters
    ----------
    policy : Rules
        With an epsilon; its one pair of bounds is that of every feature.

    Examples
    --------
    >>> from sparkfl.audit.protection import Protection
    >>> private = Protection("", "", by_noise(EPSILON_ONE))
    >>> store = Store.of_rows(np.random.default_rng(0).normal(size=(400, 2)))
    >>> told = private.told(store)
    >>> len(told.clusters) > 0, told.moments, told.fingerprint
    (True, None, None)
    """
    ((_, low, high),) = policy.bounds

    def release(store: Store, plan: Plan, _before: Told | None, _rng: np.random.Generator) -> Told:
        # Not before it is asked for: its packages are an extra's.
        noise = Noise.of(policy.noise_mechanism or "", policy.epsilon or 0.0, policy.delta)
        d = store.rows.shape[1]
        bounds = Bounds(np.full(d, low), np.full(d, high))
        who = np.unique(store.entity, return_inverse=True)[1].astype(np.float64)
        fit = PrivateFit(plan.k, plan.seed, policy, bounds, noise)
        found = fit.fit(store.rows, who)
        histogram = None
        if plan.rule is not None and found.summary is not None:
            clipped = Store(np.clip(store.rows, low, high), store.entity)
            bins = score_bins(clipped, plan.rule).astype(np.float64)
            counts = private_bins(bins, d, noise, SCORES, who)
            told = noise.deviation(SCORES), found.rows, fit.count_deviation
            scores = private_distribution(counts, *told, d, policy)
            if scores is not None:
                histogram = list(zip(scores.n.tolist(), scores.mean.tolist(), strict=True))
        return Told(found.summary, histogram=histogram)

    return release
