"""Davies-Bouldin and Calinski-Harabasz against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from sparkfl.metrics.dispersion import dispersion


@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(8, 300),
    k=st.integers(2, 6),
    d=st.integers(1, 5),
    far=st.sampled_from([0.0, 1e6]),
)
@settings(max_examples=60, deadline=None)
def test_both_equal_scikit_learn(seed: int, rows: int, k: int, d: int, far: float) -> None:
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(k), rng.integers(0, k, rows - k)])
    x = rng.normal(size=(rows, d)) + labels[:, None]
    # Far from zero scikit-learn itself loses digits.
    bouldin, harabasz = dispersion(x.T + far, labels.astype(np.float64))
    assert bouldin == pytest.approx(metrics.davies_bouldin_score(x, labels), rel=1e-6)
    assert harabasz == pytest.approx(metrics.calinski_harabasz_score(x, labels), rel=1e-6)


def test_more_rows_than_a_slice() -> None:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 3, 100_000)
    x = rng.normal(size=(100_000, 2)) + labels[:, None]
    expected = (
        metrics.davies_bouldin_score(x, labels),
        metrics.calinski_harabasz_score(x, labels),
    )
    assert dispersion(x.T, labels.astype(np.float64)) == pytest.approx(expected, rel=1e-9)


def test_degenerate_clusters() -> None:
    one = dispersion(np.ones((2, 3)), np.zeros(3))
    none = dispersion(np.ones((2, 0)), np.zeros(0))
    assert np.isnan([*one, *none]).all()
    same = dispersion(np.ones((1, 4)), np.array([0.0, 0.0, 1.0, 1.0]))
    assert same[0] == 0.0
    assert np.isnan(same[1])
