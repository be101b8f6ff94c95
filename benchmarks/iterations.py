"""What do Lloyd's iterations over stores gain on one-shot clusters, by the size of the stores?

Generated customers of eight kinds that overlap, in shares that differ by store; no Spark, as what a
worker does is measured. The figure is the mean squared distance of all customers to the nearest
global centre, of one-shot clusters, after the iterations, with and without their guard, and of
Lloyd's algorithm on all rows together from the same centres.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.harness import say
from benchmarks.results import Result
from sparkfl.global_.aggregate import aggregate
from sparkfl.local.fitting import LocalFit
from sparkfl.local.iterations import LloydIteration
from sparkfl.privacy.rules import Rules
from sparkfl.secure_aggregation.lloyd import assigned, moved
from sparkfl.statistics.nearest import nearest
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import ClusterSummary

__all__ = ["measure"]

KINDS, FEATURES, ITERATIONS, REST = 8, 2, 50, 1e-4
SHAPES = ((20, 100), (6, 600), (3, 5000))
"""How many stores, of how many customers each."""

Rows = np.ndarray
Tell = Callable[[list[Rows]], Sequence[ClusterSummary]]


def measure(quick: bool) -> list[Result]:
    """Compare what the centres cost, for stores of three sizes."""
    results = []
    for stores, size in SHAPES[:1] if quick else SHAPES:
        say(f"iterations: {stores} stores of {size:,}")
        rows = _customers(stores, size)
        every = np.concatenate(rows)
        fit = LocalFit("bisecting_kmeans", None, 0, Rules(10), Scaling.identity(FEATURES))
        local = [own for each in rows if (own := fit.fit(each).summary) is not None]
        start = aggregate(ClusterSummary.concatenate(local), KINDS, 0, True, "kmeans").mean

        name = f"iterations: {stores} stores of {size:,}, "
        cost = _cost(every, start)
        results.append(Result(f"{name}one-shot", cost, "mean squared distance"))
        for what, tell in _ways(rows, fit, local).items():
            centres = _iterated(start, tell)
            found = _cost(every, centres[-1])
            said = f"one-shot, after {len(centres) - 1} iterations"
            results.append(Result(f"{name}{what}", found, results[-1].unit, said, found / cost))
    return results


def _ways(rows: list[Rows], fit: LocalFit, local: list[ClusterSummary]) -> dict[str, Tell]:
    """What is told of an iteration, given the centres of all up to it."""
    every = np.concatenate(rows)

    def told(centres: list[Rows], guarded: bool) -> list[ClusterSummary]:
        due = (LloydIteration(fit, own, centres, guarded) for own in local)
        found = [one.tell(own).summary for one, own in zip(due, rows, strict=True)]
        return [summary for summary in found if summary is not None]

    return {
        "federated": lambda centres: told(centres, True),
        "federated, without the guard": lambda centres: told(centres[-1:], False),
        "all rows together": lambda centres: [assigned(every, centres[-1], 1)],
    }


def _customers(stores: int, size: int) -> list[Rows]:
    """Generate the customers of each store, standardised over all."""
    random = np.random.default_rng(0)
    kinds = random.normal(0, 2, (KINDS, FEATURES))
    shares = random.dirichlet(np.ones(KINDS), stores)
    rows = [kinds[random.choice(KINDS, size, p=p)] for p in shares]
    rows = [each + random.normal(size=each.shape) for each in rows]
    every = np.concatenate(rows)
    return [(each - every.mean(axis=0)) / every.std(axis=0) for each in rows]


def _iterated(start: Rows, tell: Tell) -> list[Rows]:
    """Move centres until none moves far."""
    centres = [start]
    while len(centres) <= ITERATIONS:
        stores = tell(centres)
        label = np.concatenate([np.flatnonzero(own.n) for own in stores])
        told = [own.ordered(np.flatnonzero(own.n)) for own in stores]
        total, k = ClusterSummary.concatenate(told).merged(label), len(start)
        n, mean = np.zeros(k, dtype=np.int64), np.zeros_like(start)
        n[np.unique(label)], mean[np.unique(label)] = total.n, total.mean
        centres.append(moved(ClusterSummary(n, mean, mean), centres[-1]))
        if np.sqrt(((centres[-1] - centres[-2]) ** 2).sum(axis=1)).max() <= REST:
            break
    return centres


def _cost(rows: Rows, centres: Rows) -> float:
    """Mean squared distance to the nearest centre."""
    return float((nearest(rows, centres)[1] ** 2).mean())
