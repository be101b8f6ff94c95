"""The bound stays under the epsilon that is true, and passes it when the noise is halved."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from sparkfl.audit.epsilon import epsilon_lower_bound
from sparkfl.audit.store import Store
from sparkfl.errors import ParameterError

DELTA = 1e-5
STORE = Store.of_rows(np.random.default_rng(0).uniform(-1, 1, size=(60, 2)))


def gaussian_scale(epsilon: float) -> float:
    """Noise for a sensitivity of 1: the closed form of Balle and Wang, solved another way."""

    def beyond(scale: float) -> float:
        a, b = 1 / (2 * scale) - epsilon * scale, -1 / (2 * scale) - epsilon * scale
        return float(norm.cdf(a) - np.exp(epsilon) * norm.cdf(b)) - DELTA

    return float(brentq(beyond, 0.05, 500))


def laplace(scale: float):
    return lambda store, rng: [len(store) + rng.laplace(scale=scale)]


def gaussian(scale: float):
    return lambda store, rng: [len(store) + rng.normal(scale=scale)]


@pytest.mark.parametrize("epsilon", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("gauss", [False, True])
def test_the_bound_is_below_and_halved_noise_above(epsilon: float, gauss: bool) -> None:
    scale, mechanism = (gaussian_scale(epsilon), gaussian) if gauss else (1 / epsilon, laplace)
    delta = DELTA if gauss else 0.0
    honest, halved = (
        epsilon_lower_bound(
            mechanism(scale * part), STORE, 0, runs=20_000, delta=delta, gaussian=gauss
        )
        for part in (1.0, 0.5)
    )
    assert 0.6 * epsilon < honest.epsilon <= epsilon
    assert not honest.refutes(epsilon)
    assert halved.refutes(epsilon)


def test_a_release_of_many_numbers() -> None:
    """Counts and clamped sums with Laplace noise, as a private release has them."""

    def noisy(part: float):
        def release(store: Store, rng: np.random.Generator) -> np.ndarray:
            sums = np.clip(store.rows, -1, 1).sum(axis=0)
            # One row changes count and sums by no more than 3 in all.
            return np.append(sums, len(store)) + rng.laplace(scale=3 * part, size=3)

        return release

    worst = STORE.joined(np.ones((1, 2)))
    honest, halved = (
        epsilon_lower_bound(noisy(part), worst, int(worst.entity[-1]), runs=20_000).epsilon
        for part in (1.0, 0.5)
    )
    assert 0.5 < honest <= 1.0 < halved


def test_noise_for_a_row_does_not_hide_a_customer_of_several() -> None:
    store = STORE.joined(np.zeros((4, 2)), same=True)
    bound = epsilon_lower_bound(laplace(1.0), store, int(store.entity[-1]), runs=20_000)
    assert bound.refutes(1.0)
    assert bound.epsilon <= 4.0


def test_what_has_no_noise_has_no_epsilon_and_what_tells_nothing_has_none() -> None:
    exact = epsilon_lower_bound(lambda store, _: [len(store)], STORE, 0, runs=400)
    assert exact.epsilon == exact.most > 3.5
    nothing = epsilon_lower_bound(lambda store, _: [], STORE, 0, runs=400)
    assert nothing.epsilon == 0.0
    withheld = epsilon_lower_bound(
        lambda store, _: [1.0] if len(store) == 60 else [np.nan], STORE, 0, runs=400
    )
    assert withheld.epsilon == withheld.most


def test_false_alarms_are_as_rare_as_stated() -> None:
    """A mechanism at its epsilon is refuted in no more than 5 % of audits, within chance."""
    false = sum(
        epsilon_lower_bound(laplace(1.0), STORE, 0, runs=1_000, seed=seed).refutes(1.0)
        for seed in range(20)
    )
    assert false <= 3


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ParameterError, match="Entity 99"):
        epsilon_lower_bound(laplace(1.0), STORE, 99)
    with pytest.raises(ParameterError, match="runs is 3"):
        epsilon_lower_bound(laplace(1.0), STORE, 0, runs=3)
    with pytest.raises(ParameterError, match="delta is 0"):
        epsilon_lower_bound(laplace(1.0), STORE, 0, gaussian=True)
