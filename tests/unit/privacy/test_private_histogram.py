"""Scores with noise: counts on a public grid, and a threshold that noise does not move."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sparkfl.privacy.noise import Noise
from sparkfl.privacy.private_histogram import BINS, private_bins, private_distribution
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.severity import BINS_PER_OCTAVE

NO_NOISE = Noise("gaussian", 1e-9)


@pytest.mark.parametrize("features", [1, 4, 47, 200])
def test_counts_are_those_of_the_scores_where_there_is_no_noise(features: int) -> None:
    scores = features * np.random.default_rng(0).lognormal(0.0, 0.8, size=5000)
    bins = np.floor(BINS_PER_OCTAVE * np.log2(scores))
    first = np.floor(BINS_PER_OCTAVE * np.log2(features)) / BINS_PER_OCTAVE
    edges = 2.0 ** (first + np.arange(BINS + 1) / 4 - 2)
    edges[0], edges[-1] = 0, np.inf
    told = private_bins(bins, features, NO_NOISE, 1.0)
    np.testing.assert_allclose(told, np.histogram(scores, edges)[0], atol=0.01)
    found = private_distribution(told, 1e-9, 5000.0, 1e-9, features, Rules(10))
    assert found is not None
    assert found.n.sum() == 5000
    for severity in (50.0, 90.0, 95.0, 99.0):
        below = 100 * (scores < found.score(severity)).mean()
        assert below == pytest.approx(severity, abs=1.5)


def test_a_customer_is_in_its_bins_by_shares() -> None:
    who = np.array([1, 1, 1, 2.0])
    told = private_bins(np.array([-9e9, 9e9, 9e9, 0.0]), 1, NO_NOISE, 1.0, who)
    np.testing.assert_allclose(told[[0, 8, -1]], [1 / 3, 1, 2 / 3], atol=1e-3)
    assert told.sum() == pytest.approx(2, abs=1e-3)


@given(
    arrays.arrays(np.float64, BINS, elements=st.floats(-60, 900)),
    st.floats(0.1, 30),
    st.floats(-100, 20000),
    st.floats(0.1, 30),
    st.integers(1, 40),
    st.integers(1, 200),
)
def test_cells_are_in_order_and_none_is_smaller_than_may_be_told(
    counts: np.ndarray, deviation: float, total: float, apart: float, base: int, features: int
) -> None:
    found = private_distribution(counts, deviation, total, apart, features, Rules(10, round=base))
    if found is None:
        assert total < max(10, 2 * apart) or counts.sum() < total
        return
    assert (np.diff(found.low) < 0).all()
    assert (found.mean >= found.low).all()
    assert found.n[0] > 0
    assert ((found.n == 0) | (found.n >= min(10, base))).all()
    assert (found.n % base == 0).all()
    severity = found.severity(features * np.geomspace(0.01, 1e5, 50))
    assert (np.diff(severity) >= -1e-9).all()
    assert 0 <= severity.min() <= severity.max() <= 100


def test_noise_alone_is_no_distribution() -> None:
    noise = np.random.default_rng(1).normal(0, 9.4, size=BINS)
    assert private_distribution(noise, 9.4, 30.0, 16.0, 4, Rules(10)) is None


def levels(share: float, contamination: float, shops: int, draws: int = 40) -> np.ndarray:
    """Share of the customers below the threshold, in draws of noise of epsilon 1."""
    random, noise = np.random.default_rng(2), Noise.of("gaussian", 1.0, 1e-6)
    scores = random.lognormal(2.0, 0.8, size=(shops, 500))
    bins = np.floor(BINS_PER_OCTAVE * np.log2(scores))
    root, below = shops**0.5, []
    for _ in range(draws):
        told = sum(private_bins(own, 4, noise, share) for own in bins)
        total = scores.size + random.normal(0, 16 * root)
        found = private_distribution(
            told, noise.deviation(share) * root, total, 16 * root, 4, Rules(10, round=5)
        )
        assert found is not None
        below.append((scores < found.score(100 * (1 - contamination))).mean())
    return np.array(below)


def test_the_threshold_of_many_shops_is_right() -> None:
    """The 95th percentile of twenty shops of 500: about right in the median and in every draw."""
    found = levels(0.2, 0.05, shops=20)
    assert np.median(found) == pytest.approx(0.95, abs=0.005)
    assert found.max() < 0.985
    assert found.min() > 0.92
