"""Integers modulo a power of two, against Python's own."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkfl.errors import ParameterError
from sparkfl.secure_aggregation.fixed_point import FixedPoint, reduced

FORMATS = st.sampled_from(
    [FixedPoint(32, 0), FixedPoint(64, 20), FixedPoint(128, 64), FixedPoint()]
)


@given(FORMATS, st.lists(st.lists(st.floats(-1000, 1000), min_size=3, max_size=3), min_size=1))
def test_the_sum_of_the_words_is_that_of_the_rounded_numbers(
    numbers: FixedPoint, vectors: list[list[float]]
) -> None:
    encoded = [numbers.encode(vector, len(vectors)) for vector in vectors]
    rounded = [numbers.decode(words) for words in encoded]
    assert numbers.decode(sum(encoded)) == [sum(column) for column in zip(*rounded, strict=True)]
    for vector, told in zip(vectors, rounded, strict=True):
        for value, own in zip(vector, told, strict=True):
            assert abs(own - Fraction(value)) <= numbers.step / 2


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=2.0**-75, max_value=1e38))
def test_doubles_of_usual_sizes_are_not_rounded(value: float) -> None:
    numbers = FixedPoint()
    assert numbers.decode(numbers.encode([value, -value], 1)) == [value, -Fraction(value)]


@given(st.lists(st.integers(-(2**40), 2**40), min_size=2, max_size=2), st.integers(-(2**30), 2**30))
def test_words_carry_as_integers_do(word: list[int], times: int) -> None:
    integer = word[0] + (word[1] << 32)
    low, high = reduced(np.array([word]))[0].tolist()
    assert (low + (high << 32) - integer) % 2**64 == 0
    assert 0 <= low < 2**32
    assert 0 <= high < 2**32


@given(FORMATS, st.integers(1, 1000))
def test_the_largest_numbers_add_up_and_larger_ones_are_refused(
    numbers: FixedPoint, stores: int
) -> None:
    largest = numbers.largest(stores)
    words = numbers.encode([largest, -largest], stores)
    assert numbers.decode(words * stores) == [stores * largest, -stores * largest]
    for value in (largest + numbers.step, -largest - numbers.step):
        with pytest.raises(ParameterError, match="could overflow"):
            numbers.encode([value], stores)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_what_is_not_finite_is_refused_by_its_place(value: float) -> None:
    with pytest.raises(ParameterError, match=r"Number 1 of the vector is -?(nan|inf)"):
        FixedPoint().encode([1.0, value], 3)


@pytest.mark.parametrize(("bits", "fraction"), [(33, 8), (0, 0), (2048, 0), (64, 64), (64, -1)])
def test_formats_that_cannot_be_are_refused(bits: int, fraction: int) -> None:
    with pytest.raises(ParameterError, match=r"(bits|fraction) is "):
        FixedPoint(bits, fraction)
