"""A statement that is one call: ``SELECT function(…)`` or ``SELECT * FROM function(…)``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sparkfl.columns import quote
from sparkfl.errors import SqlSyntaxError
from sparkfl.sqlext.clauses.query import Query
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.values import of_path, value_sql, variable

__all__ = ["Call", "call", "call_sql"]

_OBJECTS = ("JSONB_BUILD_OBJECT", "JSON_BUILD_OBJECT", "NAMED_STRUCT", "MAP", "OBJECT_CONSTRUCT")
_QUERIES = ("SELECT", "WITH", "VALUES", "TABLE", "FROM")


@dataclass(frozen=True)
class Call:
    """A call of a function.

    Attributes
    ----------
    arguments : mapping of str to object
        Its arguments by name: literals, session variables, tuples, mappings or a `Query`.
    rows : bool
        Whether it stands in FROM.
    alias : str or None
        The name of its column.
    """

    arguments: Mapping[str, object]
    rows: bool
    alias: str | None


def call(cursor: Cursor, function: str, names: tuple[str, ...], more: bool = False) -> Call:
    """Read a call, which is a whole statement.

    Parameters
    ----------
    cursor : Cursor
        At SELECT.
    function : str
        Its name.
    names : tuple of str
        Names of the arguments, in the order in which they stand without.
    more : bool, default False
        Whether it takes arguments of other names, too.

    Raises
    ------
    SqlSyntaxError
        If an argument has a name that is none, or is given twice, or something follows the call.
    """
    cursor.expect("SELECT")
    rows = cursor.accept("*", "FROM")
    cursor.expect(function.upper(), "(")
    found: dict[str, object] = {}
    while not cursor.accept(")"):
        at = cursor.peek()
        if at is None:
            raise cursor.error(f"{function}: an argument or ) was expected")
        name = _name(cursor)
        if name is None:
            free = names[len(found) :]
            if not free:
                raise cursor.error(f"{function} takes {', '.join(names)}: ) was expected")
            name = free[0]
        if name in found or (name not in names and not more):
            told = "is given twice" if name in found else f"is none of {', '.join(names)}"
            raise SqlSyntaxError(f"{function}: {name} {told}.", at.line, at.column)
        found[name] = _value(cursor, f"{function}: {name}")
        if not cursor.at(")") and not cursor.accept(","):
            raise cursor.error(f"{function}: , or ) was expected")
    alias = None
    if not rows and (cursor.accept("AS") or cursor.peek() is not None):
        alias = cursor.identifier("a name of the column")
    cursor.end()
    return Call(found, rows, alias)


def call_sql(function: str, found: Call) -> str:
    """Return the text of a call."""
    given = [f"{quote(k)} => {_sql(v)}" for k, v in found.arguments.items()]
    alias = f" AS {quote(found.alias)}" if found.alias else ""
    return f"SELECT {'* FROM ' * found.rows}{function}({', '.join(given)}){alias}"


def _sql(value: object) -> str:
    if isinstance(value, Query):
        return f"({value.text})"
    if isinstance(value, Mapping):
        pairs = [f"{_sql(k)}, {_sql(v)}" for k, v in value.items()]
        return f"jsonb_build_object({', '.join(pairs)})"
    return value_sql(value)


def _name(cursor: Cursor) -> str | None:
    """Read ``name =>`` or ``name =``."""
    arrow = cursor.peek(1)
    if arrow is None or arrow.text not in ("=>", "="):
        return None
    name = cursor.identifier("an argument's name").lower()
    cursor.take()
    return name


def _value(cursor: Cursor, what: str) -> object:
    """Read a literal, a variable, an object, an array, a query, or a name as text."""
    at = cursor.peek()
    if at is not None and at.text.upper() in _OBJECTS and cursor.at(at.text.upper(), "("):
        cursor.take()
        cursor.take()
        return _object(cursor, what)
    if cursor.at("(") or (at is not None and at.text.upper() in _QUERIES):
        return _query(cursor, what)
    for opening, closing in ((("ARRAY", "("), ")"), (("[",), "]")):
        if cursor.accept(*opening):
            return _array(cursor, what, closing)
    if cursor.at_literal():
        return cursor.literal(what)
    if (found := variable(cursor)) is not None:
        return found
    path = cursor.path(what)
    return of_path(path) or ".".join(path)


def _array(cursor: Cursor, what: str, closing: str) -> tuple[object, ...]:
    values: list[object] = []
    while not cursor.accept(closing):
        values.append(_value(cursor, what))
        if not cursor.at(closing):
            cursor.expect(",")
    return tuple(values)


def _object(cursor: Cursor, what: str) -> dict[str, object]:
    """Read ``key, value, …)``."""
    found: dict[str, object] = {}
    while not cursor.accept(")"):
        key = str(cursor.literal(f"{what}: a key as a string"))
        cursor.expect(",")
        found[key] = _value(cursor, f"{what}: {key}")
        if not cursor.at(")"):
            cursor.expect(",")
    return found


def _query(cursor: Cursor, what: str) -> Query:
    """Read a query up to the parenthesis that closes the call, or in parentheses of its own."""
    enclosed = cursor.accept("(")
    first, depth = cursor.peek(), 0
    last = first
    while depth or not cursor.at(")"):
        if cursor.peek() is None:
            raise cursor.error(f"{what}: ) was expected")
        last = cursor.take()
        depth += {"(": 1, ")": -1}.get(last.text, 0)
    if first is None or last is None or first is cursor.peek():
        raise cursor.error(f"{what}: a query was expected")
    if enclosed:
        cursor.expect(")")
    return Query.between(cursor.text, first.start, last.stop)
