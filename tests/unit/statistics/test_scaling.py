"""Z-scores against scikit-learn, and the rule for constant features."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn.preprocessing import StandardScaler

from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import ClusterSummary


def moments(rows: np.ndarray) -> ClusterSummary:
    """Moments of all rows."""
    return ClusterSummary.of_rows(rows, np.zeros(len(rows), dtype=np.int64))


def test_scaling_of_pooled_moments_equals_standard_scaler_of_pooled_rows() -> None:
    random = np.random.default_rng(0)
    stores = [random.normal(7 * s, 1 + s, size=(20 + s, 3)) for s in range(4)]
    pooled = ClusterSummary.concatenate([moments(rows) for rows in stores]).total()
    rows = np.concatenate(stores)
    expected = StandardScaler().fit_transform(rows) * np.sqrt((len(rows) - 1) / len(rows))
    assert_allclose(Scaling.of_moments(pooled).transform(rows), expected, atol=1e-12)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e9, -3.3])
def test_a_constant_feature_scales_to_zero(value: float) -> None:
    rows = np.column_stack([np.full(37, value), np.arange(37.0)])
    scaled = Scaling.of_moments(moments(rows)).transform(rows)
    assert (scaled[:, 0] == 0).all()
    assert scaled[:, 1].std(ddof=1) == pytest.approx(1)


def test_one_row_scales_to_zero() -> None:
    rows = np.array([[5.0, -2.0]])
    assert Scaling.of_moments(moments(rows)).transform(rows).tolist() == [[0.0, 0.0]]


def test_rounding_hides_the_last_bits_and_moves_no_score_visibly() -> None:
    rows = np.random.default_rng(1).normal(50, 3, size=(100, 2))
    scaling = Scaling.of_moments(moments(rows))
    nudged = Scaling(scaling.mean * (1 + 1e-15), scaling.std * (1 - 1e-15))
    assert scaling.rounded().mean.tolist() == nudged.rounded().mean.tolist()
    assert scaling.rounded().std.tolist() == nudged.rounded().std.tolist()
    assert_allclose(scaling.rounded().transform(rows), scaling.transform(rows), atol=1e-9)


def test_identity_changes_nothing() -> None:
    rows = np.arange(6.0).reshape(3, 2)
    assert Scaling.identity(2).transform(rows).tolist() == rows.tolist()


@given(st.integers(0, 100), st.sampled_from([1e-9, 1.0, 1e12]))
def test_a_robust_scaling_is_asinh_of_z_scores_scaled_again(seed: int, width: float) -> None:
    rows = np.random.default_rng(seed).standard_t(1.5, size=(80, 3)) * width
    standard = Scaling.of_moments(moments(rows))
    bent = np.arcsinh((rows - rows.mean(axis=0)) / rows.std(axis=0, ddof=1))
    robust = replace(standard, asinh=Scaling.of_moments(moments(bent)))
    expected = (bent - bent.mean(axis=0)) / bent.std(axis=0, ddof=1)
    assert_allclose(robust.transform(rows), expected, atol=1e-9)
    assert_allclose(robust.inverse(robust.transform(rows)), rows, rtol=1e-9, atol=1e-9 * width)
    again = Scaling.of_json(json.loads(json.dumps(robust.to_json())))
    assert again.transform(rows).tolist() == robust.transform(rows).tolist()


def test_what_is_too_large_to_square_is_scaled_all_the_same() -> None:
    robust = Scaling(np.zeros(1), np.ones(1), Scaling.identity(1))
    scaled = robust.transform(np.array([[1e308], [-np.inf]]))
    assert_allclose(scaled, [[np.arcsinh(1e6)], [-np.arcsinh(1e6)]])


def test_summaries_do_not_follow_through_asinh() -> None:
    robust = Scaling(np.zeros(1), np.ones(1), Scaling.identity(1))
    with pytest.raises(ValueError, match="asinh"):
        robust.summary(moments(np.arange(4.0)[:, None]))


def test_many_rows_take_no_feature_away() -> None:
    stores = ClusterSummary(
        np.full(10, 100_000), np.full((10, 2), 1e10), np.array([[1e5, 1e-20]] * 10)
    )
    scaling = Scaling.of_stores(stores)
    assert_allclose(scaling.std, [1, 0], rtol=1e-5)
    noise = ClusterSummary(np.array([10**6]), np.full((1, 2), 1e-17), np.full((1, 2), 1e-26))
    again = scaling.again(noise)
    assert (again.mean[1], again.std[1]) == (0, 0)
    assert again.std[0] > 0
