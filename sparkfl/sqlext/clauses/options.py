"""``OPTIONS (key = value, …)``."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sparkfl.columns import quote
from sparkfl.errors import SqlSyntaxError
from sparkfl.options import CANDIDATES, RANGE
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.values import of_path, value_sql, variable

__all__ = ["options", "options_sql"]

_VALUES = (
    "a string, a number, TRUE, FALSE, NULL, a session variable, an array of these, "
    "(name BETWEEN low AND high, …), HPARAM_RANGE(low, high) or HPARAM_CANDIDATES([…])"
)


def options(cursor: Cursor) -> dict[str, object]:
    """Read ``(key = value, …)`` after OPTIONS; keys come back in upper case.

    A comma may stand after the last pair, as in examples of Data Distiller.

    Raises
    ------
    SqlSyntaxError
        If a key is given twice, or a value is neither a literal, an identifier nor an array.
    """
    cursor.expect("(")
    found: dict[str, object] = {}
    while not cursor.accept(")"):
        at = cursor.peek()
        key = cursor.identifier("an option's name").upper()
        if key in found:
            assert at is not None
            raise SqlSyntaxError(f"option {key} is given twice; leave one out.", at.line, at.column)
        cursor.expect("=")
        found[key] = _option_value(cursor, key)
        if not cursor.at(")") and not cursor.at(","):
            raise cursor.error(f"option {key} takes {_VALUES}; , or ) was expected after it")
        cursor.accept(",")
    return found


def options_sql(given: Mapping[str, object], word: str = "OPTIONS") -> str:
    """Return the text of an OPTIONS clause, or of one that begins with another word."""
    pairs = [f"{quote(key)} = {value_sql(value)}" for key, value in given.items()]
    return f"{word} ({', '.join(pairs)})"


def _option_value(cursor: Cursor, key: str) -> object:
    """Read a literal, a variable, an identifier (taken as a string), an array or a search."""
    if cursor.accept(RANGE, "("):
        return {RANGE: _option_array(cursor, key, ")")}
    if cursor.accept(CANDIDATES, "("):
        candidates = _option_value(cursor, key)
        cursor.expect(")")
        return {CANDIDATES: candidates}
    for opening, closing in ((("ARRAY", "("), ")"), (("[",), "]")):
        if cursor.accept(*opening):
            return _option_array(cursor, key, closing)
    if cursor.accept("("):
        return _bounds(cursor, key)
    return _option_plain(cursor, key)


def _bounds(cursor: Cursor, key: str) -> str:
    """Read ``(spend BETWEEN 0 AND 500, …)`` up to its closing parenthesis, as a JSON object."""
    found: dict[str, object] = {}
    while True:
        at = cursor.peek()
        name = ".".join(cursor.path(f"option {key}: a feature"))
        if name in found:
            assert at is not None
            raise SqlSyntaxError(
                f"option {key}: {name} is given twice; leave one out.", at.line, at.column
            )
        cursor.expect("BETWEEN")
        low = cursor.literal(f"option {key}: the least value of {name}")
        cursor.expect("AND")
        found[name] = [low, cursor.literal(f"option {key}: the greatest value of {name}")]
        if cursor.accept(")"):
            return json.dumps(found, default=float)
        if not cursor.accept(","):
            raise cursor.error(f"option {key}: , or ) was expected")


def _pairs(cursor: Cursor, key: str, closing: str) -> str:
    """Read ``[STRUCT('yes', 3), …]``, as BigQuery ML's CLASS_WEIGHTS, as a JSON object."""
    found: dict[str, object] = {}
    while True:
        cursor.expect("STRUCT", "(")
        name = cursor.literal(f"option {key}: a class")
        cursor.expect(",")
        found[str(name)] = cursor.literal(f"option {key}: a number")
        cursor.expect(")")
        if not cursor.accept(","):
            break
    cursor.expect(closing)
    return json.dumps(found, default=float)


def _option_array(cursor: Cursor, key: str, closing: str) -> object:
    """Read an array up to and with its closing bracket."""
    if cursor.accept(closing):
        return ()
    if cursor.at("STRUCT", "("):
        return _pairs(cursor, key, closing)
    values = [_option_plain(cursor, key)]
    while cursor.accept(","):
        values.append(_option_plain(cursor, key))
    if not cursor.accept(closing):
        raise cursor.error(f"option {key}: , or {closing} was expected")
    return tuple(values)


def _option_plain(cursor: Cursor, key: str) -> object:
    """Read one value that is no array."""
    if cursor.at_literal():
        return cursor.literal(f"option {key}")
    if cursor.at("ARRAY", "(") or cursor.at("["):
        raise cursor.error(f"option {key}: an array of arrays is none of its values")
    if (found := variable(cursor)) is not None:
        return found
    path = cursor.path(f"option {key}: {_VALUES}")
    return of_path(path) or ".".join(path)
