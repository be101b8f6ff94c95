"""Scores with noise: counts on a public grid, cells that are more than noise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sparkfl.privacy.noise import Noise
from sparkfl.privacy.private_histogram import BINS, merged_bins, private_bins
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.severity import BINS_PER_OCTAVE, ScoreDistribution

NO_NOISE = Noise("gaussian", 1e-9)


def test_counts_are_those_of_the_scores_where_there_is_no_noise() -> None:
    scores = np.random.default_rng(0).lognormal(1.0, 1.0, size=5000)
    bins = np.floor(BINS_PER_OCTAVE * np.log2(scores))
    edges = 2.0 ** (np.arange(BINS + 1) / 4 - 2)
    edges[0], edges[-1] = 0, np.inf
    told = private_bins(bins, NO_NOISE, 1.0)
    np.testing.assert_allclose(told, np.histogram(scores, edges)[0], atol=0.01)


def test_a_customer_is_in_its_bins_by_shares() -> None:
    told = private_bins(np.array([-9e9, 9e9, 9e9, 0.0]), NO_NOISE, 1.0, np.array([1, 1, 1, 2.0]))
    np.testing.assert_allclose(told[[0, 8, -1]], [1 / 3, 1, 2 / 3], atol=1e-3)
    assert told.sum() == pytest.approx(2, abs=1e-3)


@given(
    arrays.arrays(np.float64, BINS, elements=st.floats(-60, 900)),
    st.floats(0.1, 30),
    st.integers(1, 40),
)
def test_cells_are_in_order_and_none_is_smaller_than_may_be_told(
    counts: np.ndarray, deviation: float, base: int
) -> None:
    cells = merged_bins(counts, deviation, Rules(10, round=base))
    places = [place for _, place in cells]
    assert places == sorted(places, reverse=True)
    assert all(n >= min(10, base) and n % base == 0 for n, _ in cells)
    if cells:
        scores = ScoreDistribution.of_cells(cells)
        severity = scores.severity(np.geomspace(0.01, 1e5, 50))
        assert (np.diff(severity) >= -1e-9).all()
        assert 0 <= severity.min() <= severity.max() <= 100


def test_noise_alone_is_no_cell() -> None:
    noise = np.random.default_rng(1).normal(0, 9.4, size=(200, BINS))
    assert np.mean([bool(merged_bins(each, 9.4, Rules(10))) for each in noise]) < 0.6


def test_the_threshold_of_many_shops_is_about_right() -> None:
    """The 95th percentile of twenty shops of 500, each with noise of its own, in the median."""
    random, noise = np.random.default_rng(2), Noise.of("gaussian", 1.0, 1e-6)
    scores = random.lognormal(2.0, 0.8, size=(20, 500))
    bins = np.floor(BINS_PER_OCTAVE * np.log2(scores))
    below = []
    for _ in range(25):
        told = sum(private_bins(own, noise, 0.2) for own in bins)
        cells = merged_bins(told, noise.deviation(0.2) * 20**0.5, Rules(10, round=5))
        below.append((scores < ScoreDistribution.of_cells(cells).score(95.0)).mean())
    assert 0.93 < np.median(below) < 0.99
