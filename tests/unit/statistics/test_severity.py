"""Severity against the percentiles of the scores themselves, which it never sees."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sparkfl.privacy.histogram import Bin, release_histogram
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.severity import ScoreDistribution


def released(scores: np.ndarray, minimum: int = 10) -> ScoreDistribution:
    """What is let out of scores."""
    bins, counts = np.unique(np.floor(np.log2(scores) * 512).astype(int), return_counts=True)
    told = [Bin(*own) for own in zip(bins.tolist(), counts.tolist(), strict=True)]
    return ScoreDistribution.of_cells(release_histogram(told, Rules(minimum)))


@given(
    st.integers(0, 200),
    st.floats(0.01, 0.5),
    st.integers(3, 20),
    st.sampled_from([1e-6, 1.5, 50.0]),
)
def test_a_severity_is_a_percentile(
    seed: int, contamination: float, minimum: int, scale: float
) -> None:
    scores = np.random.default_rng(seed).gamma(2.0, scale, size=2000)
    found = released(scores, minimum)
    severity = found.severity(scores)
    assert_allclose((severity >= 100 * (1 - contamination)).mean(), contamination, atol=0.012)
    rank = 100 * np.searchsorted(np.sort(scores), scores) / len(scores)
    assert_allclose(severity, rank, atol=1.2)


@given(st.lists(st.floats(1e-3, 1e3), min_size=30, max_size=60), st.floats(0, 99.9))
def test_it_rises_with_the_score_and_its_inverse_is_the_score(
    scores: list[float], percentile: float
) -> None:
    found = released(np.array(scores))
    every = np.geomspace(1e-14, 1e14, 2001)
    severity = found.severity(every)
    assert (np.diff(severity) >= 0).all()
    assert (severity >= 0).all()
    assert (severity <= 100).all()
    score = found.score(percentile)
    if percentile > 0:
        assert_allclose(found.severity(np.array([score])), percentile, atol=1e-6)


def test_the_tail_is_that_of_a_pareto_distribution() -> None:
    scores = np.random.default_rng(0).pareto(2.0, 20000) + 1
    found = released(scores, 1000)
    assert found.top == pytest.approx(5, abs=0.5)
    beyond = np.array([8.0, 16.0, 64.0])
    assert_allclose(100 - found.severity(beyond), 100 * beyond**-2.0, rtol=0.15)


def test_one_cell_and_no_value() -> None:
    found = ScoreDistribution.of_cells([(30, 0.0)])
    assert found.severity(np.array([0.5, np.nan])).tolist()[0] == 0
    assert np.isnan(found.severity(np.array([np.nan]))).all()
    assert 0 < found.severity(np.array([1.0]))[0] < 70
    assert found.severity(np.array([8.0]))[0] > 99
    with pytest.raises(ValueError, match="no cell"):
        ScoreDistribution.of_cells([])


@given(st.integers(0, 100), st.integers(3, 15))
def test_a_cell_ends_between_two_means(seed: int, minimum: int) -> None:
    found = released(np.random.default_rng(seed).gamma(2.0, size=300), minimum)
    place = found.mean + 0.5
    assert (found.low < place).all()
    assert (found.low[:-1] > place[1:]).all()


def test_it_is_the_same_after_json() -> None:
    found = released(np.random.default_rng(0).gamma(2.0, size=500))
    again = ScoreDistribution.of_json(json.loads(json.dumps(found.to_json())))
    scores = np.linspace(0.1, 20, 50)
    assert again.severity(scores).tolist() == found.severity(scores).tolist()
