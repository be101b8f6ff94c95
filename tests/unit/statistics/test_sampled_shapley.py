"""Sampled Shapley values against their definition, and against what adds up."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkfl.statistics.sampled_shapley import sampled_shapley
from sparkfl.statistics.summary import Matrix

RNG = np.random.default_rng(3)


def curved(x: Matrix) -> Matrix:
    """Score two outputs, with products of three features."""
    first = np.sin(x[:, 0]) * x[:, 1] + x[:, 2] ** 2 * x[:, 0]
    return np.column_stack([first, np.tanh(x.sum(axis=1))])


def defined(x: Matrix, background: Matrix) -> Matrix:
    """Return the values by their definition: over all coalitions, and all rows of the sample."""
    d = x.shape[1]
    values = np.zeros((len(x), 2, d))
    for own in range(d):
        others = [j for j in range(d) if j != own]
        for size in range(d):
            for chosen in combinations(others, size):
                weight = 1 / (d * comb(d - 1, size))
                for row in background:
                    mixed = np.tile(row, (len(x), 1))
                    mixed[:, list(chosen)] = x[:, list(chosen)]
                    without = curved(mixed)
                    mixed[:, own] = x[:, own]
                    values[:, :, own] += weight * (curved(mixed) - without) / len(background)
    return values


def test_they_approach_the_definition() -> None:
    x, one = RNG.normal(size=(4, 4)), RNG.normal(size=(1, 4))
    values, baseline, error = sampled_shapley(curved, x, np.repeat(one, 5000, axis=0))
    np.testing.assert_allclose(values, defined(x, one), atol=6 * error.max() + 1e-12)
    np.testing.assert_allclose(baseline, curved(one)[0])
    assert 0 < error.max() < 0.02


def test_of_two_features_they_are_exact() -> None:
    def product(x: Matrix) -> Matrix:
        return x[:, :1] * x[:, 1:]

    x, background = RNG.normal(size=(3, 2)), RNG.normal(size=(6, 2))
    values, baseline, _ = sampled_shapley(product, x, background)
    (a, b), (p, q) = x.T, background.T
    first = ((a[:, None] - p) * (b[:, None] + q) / 2).mean(axis=1)
    np.testing.assert_allclose(values[:, 0, 0], first)
    np.testing.assert_allclose(baseline, (p * q).mean())


def test_of_a_sum_they_are_its_terms_and_have_the_error_of_the_sample_only() -> None:
    weights = np.array([1.0, -2.0, 0.0])
    x, background = RNG.normal(size=(5, 3)), RNG.normal(size=(8, 3))
    values, _, _ = sampled_shapley(lambda rows: (rows @ weights)[:, None], x, background)
    np.testing.assert_allclose(values[:, 0], (x - background.mean(axis=0)) * weights)


@given(st.integers(1, 30), st.integers(0, 5), st.integers(1, 20), st.integers(0, 9))
def test_they_add_up(d: int, n: int, m: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(d, 3))

    def score(x: Matrix) -> Matrix:
        return np.exp(np.tanh(x @ weights))

    x, background = rng.normal(size=(n, d)), rng.normal(size=(m, d))
    values, baseline, error = sampled_shapley(score, x, background)
    assert (values.shape, error.shape) == ((n, 3, d), (n, 3))
    assert (error >= 0).all()
    np.testing.assert_allclose(baseline + values.sum(axis=2), score(x))


@pytest.mark.parametrize("d", [200, 1000])
def test_wide_rows_are_explained_by_fewer_walks(d: int) -> None:
    scored = []

    def score(x: Matrix) -> Matrix:
        scored.append(x.size)
        return x.sum(axis=1, keepdims=True)

    x, background = RNG.normal(size=(2, d)), RNG.normal(size=(16, d))
    values, baseline, _ = sampled_shapley(score, x, background)
    np.testing.assert_allclose(baseline + values.sum(axis=2), x.sum(axis=1, keepdims=True))
    assert max(scored) <= max(2**22, 4 * d * (d + 1))
