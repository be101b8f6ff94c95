"""What one customer changes of any figure is at most 1 in its norm, whatever its rows are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sparkfl.privacy.contributions import bounded_sums, bounded_vectors
from sparkfl.privacy.noise import UNIT, Noise

WILD = st.floats(-1e150, 1e150)


@pytest.mark.parametrize("norm", [1, 2])
@pytest.mark.parametrize("squares", [True, False])
@given(data=st.data())
def test_a_customer_changes_at_most_one(data, norm: int, squares: bool) -> None:
    """With and without the customer, sums differ by a norm of `UNIT` at most: the sensitivity."""
    n, d = data.draw(st.integers(2, 12)), data.draw(st.integers(1, 6))
    rows = data.draw(arrays.arrays(np.float64, (n, d), elements=WILD))
    who = data.draw(arrays.arrays(np.float64, n, elements=st.sampled_from([1.0, 2.0, 3.0])))
    cell = data.draw(arrays.arrays(np.int64, n, elements=st.integers(0, 3)))
    radius = data.draw(st.floats(1e-3, 1e3))
    vectors = bounded_vectors(rows, radius, norm, squares)
    with_ = bounded_sums(vectors, cell, 4, who)
    others = who != who[0]
    without = bounded_sums(vectors[others], cell[others], 4, who[others])
    difference = (with_ - without).ravel().astype(object)
    size = sum(abs(x) for x in difference) if norm == 1 else sum(x * x for x in difference)
    assert size <= UNIT**norm


@given(st.integers(1, 200), st.sampled_from([1, 2]))
def test_rows_without_a_key_are_customers(n: int, norm: int) -> None:
    rows = np.random.default_rng(n).normal(size=(n, 3)) * 9
    vectors = bounded_vectors(rows, 2.0, norm, True)
    same = bounded_sums(vectors, np.zeros(n, int), 1, np.arange(float(n)))
    np.testing.assert_array_equal(bounded_sums(vectors, np.zeros(n, int), 1), same)


def test_many_rows_of_a_customer_are_one() -> None:
    rows = np.tile([[0.5, -0.5]], (30, 1))
    once = bounded_sums(rows[:1], np.zeros(1, int), 1)
    np.testing.assert_allclose(bounded_sums(rows, np.zeros(30, int), 1, np.ones(30)), once, atol=2)


@pytest.mark.parametrize("mechanism", ["gaussian", "laplace"])
def test_noise_is_as_large_as_it_says(mechanism: str) -> None:
    noise = Noise.of(mechanism, 1.0, 1e-6)
    told = noise.add(np.full(4000, 7 * UNIT), share=0.25)
    assert abs(told.mean() - 7) < 5 * noise.deviation(0.25) / 4000**0.5
    assert told.std() == pytest.approx(noise.deviation(0.25), rel=0.1)


@pytest.mark.parametrize("share", [1.0, 0.3])
def test_opendp_certifies_what_is_stated(share: float) -> None:
    """Its own map, from the norm that a customer changes to the privacy loss, says the same."""
    dp = pytest.importorskip("opendp.prelude")
    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T="i64"))
    noise = Noise.of("laplace", 0.8)
    laplace = dp.m.make_laplace(space, dp.l1_distance(T="i64"), noise.scale(share) * UNIT)
    assert laplace.map(UNIT) == pytest.approx(0.8 * share)
    noise = Noise.of("gaussian", 0.8, 1e-6)
    gaussian = dp.m.make_gaussian(space, dp.l2_distance(T="i64"), noise.scale(share) * UNIT)
    assert gaussian.map(UNIT) == pytest.approx(share / (2 * noise.multiplier**2))
