"""Secret sharing, by its two properties: enough shares give the secret, fewer give nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkfl.errors import ProtocolError
from sparkfl.secure_aggregation.shamir import PRIME, SHARE, combine, split

NUMBERS = st.integers(0, PRIME - 1)


@given(st.data(), st.binary(min_size=32, max_size=32), st.lists(NUMBERS, max_size=6))
def test_any_so_many_shares_give_the_secret(
    data: st.DataObject, secret: bytes, coefficients: list[int]
) -> None:
    fewest = len(coefficients) + 1
    places = data.draw(st.lists(st.integers(1, 2**20), min_size=fewest, max_size=9, unique=True))
    shares = dict(zip(places, split(secret, coefficients, places), strict=True))
    chosen = data.draw(st.permutations(places))[: data.draw(st.integers(fewest, len(places)))]
    assert combine({place: shares[place] for place in chosen}) == secret


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32), NUMBERS)
def test_one_share_too_few_is_as_well_one_of_any_other_secret(
    secret: bytes, other: bytes, coefficient: int
) -> None:
    """Of two shares needed: for each other secret there is a polynomial with the same share."""
    place = 3
    (share,) = split(secret, [coefficient], [place])
    difference = int.from_bytes(secret, "big") - int.from_bytes(other, "big")
    fitting = (coefficient + difference * pow(place, -1, PRIME)) % PRIME
    assert split(other, [fitting], [place]) == [share]


def test_the_prime_is_one() -> None:
    """By Miller and Rabin, to forty bases."""
    odd, twos = PRIME - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in range(2, 42):
        powers = [pow(base, odd << i, PRIME) for i in range(twos)]
        assert powers[0] == 1 or PRIME - 1 in powers


def test_shares_of_nothing_are_refused() -> None:
    with pytest.raises(ProtocolError, match="places 1 are of no secret"):
        combine({1: (PRIME - 1).to_bytes(SHARE, "big")})
