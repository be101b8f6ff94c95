"""Shamir's secret sharing of 32 bytes: any so many shares give the secret, fewer give nothing.

PyCryptodome has it for 16 bytes, bit by bit in Python: a thousand stores would take a minute each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache, reduce

from sparkfl.errors import ProtocolError

__all__ = ["PRIME", "SECRET", "SHARE", "combine", "split"]

PRIME = 2**256 + 297
"""The least prime above all secrets."""
SECRET, SHARE = 32, 33
"""Bytes of a secret and of a share."""


def split(secret: bytes, coefficients: Sequence[int], places: Sequence[int]) -> list[bytes]:
    """Share a secret: the values of a polynomial that is the secret at 0 [1]_.

    Parameters
    ----------
    secret : bytes
        32 bytes.
    coefficients : sequence of int
        Drawn uniformly from the numbers below `PRIME`, and used once; one more share than there
        are of them gives the secret.
    places : sequence of int
        Where shares are taken: different numbers from 1 up to the prime.

    Returns
    -------
    list of bytes
        33 bytes a place.

    References
    ----------
    .. [1] Shamir, "How to share a secret", Communications of the ACM, 1979.

    Examples
    --------
    >>> shares = split(b"s" * 32, [12345, 67890], [1, 2, 3, 4])
    >>> combine(dict(zip([4, 1, 3], [shares[3], shares[0], shares[2]])))
    b'ssssssssssssssssssssssssssssssss'
    """
    falling = [*reversed(coefficients), int.from_bytes(secret, "big")]
    return [_value(falling, x).to_bytes(SHARE, "big") for x in places]


def _value(falling: Sequence[int], x: int) -> int:
    """Evaluate a polynomial, its coefficients from the highest power down."""
    return reduce(lambda value, coefficient: (value * x + coefficient) % PRIME, falling, 0)


@lru_cache(maxsize=4)
def _weights(places: tuple[int, ...]) -> list[int]:
    """Return what shares at these places are weighted by: Lagrange's polynomials at 0."""
    found = []
    for x in places:
        above = below = 1
        for other in places:
            if other != x:
                above = above * other % PRIME
                below = below * (other - x) % PRIME
        found.append(above * pow(below, -1, PRIME) % PRIME)
    return found


def combine(shares: Mapping[int, bytes]) -> bytes:
    """Give back the secret of shares by their places.

    Parameters
    ----------
    shares : mapping of int to bytes
        As many as the secret was shared for, or more. Of fewer, what comes out is not the secret.

    Raises
    ------
    ProtocolError
        If they are no shares of a secret of 32 bytes.
    """
    parts = zip(shares.values(), _weights(tuple(shares)), strict=True)
    secret = sum(int.from_bytes(share, "big") * weight for share, weight in parts) % PRIME
    if secret >= 1 << 8 * SECRET:
        raise ProtocolError(
            f"The shares at places {', '.join(map(str, shares))} are of no secret of {SECRET} "
            "bytes: one of those who sent them has altered theirs. Begin a session without them."
        )
    return secret.to_bytes(SECRET, "big")
