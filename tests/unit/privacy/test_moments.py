"""The gate for moments: whatever the stores hold, no customer's value can be read from it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from sparkfl.privacy.moments import Behind, release_moments
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.moments import Moments

values = st.floats(-1e200, 1e200, allow_nan=False) | st.sampled_from([np.nan, np.inf, 0.0, 1.0])
tables = st.integers(1, 3).flatmap(
    lambda d: st.lists(
        st.lists(st.lists(values, min_size=d, max_size=d), min_size=1, max_size=14),
        min_size=1,
        max_size=5,
    )
)
minimum = st.integers(3, 10)


def surveyed(stores: list[list[list[float]]]) -> tuple[Moments, np.ndarray]:
    """Moments of the finite values of stores, and whether these are all equal, as Spark tells."""
    shape = (len(stores), len(stores[0][0]))
    n, mean, ss = np.zeros(shape, int), np.full(shape, np.nan), np.full(shape, np.nan)
    equal = np.ones(shape, bool)
    with np.errstate(over="ignore", invalid="ignore"):
        for place, rows in enumerate(map(np.array, stores)):
            for f in range(shape[1]):
                x = rows[np.isfinite(rows[:, f]), f]
                if len(x):
                    n[place, f], mean[place, f] = len(x), x.mean()
                    ss[place, f] = x.var() * len(x)
                    equal[place, f] = x.min() == x.max()
    return Moments(n, mean, ss), equal


@given(tables, minimum)
def test_nothing_is_told_of_few_values_or_equal_customers(
    stores: list[list[list[float]]], minimum: int
) -> None:
    moments, equal = surveyed(stores)
    told = release_moments(moments, equal, Rules(minimum))
    leaves = told.n > 0
    assert (told.n[leaves] >= minimum).all()
    assert not leaves[equal.all(axis=1)].any()
    assert np.isfinite(told.mean[leaves]).all()
    assert np.isfinite(told.ss[leaves]).all()
    assert np.isnan(told.mean[~leaves]).all()
    assert np.isnan(told.ss[~leaves]).all()


@given(tables, minimum)
def test_what_may_leave_leaves_as_it_is(stores: list[list[list[float]]], minimum: int) -> None:
    moments, equal = surveyed(stores)
    told = release_moments(moments, equal, Rules(minimum))
    may = (moments.n >= minimum) & ~equal.all(axis=1)[:, None] & np.isfinite(moments.ss)
    assert_array_equal(told.n > 0, may)
    for got, expected in ((told.n, moments.n), (told.mean, moments.mean), (told.ss, moments.ss)):
        assert_array_equal(got[may], expected[may])


@given(tables, minimum, st.floats(-1e9, 1e9))
def test_a_withheld_store_changes_nothing(
    stores: list[list[list[float]]], minimum: int, x: float
) -> None:
    features = len(stores[0][0])
    few, same = [[x + i] * features for i in range(minimum - 1)], [[x] * features] * 30
    pooled = [
        release_moments(*surveyed(s), Rules(minimum)).total()
        for s in (stores, [*stores, few, same])
    ]
    assert_array_equal(pooled[0].n, pooled[1].n)
    assert_array_equal(pooled[0].mean, pooled[1].mean)
    assert_array_equal(pooled[0].ss, pooled[1].ss)


def test_a_store_of_few_customers_tells_nothing_however_many_rows_it_has() -> None:
    rows = np.random.default_rng(0).normal(size=(2, 40))
    moments = Moments(np.full((2, 1), 40), rows.mean(1)[:, None], rows.var(1)[:, None] * 40)
    behind = Behind(np.array([[9], [10]]), np.array([[5], [5]]))
    told = release_moments(moments, np.zeros((2, 1), bool), Rules(10, "id"), behind)
    assert told.n.tolist() == [[0], [40]]


def test_a_feature_that_one_customer_dominates_is_withheld() -> None:
    x = np.random.default_rng(0).normal(size=(2, 40))
    x[1, 7] = 1000.0
    moments = Moments(np.full((1, 2), 40), x.mean(1)[None], x.var(1)[None] * 40)
    one = np.array([[1]])
    behind = Behind(40 * one, one, x.min(1)[None], x.max(1)[None])
    told = release_moments(moments, np.zeros((1, 1), bool), Rules(10, dominance=0.5), behind)
    assert told.n.tolist() == [[40, 0]]
    assert np.isnan(told.mean[0, 1])
    heavy = Behind(40 * one, 21 * one, x.min(1)[None], x.max(1)[None])
    assert not release_moments(
        moments, np.zeros((1, 1), bool), Rules(10, "id", dominance=0.5), heavy
    ).n.any()
