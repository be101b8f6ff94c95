"""What does differential privacy cost in clusters, by epsilon and by the size of the shops?

The customers of UCI Online Retail, dealt to shops of a size; no Spark, as what a worker does is
measured. The figure is how much of the customers' variance the global clusters explain, against
those that are made of exact releases (no noise, a minimum size of ten). Beside sparkfl's private
k-means stands the textbook's, DPLloyd: public centres, and sums from the middle of the bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from benchmarks.harness import say
from benchmarks.results import Result
from sparkfl.audit.bundled import bundled_shops
from sparkfl.global_.aggregate import aggregate
from sparkfl.local.fitting import LocalFit
from sparkfl.local.private_fit import PrivateFit
from sparkfl.local.stores import Block
from sparkfl.privacy.bounds import Bounds
from sparkfl.privacy.contributions import bounded_sums, bounded_vectors, part_weight
from sparkfl.privacy.noise import Noise
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.nearest import nearest
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import ClusterSummary

__all__ = ["measure"]

EPSILONS = (0.3, 1.0, 3.0, 10.0)
SIZES = (200, 1000)
LIMITS = (10_000, 200, 400, 400)
"""Bounds that one can state without a look: of an order's value, of orders, of days in a year."""
GLOBAL, RUNS, DELTA = 8, 5, 1e-6
TEXTBOOK = "DPLloyd"

Rows = np.ndarray
Release = Callable[[Rows, int], ClusterSummary | None]


def measure(quick: bool) -> list[Result]:
    """Explain variance by every mechanism, epsilon and size."""
    customers = np.log1p(np.concatenate(list(bundled_shops().values())))
    bounds = Bounds(np.zeros(len(LIMITS)), np.log1p(np.array(LIMITS, dtype=np.float64)))
    results = []
    for size in SIZES[:1] if quick else SIZES:
        shops = _dealt(customers, size)
        exact = _explained(shops, bounds, _exact)
        name = f"privacy: shops of {size:,}, "
        results.append(Result(f"{name}exact", exact, "of the variance"))
        for epsilon in EPSILONS[1:2] if quick else EPSILONS:
            say(f"privacy: shops of {size}, epsilon {epsilon:g}")
            for what, release in _private(epsilon).items():
                found = np.mean([_explained(shops, bounds, release) for _ in range(RUNS)])
                label = f"{name}epsilon {epsilon:g}, {what}"
                share = float(found) / exact
                results.append(Result(label, float(found), "of the variance", "exact", share))
    return results


def _dealt(customers: Rows, size: int) -> list[Rows]:
    """Deal customers to shops of a size, whatever shop they are of."""
    order = np.random.default_rng(0).permutation(len(customers))
    count = len(customers) // size
    return [customers[part] for part in np.array_split(order[: count * size], count)]


def _explained(shops: Sequence[Rows], bounds: Bounds, release: Release) -> float:
    """Share of the variance of all customers that the global clusters of a release explain."""
    told = [release(bounds.scaled(rows), seed) for seed, rows in enumerate(shops)]
    every = ClusterSummary.concatenate([each for each in told if each is not None])
    scaling = Scaling.of_moments(every.total())
    clusters = aggregate(scaling.summary(every), GLOBAL, 0, True, "kmeans")
    rows = bounds.scaled(np.concatenate(shops))
    deviation = rows.std(axis=0)
    centres = scaling.inverse(clusters.mean) / deviation
    cost = (nearest(rows / deviation, centres)[1] ** 2).mean()
    return float(1 - cost / len(deviation))


def _exact(rows: Rows, _: int) -> ClusterSummary | None:
    """Release clusters as without a policy."""
    fit = LocalFit("kmeans", None, 0, Rules(10), Scaling.identity(rows.shape[1]))
    block = Block(pa.array([0]), np.array([len(rows)]), np.ascontiguousarray(rows.T))
    return fit.fit_block(block)[0].summary


def _private(epsilon: float) -> dict[str, Release]:
    """Releases that are private, by name."""
    rules, space = Rules(10, epsilon=epsilon, round=5), Bounds(-np.ones(4), np.ones(4))

    def own(mechanism: str) -> Release:
        noise = Noise.of(mechanism, epsilon, DELTA)
        return lambda rows, _: PrivateFit(None, 0, rules, space, noise).fit(rows).summary

    gaussian = Noise.of("gaussian", epsilon, DELTA)
    return {
        "gaussian": own("gaussian"),
        "laplace": own("laplace"),
        TEXTBOOK: lambda rows, _: _textbook(rows, gaussian),
    }


def _textbook(rows: Rows, noise: Noise, k: int = 8, rounds: int = 4) -> ClusterSummary | None:
    """Lloyd's algorithm with noisy counts and sums, of the budget that sparkfl's has for them."""
    d, share = rows.shape[1], 0.8 / rounds
    centres = np.random.default_rng(0).uniform(-1, 1, size=(k, d))
    radius = d**0.5
    for last in [False] * (rounds - 1) + [True]:
        own = nearest(rows, centres)[0]
        vectors = bounded_vectors(rows, radius, 2, last)
        told = noise.add(bounded_sums(vectors, own, k), share) / part_weight(3 if last else 2, 2)
        n, sums, squares = told[:, 0], radius * told[:, 1 : d + 1], radius**2 * told[:, d + 1 :]
        there = n >= 10
        divisor = np.maximum(n, 10)[:, None]
        centres = np.where(there[:, None], np.clip(sums / divisor, -1, 1), centres)
    if not there.any():
        return None
    variance = np.maximum(squares / divisor - centres**2, 1e-3)[there]
    count = np.rint(n[there]).astype(np.int64)
    return ClusterSummary(count, centres[there], count[:, None] * variance)
