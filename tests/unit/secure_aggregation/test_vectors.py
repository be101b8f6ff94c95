"""What is added up, and what the total says, against the statistics of all rows together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sparkfl.errors import ParameterError
from sparkfl.secure_aggregation.rehearsal import rehearse
from sparkfl.secure_aggregation.vectors import (
    clusters_of,
    clusters_vector,
    moments_of,
    moments_vector,
)
from sparkfl.statistics.moments import Moments
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import ClusterSummary


def moments(rows: np.ndarray) -> Moments:
    n = np.full((1, rows.shape[1]), len(rows))
    return Moments(n, rows.mean(axis=0)[None], ((rows - rows.mean(axis=0)) ** 2).sum(axis=0)[None])


@pytest.mark.parametrize("features", [1, 4, 47])
def test_the_scaling_is_that_of_all_rows_together(features: int) -> None:
    """Also of means that are 1e9 times their deviations, where sums of squares lose everything."""
    rng = np.random.default_rng(features)
    parts = [1e9 + rng.normal(size=(n, features)) for n in (11, 40, 400)]
    vectors = {str(i): moments_vector(moments(part)) for i, part in enumerate(parts)}
    total = moments_of(rehearse(vectors).total, features)
    rows = np.concatenate(parts)
    scaling = Scaling.of_moments(total)
    assert total.n.tolist() == [[451] * features]
    assert_allclose(scaling.mean, rows.mean(axis=0), rtol=1e-15)
    assert_allclose(scaling.std, rows.std(axis=0, ddof=1), rtol=1e-6)
    # The doubles that stores have computed are merged without any further error.
    merged = Moments(
        *(np.concatenate([getattr(moments(p), f) for p in parts]) for f in ("n", "mean", "ss"))
    )
    assert_allclose(total.ss, merged.total().ss, rtol=1e-9)


def test_of_what_a_store_tells_nothing_it_adds_nothing() -> None:
    told = Moments(np.array([[12, 0]]), np.array([[5.0, np.nan]]), np.array([[40.0, np.nan]]))
    total = moments_of([3 * number for number in moments_vector(told)], 2)
    assert total.n.tolist() == [[36, 0]]
    assert total.mean[0, 0] == 5.0
    assert np.isnan([total.mean[0, 1], total.ss[0, 1]]).all()


@settings(max_examples=30)
@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 4), st.integers(0, 2**32))
def test_clusters_under_the_same_numbers_are_merged(k: int, d: int, stores: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = rng.integers(0, 50, size=(stores, k))
    mean, ss = rng.normal(size=(stores, k, d)), rng.random((stores, k, d))
    vectors = [clusters_vector(ClusterSummary(n[i], mean[i], ss[i])) for i in range(stores)]
    total = clusters_of([sum(column) for column in zip(*vectors, strict=True)], k, d)
    assert total.n.tolist() == n.sum(axis=0).tolist()
    for cluster in np.flatnonzero(total.n):
        own = ClusterSummary(n[:, cluster], mean[:, cluster], ss[:, cluster])
        merged = own.ordered(np.flatnonzero(own.n)).total()
        assert_allclose(total.mean[cluster], merged.mean[0], rtol=1e-12, atol=1e-12)
        assert_allclose(total.ss[cluster], merged.ss[0], rtol=1e-12, atol=1e-12)


def test_histograms_are_vectors_as_they_are() -> None:
    counts = np.array([[5, 0, 12], [1, 7, 0], [0, 0, 30]])
    total = rehearse({str(i): row.tolist() for i, row in enumerate(counts)}).total
    assert total == counts.sum(axis=0).tolist()


def test_what_cannot_be_summed_is_refused() -> None:
    two = Moments(*np.ones((3, 2, 1)))
    with pytest.raises(ParameterError, match="Moments of 2 stores"):
        moments_vector(two)
    infinite = ClusterSummary(np.array([3]), np.array([[np.inf]]), np.array([[0.0]]))
    with pytest.raises(ParameterError, match="not finite"):
        clusters_vector(infinite)
    with pytest.raises(ParameterError, match="has 4 numbers, and 6 were expected"):
        moments_of([1, 2, 3, 4], 2)
