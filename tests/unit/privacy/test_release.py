"""The gate: whatever a store holds, nothing about fewer customers than the minimum leaves."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sparkfl.privacy.release import release
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.entities import Entities
from sparkfl.statistics.members import Members
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
    released = release(ClusterSummary.of_rows(rows, labels), Rules(minimum))
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
    released = release(ClusterSummary.of_rows(rows, labels), Rules(minimum))
    if released is not None:
        assert np.abs(released.mean[:, None] - rows[None]).max(axis=2).min() > 1e-9


def test_large_clusters_are_released_as_they_are() -> None:
    clusters = ClusterSummary.of_rows(*store([12, 20, 11], 0))
    released = release(clusters, Rules(10))
    assert released is not None
    assert released.n.tolist() == [20, 12, 11]
    assert_allclose(released.mean, clusters.canonical().mean)


def test_the_smallest_cluster_joins_the_nearest() -> None:
    rows = np.concatenate([np.full((10, 1), x) for x in (0.0, 100.0)] + [np.full((2, 1), 90.0)])
    labels = np.repeat([0, 1, 2], [10, 10, 2])
    released = release(ClusterSummary.of_rows(rows, labels), Rules(5))
    assert released is not None
    assert released.n.tolist() == [12, 10]
    assert released.mean.ravel().tolist() == [(1000 + 180) / 12, 0.0]


few = st.lists(st.integers(1, 25), min_size=1, max_size=4)


@given(few, minimum, st.integers(1, 30), st.sampled_from([0.2, 0.5, 1.0]), st.integers(0, 100))
def test_a_released_cluster_is_of_enough_customers_and_no_one_s(
    sizes: list[int], minimum: int, customers: int, share: float, seed: int
) -> None:
    rows, labels = store(sizes, seed)
    rows = np.round(rows)
    who = np.random.default_rng(seed).integers(0, customers, len(rows))
    rules = Rules(minimum, entity_key="id", dominance=share, allow_identical=False)
    members = Members.of_rows(rows, labels, Entities.of_rows(labels, who))
    released = release(ClusterSummary.of_rows(rows, labels), rules, members)
    if released is None:
        return
    # Clusters are told apart by nothing but what is told: find the rows of each again.
    assert released.n.sum() == len(rows)
    merged = _cluster_of(released, rows, labels)
    for cluster in range(len(released)):
        own, inside = rows[merged == cluster], who[merged == cluster]
        assert len(own) == released.n[cluster]
        each = np.unique(inside, return_counts=True)[1]
        assert len(each) >= minimum
        assert each.max() <= share * len(own)
        assert (own != own[0]).any()
        of_sums = [
            ((own[inside == one] - own.mean(axis=0)) ** 2).sum(axis=0) for one in set(inside)
        ]
        assert (np.array(of_sums) <= share * own.var(axis=0) * len(own) + 1e-6).all()


def _cluster_of(released: ClusterSummary, rows: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Find which of the clusters given were merged into which of those released, by their sums."""
    k = labels.max() + 1
    n = np.bincount(labels)
    sums = np.stack([np.bincount(labels, column) for column in rows.T], axis=1)
    for chosen in product(range(len(released)), repeat=k):
        into = np.array(chosen)
        total = np.bincount(into, n, len(released))
        if (total == released.n).all() and all(
            np.allclose(np.bincount(into, sums[:, f], len(released)) / total, released.mean[:, f])
            for f in range(2)
        ):
            return into[labels]
    raise AssertionError("no merging of the clusters gives what was released")


def test_ten_rows_of_one_customer_are_one_and_ten_equal_customers_are_nobody_s() -> None:
    rows = np.concatenate([np.linspace(0, 1, 20), np.full(10, 9.0)])[:, None]
    labels = np.repeat([0, 1], [20, 10])
    summary = ClusterSummary.of_rows(rows, labels)
    assert len(release(summary, Rules(10))) == 2  # type: ignore[arg-type]
    customers = np.where(labels == 0, np.arange(30), 99)
    own = Members.of_rows(rows, labels, Entities.of_rows(labels, customers))
    assert len(release(summary, Rules(10, "id"), own)) == 1  # type: ignore[arg-type]
    equal = Members.of_rows(rows, labels, None)
    assert len(release(summary, Rules(10, allow_identical=False), equal)) == 1  # type: ignore[arg-type]


def test_the_outlier_that_n_mean_and_ss_give_away_is_not_told() -> None:
    """Nine equal customers and another: two equations, two unknowns."""
    rows = np.append(np.zeros(9), 7.0)[:, None]
    summary = ClusterSummary.of_rows(rows, np.zeros(10, int))
    told = release(summary, Rules(10))
    assert told is not None
    assert_allclose(told.mean[0] + np.sqrt(told.ss[0] * 9 / 10), 7.0)
    members = Members.of_rows(rows, np.zeros(10, int), None)
    assert release(summary, Rules(10, dominance=0.5), members) is None


@given(sizes, st.integers(0, 100))
def test_what_is_rounded_is_a_multiple(sizes: list[int], seed: int) -> None:
    rows, labels = store(sizes, seed)
    told = release(ClusterSummary.of_rows(rows, labels), Rules(3, round=5, grid=0.25))
    if told is not None:
        assert (told.n % 5 == 0).all()
        assert (told.mean % 0.25 == 0).all()
        deviation = np.sqrt(told.ss / told.n[:, None]) / 0.25
        assert_allclose(deviation, np.round(deviation), atol=1e-6)
