"""The hybrid score against its definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sparkfl.statistics.anomaly import AnomalyRule
from sparkfl.statistics.summary import ClusterSummary


def clusters(sizes: tuple[int, ...] = (500, 300, 150, 50)) -> tuple[np.ndarray, ClusterSummary]:
    """Rows in clusters of the given sizes."""
    labels = np.repeat(np.arange(len(sizes)), sizes)
    random = np.random.default_rng(0)
    rows = random.normal(size=(len(labels), 3)) * [1, 2, 0.5] + 8.0 * labels[:, None]
    return rows, ClusterSummary.of_rows(rows, labels).canonical()


@pytest.mark.parametrize("v", [1.0, 4.0])
def test_score_is_the_definition_of_the_hybrid(v: float) -> None:
    rows, summary = clusters()
    rule = AnomalyRule.of_clusters(summary, degrees_of_freedom=v)
    total = rows.var(axis=0)
    pooled = summary.ss.sum(axis=0) / len(rows)
    x = np.array([3.0, -7.0, 2.5])
    far = v * np.log(1 + (x - rows.mean(axis=0)) ** 2 / total / v).sum()
    near = []
    for c in range(3):  # 500 + 300 + 150 rows are 95 %, 500 + 300 only 80 %
        within = summary.ss[c] / summary.n[c]
        spread = np.maximum((within + pooled) / 2, 0.01 * total)
        near.append(v * np.log(1 + (x - summary.mean[c]) ** 2 / spread / v).sum())
    score, _ = rule.score(x[None], ("a", "b", "c"))
    assert score[0] == pytest.approx(far + min(near), rel=1e-12)
    assert len(rule.centres) == 3


@pytest.mark.parametrize(
    ("sizes", "large"), [((90, 10), 1), ((89, 11), 2), ((50, 40, 10), 2), ((100,), 1)]
)
def test_large_clusters_together_hold_nine_tenths(sizes: tuple[int, ...], large: int) -> None:
    assert len(AnomalyRule.of_clusters(clusters(sizes)[1]).centres) == large


def test_reason_is_the_largest_share_and_its_side() -> None:
    rule = AnomalyRule.of_clusters(clusters()[1])
    moved = rule.mean + np.array([[60, 0, 0], [0, -80, 0], [1, 1, 90]])
    assert rule.score(moved, ("a", "b", "c"))[1].tolist() == ["+a", "-b", "+c"]


def test_a_constant_feature_takes_no_part() -> None:
    rows, _ = clusters((60, 40))
    rows[:, 1] = 5.0
    summary = ClusterSummary.of_rows(rows, np.repeat([0, 1], [60, 40]))
    rows[:, 1] = 8.0
    score, reason = AnomalyRule.of_clusters(summary).score(rows, ("a", "b", "c"))
    assert np.isfinite(score).all()
    assert not {"+b", "-b"} & set(reason)


def test_planted_anomalies_score_highest() -> None:
    rows, summary = clusters((900, 50, 50))
    score, _ = AnomalyRule.of_clusters(summary).score(rows, ("a", "b", "c"))
    assert score[:900].mean() < score[900:].mean()


def test_any_clusters_may_count_as_large() -> None:
    _, summary = clusters()
    rule = AnomalyRule.of_clusters(summary, np.array([True, False, False, True]))
    assert rule.centres.tolist() == summary.mean[[0, 3]].tolist()


@given(st.integers(0, 200), st.sampled_from([1, 3, 8, 9, 40]), st.sampled_from([1.0, 1e3, 1e30]))
def test_shares_add_up_to_the_score_and_the_largest_is_the_reason(
    seed: int, features: int, width: float
) -> None:
    random = np.random.default_rng(seed)
    rows = random.standard_t(2, size=(60, features)) * width
    rule = AnomalyRule.of_clusters(ClusterSummary.of_rows(rows, random.integers(0, 4, 60)))
    names = [str(f) for f in range(features)]
    score, reason = rule.score(rows, names)
    shares = rule.shares(rows)
    assert (shares >= 0).all()
    assert_allclose(shares.sum(axis=1), score, rtol=1e-12)
    largest = shares[np.arange(60), [int(text[1:]) for text in reason]]
    assert_allclose(largest, shares.max(axis=1), rtol=1e-12)
