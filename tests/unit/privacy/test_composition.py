"""What releases cost together, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from sparkfl.privacy.composition import composed_epsilon
from sparkfl.privacy.noise import Noise


def delta_of(epsilon: float, distance: float) -> float:
    """Delta of Gaussian noise by Balle and Wang, theorem 8: an oracle apart from dp-accounting."""
    a, b = distance / 2 - epsilon / distance, -distance / 2 - epsilon / distance
    return float(norm.cdf(a) - np.exp(epsilon + norm.logcdf(b)))


@pytest.mark.parametrize(("epsilon", "delta"), [(0.1, 1e-6), (1.0, 1e-6), (1.0, 1e-9), (8.0, 1e-5)])
def test_gaussian_noise_is_the_least_that_holds(epsilon: float, delta: float) -> None:
    multiplier = Noise.of("gaussian", epsilon, delta).multiplier
    assert delta_of(epsilon, 1 / multiplier) <= delta * (1 + 1e-6)
    assert delta_of(epsilon, 1 / (0.98 * multiplier)) > delta


@pytest.mark.parametrize("mechanism", ["gaussian", "laplace"])
def test_parts_cost_together_what_is_stated(mechanism: str) -> None:
    """Shares that add up to 1, each of them a release of its own, are the whole."""
    whole = Noise.of(mechanism, 1.0, 1e-6)
    shares = (0.2, 0.12, 0.12, 0.36, 0.2)
    parts = composed_epsilon([whole.part(share) for share in shares], 1e-6)
    assert parts == pytest.approx(1.0, abs=0.01)
    assert composed_epsilon([whole], 1e-6) <= 1.0


def test_gaussian_releases_compose_to_a_gaussian() -> None:
    one = Noise.of("gaussian", 1.0, 1e-6)
    for times in (1, 3, 10):
        found = composed_epsilon([one] * times, 1e-6)
        assert delta_of(found, times**0.5 / one.multiplier) == pytest.approx(1e-6, rel=0.02)


def test_laplace_is_never_more_than_the_sum() -> None:
    half = Noise.of("laplace", 0.1)
    assert composed_epsilon([half] * 7, 0.0) == pytest.approx(0.7)
    assert composed_epsilon([half] * 200, 1e-6) < 10 < 20
    assert composed_epsilon([], 0.0) == 0.0
    assert composed_epsilon([Noise("gaussian", 4.0)], 0.0) == float("inf")
