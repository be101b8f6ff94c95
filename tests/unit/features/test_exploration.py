from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr, spearmanr

from sparkfl.execution.store_figures import told_of
from sparkfl.features.exploration.correlations import rank_correlations
from sparkfl.features.exploration.distributions import edges_of
from sparkfl.statistics.moments import Moments


def moments_of(*columns: np.ndarray) -> Moments:
    n = np.array([[len(c) for c in columns]])
    mean = np.array([[c.mean() if len(c) else np.nan for c in columns]])
    ss = np.array([[((c - c.mean()) ** 2).sum() if len(c) else np.nan for c in columns]])
    return Moments(n, mean, ss)


@given(st.integers(3, 60), st.integers(0, 2**32 - 1))
def test_ranks_correlate_as_scipy_has_it(rows: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 6, (rows, 3)).astype(float)
    y = rng.normal(size=rows)
    x[rng.random(rows) < 0.2, 1] = np.nan
    x[:, 2] = 4.0
    found = rank_correlations(x, y)
    for place in range(2):
        here = np.isfinite(x[:, place])
        if len(np.unique(x[here, place])) > 1:
            expected = spearmanr(x[here, place], y[here]).statistic
            assert found[place] == pytest.approx(expected, abs=1e-9)
    assert np.isnan(found[2])


def test_a_store_tells_what_its_moments_amount_to() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(100, 2, 40), rng.normal(size=40)
    y += x / 4
    told = told_of(moments_of(np.ones(40), x, x, y, x + y), 1, 10)
    assert told["std"][0, 0] == pytest.approx(x.std(ddof=1))
    assert told["pearson"][0, 0] == pytest.approx(pearsonr(x, y).statistic, abs=1e-9)
    assert (told["n"][0, 0], told["missing_share"][0, 0]) == (40, 0)


@pytest.mark.parametrize(("present", "told"), [(40, True), (39, False), (31, False), (30, True)])
def test_how_few_rows_miss_a_value_is_not_told(present: int, told: bool) -> None:
    figures = told_of(moments_of(np.ones(40), np.arange(float(present))), 1, 10)
    assert np.isfinite(figures["missing_share"][0, 0]) == told
    assert np.isfinite(figures["n"][0, 0]) == told
    assert np.isfinite(figures["mean"]).all()


def test_nothing_is_told_of_what_was_withheld() -> None:
    withheld = Moments(np.zeros((1, 5), int), np.full((1, 5), np.nan), np.full((1, 5), np.nan))
    assert all(np.isnan(figure).all() for figure in told_of(withheld, 1, 10).values())


@given(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=40),
    st.integers(1, 30),
)
def test_every_value_has_a_bin(values: list[float], bins: int) -> None:
    edges = edges_of(min(values), max(values), bins)
    assert np.isfinite(edges).all()
    assert (np.diff(edges) >= 0).all()
    assert edges[0] <= min(values)
    assert max(values) <= edges[-1]


def test_bins_are_those_of_numpy() -> None:
    x = np.random.default_rng(2).normal(3, 50, 999).round(1)
    edges = edges_of(x.min(), x.max(), 17)
    counts, expected = np.histogram(x, 17)
    np.testing.assert_array_equal(edges, expected)
    found = np.bincount(np.searchsorted(edges[1:-1], x, side="right"), minlength=17)
    np.testing.assert_array_equal(found, counts)
