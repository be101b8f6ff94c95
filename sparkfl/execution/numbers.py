"""Arrays of numbers in SQL: written out, or read from a column."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from sparkfl.statistics.summary import Matrix

__all__ = ["INLINE", "Numbers", "mapped", "number_sql", "summed"]

INLINE = 16
"""Longer arrays are gone through by a lambda: slower, but what Spark plans does not grow."""
_WRITTEN = 64
"""Longer arrays of numbers are written as one text."""


def number_sql(value: float) -> str:
    """Write a double, exactly.

    Examples
    --------
    >>> number_sql(-0.1), number_sql(float("inf"))
    ('(-0.1D)', "double('inf')")
    """
    return f"({float(value)!r}D)" if math.isfinite(value) else f"double('{float(value)}')"


@dataclass(frozen=True)
class Numbers:
    """An array of doubles, or a part of one.

    Parameters
    ----------
    values : numpy.ndarray, shape (n,), optional
        The numbers, where they are the same for all rows.
    column : str, optional
        Text of an array column, where they are not.
    start : int, default 0
        Where the part begins.

    Examples
    --------
    >>> import numpy as np
    >>> Numbers(np.array([1.0, 2.0])).at(1), Numbers(column="c", start=3).at("i")
    ('(2.0D)', 'get(c, 3 + i)')
    """

    values: Matrix | None = None
    column: str = ""
    start: int = 0

    @property
    def sql(self) -> str:
        """Text of the whole array."""
        if self.values is None:
            return self.column
        if len(self.values) <= _WRITTEN:
            return f"array({', '.join(map(number_sql, self.values))})"
        # One literal of Spark's plan, which would have one a number otherwise.
        return f"cast(split('{','.join(map(repr, self.values.tolist()))}', ',') as array<double>)"

    def at(self, index: int | str) -> str:
        """Write one of the numbers, by its place or by the text of it."""
        if self.values is None:
            place = index if not self.start else f"{self.start} + {index}"
            return f"get({self.column}, {place})"
        if isinstance(index, int):
            return number_sql(self.values[index])
        return f"get({self.sql}, {index})"

    def part(self, start: int, size: int) -> Numbers:
        """Return some of the numbers."""
        if self.values is None:
            return Numbers(None, self.column, self.start + start)
        return Numbers(self.values[start : start + size])


Term = Callable[[int | str], str]


def summed(size: int, term: Term, operator: str = "+", i: str = "i") -> str:
    """Write the sum, or the product, of a term for each place, from the left.

    Examples
    --------
    >>> summed(2, lambda i: f"x[{i}]")
    '(x[0] + x[1])'
    """
    if size <= INLINE:
        return "(" + f" {operator} ".join(term(place) for place in range(size)) + ")"
    first = "0.0D" if operator == "+" else "1.0D"
    return f"aggregate(sequence(0, {size - 1}), {first}, (a{i}, {i}) -> a{i} {operator} {term(i)})"


def mapped(size: int, term: Term, i: str = "i") -> str:
    """Write the array of a term for each place.

    Examples
    --------
    >>> mapped(2, lambda i: f"x[{i}]")
    'array(x[0], x[1])'
    """
    if size <= INLINE:
        return f"array({', '.join(term(place) for place in range(size))})"
    return f"transform(sequence(0, {size - 1}), {i} -> {term(i)})"
