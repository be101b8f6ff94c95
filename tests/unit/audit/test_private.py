"""Differential privacy, audited: neighbours are told apart by no more than what is stated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from sparkfl.audit.epsilon import epsilon_lower_bound
from sparkfl.audit.population import generated
from sparkfl.audit.protections import NONE, PRIVATE
from sparkfl.audit.store import Store
from sparkfl.audit.suite import run
from sparkfl.audit.trials import EPSILON, TRIALS
from sparkfl.local.private_fit import CLUSTERS, SCORES
from sparkfl.local.private_kmeans import FINAL, MOMENTS, ROUND, ROUNDS
from sparkfl.privacy.contributions import bounded_sums, bounded_vectors
from sparkfl.privacy.noise import Noise

DELTA = 1e-6
EACH = 7
STORE = Store(
    np.r_[np.full((300, 1), -0.2), np.full((EACH, 1), 1.0)],
    np.r_[np.arange(300), np.full(EACH, 300)],
)
"""Three hundred customers at one place, and one with seven rows as far away as the bounds allow."""
RUNS = 8000
PARTS = (
    (CLUSTERS * MOMENTS, bounded_vectors, True),
    *[(CLUSTERS * ROUND, bounded_vectors, False)] * ROUNDS,
    (CLUSTERS * FINAL, bounded_vectors, True),
    (SCORES, lambda rows, *_: np.ones((len(rows), 1)), False),
)
"""All that rows have a part in of a training, with the share that each has of the budget."""


def drawn(
    noise: Noise, parts=PARTS, runs: int = RUNS
) -> Callable[[Store, np.random.Generator], np.ndarray]:
    """Tell all figures of a training; what noise is added to is the same in every run."""
    told: dict[int, Iterator[np.ndarray]] = {}

    def mechanism(store: Store, _: np.random.Generator) -> np.ndarray:
        if len(store) not in told:
            found = []
            for share, vectors_of, squares in parts:
                vectors = vectors_of(store.rows, 1.0, noise.norm, squares)
                cell = np.zeros(len(store), dtype=np.int64)
                exact = bounded_sums(vectors, cell, 1, store.entity.astype(float))
                found.append(noise.add(np.tile(exact, (runs, 1)), share))
            told[len(store)] = iter(np.concatenate(found, axis=1))
        return next(told[len(store)])

    return mechanism


def test_the_parts_are_the_whole_budget() -> None:
    assert sum(share for share, *_ in PARTS) == pytest.approx(1.0)


def test_a_customer_is_told_by_no_more_than_epsilon_and_by_more_if_noise_is_halved() -> None:
    noise = Noise.of("gaussian", 1.0, DELTA)
    honest, halved = (
        epsilon_lower_bound(drawn(own), STORE, 300, RUNS, DELTA, gaussian=True)
        for own in (noise, replace(noise, multiplier=noise.multiplier / 2))
    )
    assert honest.epsilon <= 1.0
    assert halved.refutes(1.0)


def test_a_count_with_laplace_noise_is_as_private_as_stated() -> None:
    """However many rows the customer has: it counts once. The noise has no seed, so be sure."""
    noise, count = Noise.of("laplace", 1.0), [(1.0, *PARTS[-1][1:])]
    honest, halved = (
        epsilon_lower_bound(drawn(own, count, 20_000), STORE, 300, 20_000, confidence=0.9999)
        for own in (noise, replace(noise, multiplier=noise.multiplier / 2))
    )
    assert 0.5 < honest.epsilon <= 1.0
    assert halved.refutes(1.0)


def test_a_customer_whose_rows_all_count_is_found_out() -> None:
    """The audit sees what a bound of rows, and not of customers, would tell."""
    noise = Noise.of("gaussian", 1.0, DELTA)

    def by_rows(store: Store, rng: np.random.Generator) -> np.ndarray:
        return mechanism(Store(store.rows, np.arange(len(store))), rng)

    mechanism = drawn(noise, runs=1000)
    assert epsilon_lower_bound(by_rows, STORE, 300, 1000, DELTA, gaussian=True).refutes(1.0)


def test_epsilon_one_stops_what_it_claims() -> None:
    # Shares of a few stores; what is told by a statistic `make attacks` measures, of many.
    exact = PRIVATE.claims - {t for t in PRIVATE.claims if t.startswith(("member", "attribute"))}
    some = [trial for trial in TRIALS if trial.name in exact]
    found = run(generated(4), [NONE, PRIVATE], some)
    assert [r for r in found if r.broken] == []
    (bound,) = [r for r in found if r.attack == EPSILON and r.protection == PRIVATE.name]
    assert (bound.target, bound.value <= 1.0) == (1.0, True)


def test_an_outlier_is_hardly_told_from_others() -> None:
    """The target is 0.52, `make attacks` measures it; so few stores tell it to 0.05 or so."""
    some = [trial for trial in TRIALS if trial.name.startswith("membership of an outlier")]
    assert {PRIVATE.targets[trial.name] for trial in some} == {0.52}
    for result in run(generated(5), [NONE, PRIVATE], some):
        assert (result.value > 0.65) == (result.protection == NONE.name), result
