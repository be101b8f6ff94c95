"""Literals: their values by Spark's rules, and their text."""

from __future__ import annotations

import math
import re

from sparkfl.columns import string_literal
from sparkfl.transforms.clause import Literal

__all__ = ["NUMBER", "literal_sql", "number", "unquote"]

NUMBER = re.compile(r"(\d+\.?\d*(?:E[+-]?\d+)?|\.\d+(?:E[+-]?\d+)?)(?:BD|[LSYFD])?\Z", re.I)
_LARGEST = 2**63 - 1
_ESCAPE = re.compile(
    r"\\u([0-9a-fA-F]{4})|\\U(00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4})|\\([01][0-7]{2})"
    r"|\\(.)|(['\"])\5",
    re.S,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "Z": "\x1a"}
_KEPT = ("%", "_")


def unquote(text: str) -> str:
    r"""Return the value of a string literal.

    Examples
    --------
    >>> unquote(r"'it\'s 1\u20ac'"), unquote("r'\\d'"), unquote("'a''b'")
    ("it's 1€", '\\d', "a'b")
    """
    if text[0] in "rR":
        return text[2:-1]
    mark = text[0]

    def meant(match: re.Match[str]) -> str:
        short, long, octal, escaped, doubled = match.groups()
        if short or long:
            return chr(int(short or long, 16))
        if octal:
            return chr(int(octal, 8))
        if escaped:
            # They are escapes of LIKE, not of the literal.
            return match[0] if escaped in _KEPT else _ESCAPES.get(escaped, escaped)
        return doubled if doubled == mark else match[0]

    value = _ESCAPE.sub(meant, text[1:-1])
    # Two escapes may be the halves of one character.
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def number(text: str, negative: bool = False) -> int | float | None:
    """Return the value of a numeric literal; type suffixes do not matter here.

    None stands for a number that neither a 64-bit integer nor a double can hold.

    Examples
    --------
    >>> number("3BD"), number("1.5e3", negative=True), number("99999999999999999999")
    (3, -1500.0, None)
    """
    match = NUMBER.match(text)
    assert match is not None
    digits = match[1]
    if digits.isdigit():
        whole = -int(digits) if negative else int(digits)
        return whole if -_LARGEST - 1 <= whole <= _LARGEST else None
    value = -float(digits) if negative else float(digits)
    return value if math.isfinite(value) else None


def literal_sql(value: Literal) -> str:
    r"""Return the text of a literal.

    Examples
    --------
    >>> [literal_sql(v) for v in ("it's", -2, 0.5, True, None)]
    ["'it\\'s'", '-2', '0.5', 'TRUE', 'NULL']
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, str):
        return string_literal(value)
    return repr(value)
