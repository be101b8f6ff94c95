"""Summaries against numpy, and merging against summarising the union."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sparkfl.statistics.summary import ClusterSummary


def labelled(seed: int, rows: int = 60, k: int = 5, d: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Random rows with every label in use."""
    random = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(k), random.integers(0, k, rows - k)])
    return random.normal(3.0, 2.0, size=(rows, d)), labels


def test_summary_equals_numpy_per_cluster() -> None:
    rows, labels = labelled(0)
    summary = ClusterSummary.of_rows(rows, labels)
    for cluster in range(5):
        own = rows[labels == cluster]
        assert summary.n[cluster] == len(own)
        assert_allclose(summary.mean[cluster], own.mean(axis=0), atol=1e-12)
        assert_allclose(summary.ss[cluster], own.var(axis=0) * len(own), atol=1e-12)


@given(st.integers(0, 1000), st.lists(st.integers(0, 2), min_size=5, max_size=5))
def test_merging_equals_summarising_the_union(seed: int, groups: list[int]) -> None:
    rows, labels = labelled(seed)
    merged = ClusterSummary.of_rows(rows, labels).merged(np.array(groups))
    union = ClusterSummary.of_rows(rows, np.array(groups)[labels])
    assert merged.n.tolist() == union.n.tolist()
    assert_allclose(merged.mean, union.mean, atol=1e-12)
    assert_allclose(merged.ss, union.ss, rtol=1e-11)


@given(st.integers(0, 1000), st.permutations(range(5)))
def test_canonical_order_does_not_depend_on_labels(seed: int, names: list[int]) -> None:
    rows, labels = labelled(seed)
    one = ClusterSummary.of_rows(rows, labels).canonical()
    other = ClusterSummary.of_rows(rows, np.array(names)[labels]).canonical()
    assert one.mean.tolist() == other.mean.tolist()
    assert (np.diff(one.n) <= 0).all()


def test_canonical_order_breaks_ties_by_mean() -> None:
    rows = np.array([[2.0, 0.0], [1.0, 9.0], [1.0, 5.0]])
    means = ClusterSummary.of_rows(rows, np.arange(3)).canonical().mean
    assert means.tolist() == [[1.0, 5.0], [1.0, 9.0], [2.0, 0.0]]


def test_concatenate_and_total_keep_every_row() -> None:
    summaries = [ClusterSummary.of_rows(*labelled(seed)) for seed in range(3)]
    every = np.concatenate([labelled(seed)[0] for seed in range(3)])
    total = ClusterSummary.concatenate(summaries).total()
    assert total.n.tolist() == [len(every)]
    assert total.mean[0] == pytest.approx(every.mean(axis=0), abs=1e-12)
    assert total.ss[0] == pytest.approx(every.var(axis=0) * len(every), rel=1e-12)
