"""Fitting stores inside a worker so that what they tell is differentially private."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from sparkfl.local import private_kmeans
from sparkfl.local.result import LocalResult, Strategy, Verdict
from sparkfl.local.stores import Block
from sparkfl.privacy.bounds import Bounds
from sparkfl.privacy.noise import Noise
from sparkfl.privacy.release import release
from sparkfl.privacy.rounding import rounded_counts
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.summary import Matrix

__all__ = ["CLUSTERS", "SCORES", "PrivateFit"]

CLUSTERS, SCORES = 0.8, 0.2
"""Shares of the budget of a training: of the clusters, and of the histogram of the scores."""


@dataclass(frozen=True)
class PrivateFit:
    """How a store is fitted so that it tells little of any one customer.

    Every figure of its result has noise: counts, means, spreads, how many rows it has, and what
    becomes of it. How many rows are left out, and a hash of them, are not told at all.

    Parameters
    ----------
    k : int or None
        Clusters a store; None for `sparkfl.local.clusters`, by the noisy count.
    seed : int
        Of the initial centres.
    rules : Rules
        With an epsilon. Sizes are those that are counted with noise, and clusters are merged until
        theirs is more than noise would be, too; of the rules of exact figures none is asked.
    bounds : Bounds
        Of the features.
    noise : Noise
        Of the release.
    share : float, default `CLUSTERS`
        Share of its budget that is spent here.

    Examples
    --------
    >>> bounds = Bounds(np.array([0.0]), np.array([10.0]))
    >>> rules = Rules(10, epsilon=5.0, delta=1e-6, round=5)
    >>> fit = PrivateFit(2, 0, rules, bounds, Noise.of("gaussian", 5.0, 1e-6))
    >>> found = fit.fit(np.repeat([[1.0], [9.0]], 400, axis=0))
    >>> str(found.verdict), abs(found.rows - 800) < 50, bool((found.summary.n % 5 == 0).all())
    ('ok', True, True)
    """

    k: int | None
    seed: int
    rules: Rules
    bounds: Bounds
    noise: Noise
    share: float = CLUSTERS

    @property
    def count_deviation(self) -> float:
        """Deviation of the noise of how many rows a store has."""
        return private_kmeans.count_deviation(self.noise, self.share)

    def fit(self, rows: Matrix, entity: Matrix | None = None) -> LocalResult:
        """Fit one store, its valid rows of shape (n, d), possibly none."""
        scaled = self.bounds.scaled(rows)
        found = private_kmeans.fit(scaled, self.k, self.seed, self.noise, self.share, entity)
        told = None
        if found.n >= self.rules.min_size and found.summary is not None:
            clear = max(self.rules.min_size, math.ceil(found.clear))
            told = release(found.summary, replace(self.rules.noisy, min_size=clear))
        counted = rounded_counts(np.array(max(round(found.n), 0)), self.rules.round)
        if told is None:
            shown = 0 if self.rules.complementary else int(counted)
            return LocalResult(Verdict.TOO_SMALL, shown, merged_rows=None, skipped=None)
        return LocalResult(
            Verdict.OK,
            int(counted),
            self.bounds.unscaled(told),
            merged_rows=None,
            strategy=Strategy.PRIVATE,
            skipped=None,
        )

    def fit_block(self, block: Block, keyed: bool) -> list[LocalResult]:
        """Fit some stores; the first column names the customers if they are `keyed`."""
        results = []
        for start, size in zip(block.start.tolist(), block.size.tolist(), strict=True):
            own = block.columns[:, start : start + size]
            entity = own[0] if keyed else None
            results.append(self.fit(own[int(keyed) :].T, entity))
        return results
