"""The clauses that model statements share: TRANSFORM, OPTIONS, names and versions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sparkfl.sqlext.grammar import Cursor
from sparkfl.transforms.clause import Argument, ColumnRef, TransformItem, TransformList

__all__ = [
    "IfExists",
    "TrainingClauses",
    "if_exists",
    "options",
    "training_clauses",
    "transform",
    "version",
]


@dataclass(frozen=True)
class TrainingClauses:
    """What a training statement says after the model's name.

    Attributes
    ----------
    transform : TransformList or None
        TRANSFORM, None if left out.
    options : mapping of str to object
        OPTIONS, keys in upper case; empty if left out.
    query : str
        The query after AS, led by as many blanks as stood before it.
    """

    transform: TransformList | None
    options: dict[str, object]
    query: str


def training_clauses(cursor: Cursor, types: Iterable[str]) -> TrainingClauses:
    """Read TRANSFORM and OPTIONS, in either order and both optional, and ``AS query``.

    Raises
    ------
    SqlSyntaxError
        If a clause comes twice, or AS and its query are missing; `types` are the valid types,
        for the message.
    """
    items: TransformList | None = None
    given: dict[str, object] | None = None
    while not cursor.accept("AS"):
        if items is None and cursor.accept("TRANSFORM"):
            items = transform(cursor)
        elif given is None and cursor.accept("OPTIONS"):
            given = options(cursor)
        else:
            raise cursor.error(
                "AS and the training query are missing: [TRANSFORM (…)] OPTIONS (MODEL_TYPE = '…') "
                f"AS SELECT … was expected, with MODEL_TYPE one of {', '.join(sorted(types))}"
            )
    return TrainingClauses(items, given or {}, cursor.rest())


def transform(cursor: Cursor) -> TransformList:
    """Read ``(item, …)`` after TRANSFORM."""
    first = cursor.peek()
    cursor.expect("(")
    items = [_item(cursor)]
    while cursor.accept(","):
        items.append(_item(cursor))
    last = cursor.peek()
    cursor.expect(")")
    assert first is not None
    assert last is not None
    return TransformList(tuple(items), cursor.text[first.stop : last.start].strip())


def _item(cursor: Cursor) -> TransformItem:
    """Read one item; the alias is mandatory, AS is not."""
    function = cursor.identifier("a transformer's name").lower()
    cursor.expect("(")
    arguments = _arguments(cursor)
    cursor.accept("AS")
    if cursor.at(",") or cursor.at(")") or cursor.peek() is None:
        raise cursor.error(f"{function}(…) needs an alias: {function}(…) AS name")
    return TransformItem(function, arguments, cursor.identifier("an alias"))


def _arguments(cursor: Cursor) -> tuple[Argument, ...]:
    """Read arguments up to and with the closing parenthesis."""
    if cursor.accept(")"):
        return ()
    arguments = [_argument(cursor)]
    while cursor.accept(","):
        arguments.append(_argument(cursor))
    cursor.expect(")")
    return tuple(arguments)


def _argument(cursor: Cursor) -> Argument:
    """Read a column, a literal or an array of either."""
    if cursor.accept("ARRAY", "("):
        return _arguments(cursor)
    if cursor.at_literal():
        return cursor.literal("a value")
    return ColumnRef(cursor.path("a column, a literal or array(…)"))


def options(cursor: Cursor) -> dict[str, object]:
    """Read ``(key = value, …)`` after OPTIONS; keys come back in upper case.

    Raises
    ------
    SqlSyntaxError
        If a key is given twice, or a value is neither a literal, an identifier nor an array.
    """
    cursor.expect("(")
    found: dict[str, object] = {}
    while True:
        key = cursor.identifier("an option's name").upper()
        if key in found:
            raise cursor.error(f"option {key} is given twice; once was expected")
        cursor.expect("=")
        found[key] = _option_value(cursor)
        if not cursor.accept(","):
            break
    cursor.expect(")")
    return found


def _option_value(cursor: Cursor) -> object:
    """Read a literal, an identifier (taken as a string) or an array of literals."""
    if cursor.at_literal():
        return cursor.literal("a value")
    if cursor.accept("ARRAY", "(") or cursor.accept("["):
        values = [cursor.literal("a value")]
        while cursor.accept(","):
            values.append(cursor.literal("a value"))
        if not cursor.accept("]"):
            cursor.expect(")")
        return tuple(values)
    return cursor.name("a value")


@dataclass(frozen=True)
class IfExists:
    """What CREATE does when the name is taken: exactly one of three words."""

    replace: bool = False
    ignore: bool = False


def if_exists(cursor: Cursor, replace: bool) -> IfExists:
    """Read ``[IF NOT EXISTS]``, which does not go with OR REPLACE."""
    if not cursor.at("IF", "NOT", "EXISTS"):
        return IfExists(replace=replace)
    if replace:
        raise cursor.error("OR REPLACE and IF NOT EXISTS exclude each other; choose one")
    cursor.expect("IF", "NOT", "EXISTS")
    return IfExists(ignore=True)


def version(cursor: Cursor) -> int | str | None:
    """Read an optional version: a number, or an alias such as champion."""
    if cursor.peek() is None:
        return None
    if cursor.at_literal():
        value = cursor.literal("a version")
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise cursor.error("a version is a whole number or an alias")
        return value
    return cursor.identifier("a version number or an alias")
