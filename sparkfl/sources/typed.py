"""A text as a value of a type, in SQL: NULL where it is none."""

from __future__ import annotations

import re

from sparkfl.columns import string_literal
from sparkfl.sources.rules import TextRules

__all__ = ["INFERRED", "is_number_type", "is_text_type", "present", "typed"]

_BLANKS = r"[\p{Z}\s\x{feff}]+"
_INTEGERS = ("TINYINT", "BYTE", "SMALLINT", "SHORT", "INT", "INTEGER", "BIGINT", "LONG")
_FLOATS = ("FLOAT", "REAL", "DOUBLE")
_DECIMAL = re.compile(r"(DECIMAL|DEC|NUMERIC)\s*(\(\s*\d+\s*(,\s*\d+\s*)?\))?\Z")
_TIMES = ("DATE", "TIMESTAMP", "TIMESTAMP_NTZ", "TIMESTAMP_LTZ")
_STRINGS = ("STRING", "TEXT")
_ISO = r"^\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:.*)?$"
INFERRED = ("BOOLEAN", "BIGINT", "DOUBLE", "DATE", "TIMESTAMP")
"""Types that the values of a column are tried for, in this order."""


def is_text_type(type_: str) -> bool:
    """Tell whether a text can be read as a type of SQL, or is one.

    Examples
    --------
    >>> is_text_type("decimal(10, 2)"), is_text_type("ARRAY<INT>")
    (True, False)
    """
    name = type_.strip().upper()
    return name in (*_TIMES, *_STRINGS, "BOOLEAN") or is_number_type(name)


def is_number_type(type_: str) -> bool:
    """Tell whether a type of SQL is one of numbers.

    Examples
    --------
    >>> is_number_type("decimal(10, 2)"), is_number_type("DATE")
    (True, False)
    """
    name = type_.strip().upper()
    return name in (*_INTEGERS, *_FLOATS) or bool(_DECIMAL.match(name))


def present(text: str, rules: TextRules) -> str:
    """Return the expression of a text without the blanks around it; NULL where it says nothing.

    Parameters
    ----------
    text : str
        An expression of a string.
    rules : TextRules
        What stands for nothing.
    """
    trimmed = f"regexp_replace({text}, {string_literal(f'^{_BLANKS}|{_BLANKS}$')}, '')"
    nothing = ", ".join(map(string_literal, dict.fromkeys(["", *rules.null_values])))
    return f"IF({trimmed} IN ({nothing}), NULL, {trimmed})"


def typed(text: str, type_: str, rules: TextRules) -> str:
    """Return the expression of a value.

    Parameters
    ----------
    text : str
        What `present` returns.
    type_ : str
        A type of `is_text_type`.
    rules : TextRules
        How numbers and dates are written.
    """
    name = type_.strip().upper()
    if name in _STRINGS:
        return text
    if name == "BOOLEAN":
        return (
            f"CASE WHEN lower({text}) IN ('true', 't', 'yes', 'y', '1') THEN TRUE "
            f"WHEN lower({text}) IN ('false', 'f', 'no', 'n', '0') THEN FALSE END"
        )
    if name in _TIMES:
        return _time(text, name, rules)
    return _number(text, name, rules)


def _number(text: str, name: str, rules: TextRules) -> str:
    group = r"[ \x{a0}\x{202f}]" if rules.thousands == " " else _character(rules.thousands)
    point = _character(rules.decimal)
    digits = rf"(\d+|\d{{1,3}}({group}\d{{3}})+)" if rules.thousands else r"\d+"
    whole = name in _INTEGERS
    rest = rf"({point}0*)?" if whole else rf"({point}\d*)?([eE][+-]?\d+)?"
    fraction = "0+" if whole else r"\d+([eE][+-]?\d+)?"
    pattern = f"^[+-]?({digits}{rest}|{point}{fraction})$"
    plain = text
    if rules.thousands:
        plain = f"regexp_replace({plain}, {string_literal(group)}, '')"
    if whole:
        plain = f"regexp_replace({plain}, {string_literal(point + '0*$')}, '')"
        plain = f"IF({plain} IN ('', '+', '-'), '0', {plain})"
    elif rules.decimal != ".":
        plain = f"replace({plain}, {string_literal(rules.decimal)}, '.')"
    value = f"try_cast({plain} AS {name})"
    if name in _FLOATS:
        value = f"nullif(nullif({value}, CAST('Infinity' AS {name})), CAST('-Infinity' AS {name}))"
    return f"IF({text} RLIKE {string_literal(pattern)}, {value}, NULL)"


def _time(text: str, name: str, rules: TextRules) -> str:
    iso = f"IF({text} RLIKE {string_literal(_ISO)}, try_cast({text} AS {name}), NULL)"
    others = [f"try_to_timestamp({text}, {string_literal(each)})" for each in rules.date_formats]
    if not others:
        return iso
    return f"coalesce({', '.join([iso, *(f'CAST({each} AS {name})' for each in others)])})"


def _character(mark: str) -> str:
    """Return the pattern of one character."""
    return f"[{mark}]" if mark not in "\\^[]" else f"\\{mark}"
