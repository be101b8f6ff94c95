"""Normal scores against those of the ranks themselves, which are never seen."""

from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn.preprocessing import QuantileTransformer

from sparkfl.privacy.cells import release_cells
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.normal_scores import KNOTS, NormalScores, marginal
from sparkfl.statistics.summary import ClusterSummary


def told(values: np.ndarray, stores: int = 4) -> ClusterSummary:
    """Cells of values that lie in so many stores."""
    store = np.arange(len(values)) % stores
    order = np.lexsort((values, store))
    points = ClusterSummary(
        np.ones(len(values), np.int64), values[order, None], np.zeros((len(values), 1))
    )
    return release_cells(points, store[order], np.zeros(stores, bool), 20, Rules(10))


def scores_of(*features: np.ndarray) -> NormalScores:
    """Normal scores of the marginals of some features."""
    return NormalScores.of_marginals([marginal(told(values)) for values in features])


@given(st.integers(0, 50), st.sampled_from(["normal", "gamma", "modes"]))
def test_they_are_near_those_of_scikit_learn(seed: int, shape: str) -> None:
    random = np.random.default_rng(seed)
    values = {
        "normal": random.normal(size=4000),
        "gamma": random.gamma(2.0, size=4000),
        "modes": random.normal(size=4000) + 6 * (np.arange(4000) % 2),
    }[shape]
    scores = scores_of(values)
    found = 3 * scores.transform(values[:, None])[:, 0] - 2 * values
    ranked = QuantileTransformer(output_distribution="normal").fit_transform(values[:, None])[:, 0]
    inside = np.abs(ranked) < 1.8
    assert_allclose(found[inside], ranked[inside], atol=0.2)
    assert np.abs(found).max() < 2.5


@given(st.integers(0, 100), st.integers(11, 400), st.integers(0, 2))
def test_the_map_increases_and_comes_back(seed: int, rows: int, digits: int) -> None:
    random = np.random.default_rng(seed)
    values = random.standard_t(2, size=(rows * 4, 2)).round(digits)
    scores = scores_of(*values.T)
    asked = np.sort(random.normal(0, 20, size=(60, 2)), axis=0)
    mapped = scores.transform(asked)
    assert (np.diff(mapped, axis=0) >= 0).all()
    assert_allclose(scores.inverse(mapped), asked, atol=1e-9)
    again = NormalScores.of_json(json.loads(json.dumps(scores.to_json())))
    assert again.transform(asked).tolist() == mapped.tolist()


def test_knots_are_few_and_their_shares_add_up() -> None:
    values, shares = marginal(told(np.random.default_rng(0).normal(size=20_000), stores=100))
    assert len(values) == KNOTS
    assert (np.diff(values) > 0).all()
    assert_allclose(shares, 1 / KNOTS, atol=0.005)
    assert_allclose(shares.sum(), 1)


def test_a_feature_that_is_almost_always_zero_has_one_knot_there() -> None:
    values = np.zeros(4000)
    values[:200] = np.arange(1, 201) / 20
    scores = scores_of(values, np.zeros(4000))
    zero = scores.knots[0] < 1e-9
    assert zero.sum() == 1
    assert_allclose(scores.transform(np.array([[0.0, 0.0]])), [[-0.02, 0.0]], atol=0.02)
    assert (scores.knots[1] == 0).all()


def test_what_lies_beyond_keeps_its_distance() -> None:
    scores = scores_of(np.random.default_rng(0).normal(size=4000))
    far = scores.transform(np.array([[-1e6], [1e3], [1e6]]))
    assert_allclose(far[:, 0], [-2e6 / 3, 2e3 / 3, 2e6 / 3], atol=1)
