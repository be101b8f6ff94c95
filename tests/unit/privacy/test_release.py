"""The gate: whatever a store holds, nothing about fewer customers than the minimum leaves."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sparkfl.privacy.release import release
from sparkfl.statistics.summary import ClusterSummary

sizes = st.lists(st.integers(1, 25), min_size=1, max_size=8)
minimum = st.integers(3, 15)


def store(sizes: list[int], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of clusters of the given sizes."""
    labels = np.repeat(np.arange(len(sizes)), sizes)
    random = np.random.default_rng(seed)
    centres = random.normal(0, 20, size=(len(sizes), 2))
    return centres[labels] + random.normal(size=(len(labels), 2)), labels


@given(sizes, minimum, st.integers(0, 100))
def test_no_released_cluster_is_too_small_and_no_row_is_lost(
    sizes: list[int], minimum: int, seed: int
) -> None:
    rows, labels = store(sizes, seed)
    released = release(ClusterSummary.of_rows(rows, labels), minimum)
    if len(rows) < minimum:
        assert released is None
        return
    assert released is not None
    assert released.n.min() >= minimum
    assert released.n.sum() == len(rows)
    assert_allclose((released.n[:, None] * released.mean).sum(axis=0), rows.sum(axis=0), atol=1e-8)
    total = released.total()
    assert_allclose(total.ss[0], rows.var(axis=0) * len(rows), rtol=1e-9, atol=1e-9)


@given(sizes, minimum, st.integers(0, 100))
def test_no_released_mean_is_a_row(sizes: list[int], minimum: int, seed: int) -> None:
    rows, labels = store(sizes, seed)
    released = release(ClusterSummary.of_rows(rows, labels), minimum)
    if released is not None:
        assert np.abs(released.mean[:, None] - rows[None]).max(axis=2).min() > 1e-9


def test_large_clusters_are_released_as_they_are() -> None:
    clusters = ClusterSummary.of_rows(*store([12, 20, 11], 0))
    released = release(clusters, 10)
    assert released is not None
    assert released.n.tolist() == [20, 12, 11]
    assert_allclose(released.mean, clusters.canonical().mean)


def test_the_smallest_cluster_joins_the_nearest() -> None:
    rows = np.concatenate([np.full((10, 1), x) for x in (0.0, 100.0)] + [np.full((2, 1), 90.0)])
    labels = np.repeat([0, 1, 2], [10, 10, 2])
    released = release(ClusterSummary.of_rows(rows, labels), 5)
    assert released is not None
    assert released.n.tolist() == [12, 10]
    assert released.mean.ravel().tolist() == [(1000 + 180) / 12, 0.0]
