"""Products of the elements of several columns, in stock SQL."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

__all__ = ["interaction_sql"]


def interaction_sql(columns: Sequence[tuple[str, Sequence[int], bool]]) -> tuple[str, int]:
    """Write the products of one element of each column, those of the last column side by side.

    Parameters
    ----------
    columns : sequence of (str, sequence of int, bool)
        The text of each, of each element how many categories it numbers, 1 if it is no category,
        and whether the column is an array.

    Returns
    -------
    str, int
        The text of an array, and its length.
    """
    parts = [_encoded(text, categories, is_array) for text, categories, is_array in columns]
    return reduce(_multiplied, parts)


def _encoded(text: str, categories: Sequence[int], is_array: bool) -> tuple[str, int]:
    """Write a column with an element for each category."""
    if is_array and max(categories, default=1) == 1:
        return text, len(categories)
    elements = [f"get({text}, {i})" for i in range(len(categories))] if is_array else [text]
    found = [_element(*pair) for pair in zip(elements, categories, strict=True)]
    return found[0] if len(found) == 1 else f"concat({', '.join(found)})", sum(categories)


def _element(value: str, categories: int) -> str:
    if categories == 1:
        return f"array({value})"
    places = f"sequence(0, {categories - 1}), array_repeat({value}, {categories})"
    return f"zip_with({places}, (j, p) -> CAST(j = p AS DOUBLE))"


def _multiplied(first: tuple[str, int], second: tuple[str, int]) -> tuple[str, int]:
    (a, m), (b, n) = first, second
    slow = f"flatten(transform({a}, x -> array_repeat(x, {n})))"
    return f"zip_with({slow}, flatten(array_repeat({b}, {m})), (x, y) -> x * y)", m * n
