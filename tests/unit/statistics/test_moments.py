from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from sparkfl.statistics.moments import Moments
from sparkfl.statistics.scaling import Scaling


@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=6),
    st.integers(1, 5),
    st.integers(0, 99),
    st.floats(0, 1e6),
)
def test_the_total_is_that_of_all_values(
    sizes: list[int], features: int, seed: int, offset: float
) -> None:
    random = np.random.default_rng(seed)
    stores = [random.normal(offset, 3, size=(n, features)) for n in sizes]
    rows = np.concatenate(stores)
    moments = Moments(
        np.array([[len(s)] * features for s in stores]),
        np.array([s.mean(axis=0) for s in stores]),
        np.array([s.var(axis=0) * len(s) for s in stores]),
    )
    total = moments.total()
    assert total.n.tolist() == [[len(rows)] * features]
    assert_allclose(total.mean[0], rows.mean(axis=0), atol=1e-9)
    assert_allclose(total.ss[0], rows.var(axis=0) * len(rows), rtol=1e-6, atol=1e-6)
    order = random.permutation(len(stores))
    shuffled = Moments(moments.n[order], moments.mean[order], moments.ss[order]).total()
    assert_array_equal(total.mean, shuffled.mean)
    assert_array_equal(total.ss, shuffled.ss)


def test_features_are_counted_one_by_one() -> None:
    nan = np.nan
    moments = Moments(
        np.array([[3, 0, 0], [5, 4, 0]]),
        np.array([[1.0, nan, nan], [9.0, 2.0, nan]]),
        np.array([[2.0, nan, nan], [0.0, 8.0, nan]]),
    )
    total = moments.total()
    assert total.n.tolist() == [[8, 4, 0]]
    assert total.mean[0, :2].tolist() == [6.0, 2.0]
    assert total.ss[0, :2].tolist() == [2 + 3 * 25 + 5 * 9, 8.0]
    scaling = Scaling.of_moments(total)
    assert_allclose(scaling.std, [np.sqrt(122 / 7), np.sqrt(8 / 3), nan])


def test_no_store_tells_nothing() -> None:
    none = Moments(np.zeros((0, 2), int), np.zeros((0, 2)), np.zeros((0, 2))).total()
    assert none.n.tolist() == [[0, 0]]
    assert np.isnan(none.mean).all()
