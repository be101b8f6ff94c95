"""Values written in SQL, whatever a session says of strings."""

from __future__ import annotations

import re

from sparkfl.execution.numbers import number_sql

__all__ = ["constant_sql", "text_sql"]

_PLAIN = re.compile(r"[ !\"#%&(-?A-\[\]^_a-~]*\Z")
"""Text that needs no escape, which settings may turn off, and holds no variable to replace."""


def text_sql(value: str) -> str:
    r"""Write a text, whatever is in it.

    Examples
    --------
    >>> text_sql("+spend"), text_sql("it's")
    ("'+spend'", "decode(unhex('69742773'), 'UTF-8')")
    """
    if _PLAIN.match(value):
        return f"'{value}'"
    return f"decode(unhex('{value.encode().hex()}'), 'UTF-8')"


def constant_sql(value: str | float | bool) -> str:
    """Write a text, a number as a double, or a boolean.

    Examples
    --------
    >>> constant_sql("yes"), constant_sql(2.0), constant_sql(True)
    ("'yes'", '(2.0D)', 'true')
    """
    if isinstance(value, bool):
        return str(value).lower()
    return text_sql(value) if isinstance(value, str) else number_sql(value)
