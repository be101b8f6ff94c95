"""``TRANSFORM (function(arguments) [AS] alias, …)``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import cast

from pyspark.sql import SparkSession

from sparkfl.columns import quote
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.values import bound, of_path, value_sql, variable
from sparkfl.transforms.clause import Argument, ColumnRef, TransformItem, TransformList

__all__ = ["bound_items", "no_options", "transform", "transform_sql"]


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


def no_options(cursor: Cursor) -> None:
    """Read ``OPTIONS ()`` of a statement that trains no model, as Data Distiller has it.

    Raises
    ------
    SqlSyntaxError
        If there are options.
    """
    if cursor.accept("OPTIONS") and not cursor.accept("(", ")"):
        raise cursor.error("a table is made by no MODEL_TYPE and has no options: leave OPTIONS out")


def transform_sql(items: Iterable[TransformItem]) -> str:
    """Return the text of the items of a TRANSFORM clause."""
    return ", ".join(
        f"{quote(i.function)}({', '.join(map(value_sql, i.arguments))}) AS {quote(i.alias)}"
        for i in items
    )


def bound_items(items: Iterable[TransformItem], spark: SparkSession) -> tuple[TransformItem, ...]:
    """Return items with the values of the session's variables."""
    return tuple(
        replace(i, arguments=cast("tuple[Argument, ...]", bound(i.arguments, spark))) for i in items
    )


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
    """Read a column, a literal, a session variable or an array of these."""
    if cursor.accept("ARRAY", "("):
        return _arguments(cursor)
    if cursor.at_literal():
        return cursor.literal("a value")
    if (found := variable(cursor)) is not None:
        return cast("Argument", found)
    path = cursor.path("a column, a literal or array(…)")
    # session.v may be the field of a column.
    return cast("Argument", of_path(path, schemas=2) or ColumnRef(path))
