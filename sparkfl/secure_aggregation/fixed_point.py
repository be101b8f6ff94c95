"""Numbers as integers modulo a power of two, in which sums are exact and masks are uniform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from sparkfl.errors import ParameterError

__all__ = ["FixedPoint", "Words", "reduced"]

Words = npt.NDArray[np.int64]
"""Integers as words of 32 bits, the lowest first, shape (numbers, words). Words that are sums of
others are carried only by `reduced`, so that billions of them may be added without a carry."""

_WORD = 32
_MOST_BITS = 1024


@dataclass(frozen=True)
class FixedPoint:
    """Numbers as integers modulo ``2**bits``, the last `fraction` bits behind the point.

    A number is rounded once, to the nearest multiple of ``2**-fraction``; sums of the integers are
    exact, whatever their order. With the defaults doubles of a size of 1.4e-23 or more, or 0,
    are not rounded at all, and totals may be as large as 1.7e38.

    Parameters
    ----------
    bits : int, default 256
        Bits of an integer, a multiple of 32 up to 1024.
    fraction : int, default 128
        Bits behind the point, from 0, fewer than `bits`.

    Raises
    ------
    ParameterError
        If there can be no such numbers.

    Examples
    --------
    >>> numbers = FixedPoint()
    >>> total = numbers.encode([0.1, -3], 2) + numbers.encode([0.2, 1], 2)
    >>> numbers.decode(total) == [Fraction(0.1) + Fraction(0.2), -2]
    True
    """

    bits: int = 256
    fraction: int = 128

    def __post_init__(self) -> None:
        if self.bits % _WORD or not _WORD <= self.bits <= _MOST_BITS:
            raise ParameterError(
                f"bits is {self.bits}; give a multiple of {_WORD} up to {_MOST_BITS}."
            )
        if not 0 <= self.fraction < self.bits:
            raise ParameterError(
                f"fraction is {self.fraction}; give a number from 0 up to bits - 1, "
                f"{self.bits - 1}."
            )

    @property
    def words(self) -> int:
        """Words of an integer."""
        return self.bits // _WORD

    @property
    def step(self) -> Fraction:
        """What numbers are multiples of; one is rounded by half of it at most."""
        return Fraction(1, 1 << self.fraction)

    def largest(self, summands: int) -> Fraction:
        """Return the largest size of a number of which so many can be summed."""
        return Fraction(((1 << self.bits - 1) - 1) // summands, 1 << self.fraction)

    def encode(self, values: Sequence[float | Fraction], summands: int) -> Words:
        """Return numbers as words, shape (numbers, words).

        Parameters
        ----------
        values : sequence of float, int or Fraction
            Finite numbers.
        summands : int
            How many such vectors are summed.

        Raises
        ------
        ParameterError
            If a number is not finite, or so large that the sum of so many could overflow.
        """
        most = ((1 << self.bits - 1) - 1) // summands
        return self.of_bytes(
            b"".join(self._bytes(place, value, most) for place, value in enumerate(values))
        )

    def _bytes(self, place: int, value: float | Fraction, most: int) -> bytes:
        try:
            numerator, denominator = value.as_integer_ratio()
        except (OverflowError, ValueError) as error:
            raise ParameterError(
                f"Number {place} of the vector is {value}, which cannot be summed. Leave rows with "
                "NULL, NaN or infinite values out before they are added up."
            ) from error
        integer = (2 * (int(numerator) << self.fraction) + denominator) // (2 * int(denominator))
        if abs(integer) > most:
            raise ParameterError(
                f"Number {place} of the vector is {float(value):g}, and the sum could overflow: "
                f"with {self.bits} bits, {self.fraction} of them behind the point, it may be "
                f"{float(Fraction(most, 1 << self.fraction)):g} at most. Scale the values, or take "
                "more bits or a smaller fraction."
            )
        return (integer % (1 << self.bits)).to_bytes(self.bits // 8, "little")

    def decode(self, words: Words) -> list[Fraction]:
        """Return the numbers that words stand for, exactly."""
        raw, size = self.to_bytes(words), self.bits // 8
        integers = (
            int.from_bytes(raw[i : i + size], "little", signed=True)
            for i in range(0, len(raw), size)
        )
        return [Fraction(integer, 1 << self.fraction) for integer in integers]

    def to_bytes(self, words: Words) -> bytes:
        """Lay words out as bytes, carried."""
        return reduced(words).astype("<u4").tobytes()

    def of_bytes(self, raw: bytes) -> Words:
        """Read what `to_bytes` wrote."""
        words: Words = np.frombuffer(raw, "<u4").astype(np.int64).reshape(-1, self.words)
        return words


def reduced(words: Words) -> Words:
    """Carry words, which may be sums and differences of others, modulo the power of two.

    Examples
    --------
    >>> reduced(np.array([[2**32 + 5, 7]])).tolist(), reduced(np.array([[-1, 0]])).tolist()
    ([[5, 8]], [[4294967295, 4294967295]])
    """
    carried = np.empty_like(words)
    carry = np.zeros(len(words), dtype=np.int64)
    for place in range(words.shape[1]):
        word = words[:, place] + carry
        carried[:, place] = word & ((1 << _WORD) - 1)
        carry = word >> _WORD
    return carried
