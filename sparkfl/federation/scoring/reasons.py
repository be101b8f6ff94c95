"""The texts of the reasons: a sign and the name of a feature."""

from __future__ import annotations

from collections.abc import Sequence

from sparkfl.execution.literals import text_sql

__all__ = ["reasons_sql"]


def reasons_sql(names: Sequence[str]) -> str:
    """Write the array ``+first, -first, +second, …``.

    Examples
    --------
    >>> reasons_sql(["x"])
    "array('+x', '-x')"
    """
    return f"array({', '.join(text_sql(sign + name) for name in names for sign in '+-')})"
