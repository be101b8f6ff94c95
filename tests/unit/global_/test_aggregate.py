"""Aggregation from releases alone: exact sums, the cap, the weights."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sparkfl.global_.aggregate import AGGREGATIONS, aggregate
from sparkfl.statistics.nearest import nearest
from sparkfl.statistics.summary import ClusterSummary


def stores() -> tuple[np.ndarray, ClusterSummary]:
    """Rows of five stores with the same three clusters, and their summaries."""
    random = np.random.default_rng(0)
    every, summaries = [], []
    for store in range(5):
        labels = np.repeat([0, 1, 2], [20 + store, 15, 12])
        rows = random.normal(size=(len(labels), 2)) + np.array([[0, 0], [30, 0], [0, 30]])[labels]
        every.append(rows)
        summaries.append(ClusterSummary.of_rows(rows, labels))
    return np.concatenate(every), ClusterSummary.concatenate(summaries)


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@pytest.mark.parametrize("weighted", [True, False])
def test_global_clusters_are_those_of_the_pooled_rows(aggregation: str, weighted: bool) -> None:
    rows, releases = stores()
    clusters = aggregate(releases, 3, 0, weighted, aggregation)
    pooled = ClusterSummary.of_rows(rows, nearest(rows, clusters.mean)[0])
    assert clusters.n.tolist() == pooled.n.tolist() == [110, 75, 60]
    assert_allclose(clusters.mean, pooled.mean, atol=1e-12)
    assert_allclose(clusters.ss, pooled.ss, rtol=1e-12)


def test_k_is_capped_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    _, releases = stores()
    with caplog.at_level(logging.WARNING):
        assert len(aggregate(releases, 100, 0)) == len(releases)
    assert (
        "100 global clusters were asked for, and the stores released 15 distinct ones"
        in caplog.text
    )


def test_weights_decide_which_clusters_merge() -> None:
    means = np.array([[0.0], [4.0], [10.0], [13.0]])
    releases = ClusterSummary(np.array([10, 10, 1000, 1000]), means, np.zeros((4, 1)))
    assert aggregate(releases, 3, 0, weighted=True).n.tolist() == [1000, 1000, 20]
    assert aggregate(releases, 3, 0, weighted=False).n.tolist() == [2000, 10, 10]


def test_a_tie_goes_to_the_lowest_number() -> None:
    index, distance = nearest(np.array([[1.0]]), np.array([[0.0], [2.0]]))
    assert (index.tolist(), distance.tolist()) == ([0], [1.0])
