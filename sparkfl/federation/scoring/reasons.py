"""The texts of the reasons: a sign and the name of a feature."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["reasons_sql", "text_sql"]


def reasons_sql(names: Sequence[str]) -> str:
    """Write the array ``+first, -first, +second, …``.

    Examples
    --------
    >>> reasons_sql(["x"])
    "array(decode(unhex('2b78'), 'UTF-8'), decode(unhex('2d78'), 'UTF-8'))"
    """
    return f"array({', '.join(text_sql(sign + name) for name in names for sign in '+-')})"


def text_sql(value: str) -> str:
    """Write a text, whatever is in it."""
    return f"decode(unhex('{value.encode().hex()}'), 'UTF-8')"
