"""The values of a call's arguments."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as sf
from pyspark.sql.types import TimestampType

from sparkfl.errors import ArgumentError
from sparkfl.sqlext.calls.places import Asked, bind, name_place, places_of
from sparkfl.sqlext.calls.reading import Call, is_bare_query, unnamed
from sparkfl.sqlext.functions import ARGUMENTS, TableFunction
from sparkfl.sqlext.grammar import Cursor, Token
from sparkfl.sqlext.parts import closing, source, split

__all__ = ["bound", "constant"]

Tokens = Sequence[Token]
_CONSTANTS = ("TRUE", "FALSE", "NULL")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def bound(spark: SparkSession, text: str, call: Call) -> tuple[dict[str, Any], str | None]:
    """Return the arguments of a call by their places, and as JSON what goes among its options.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        What computes constant expressions.
    text : str
        The statement.
    call : Call
        The call.

    Raises
    ------
    ArgumentError
        If the arguments do not fit the function.
    """
    query, function = call.query_place, call.function
    values = [
        constant(spark, text, unnamed(argument))
        if query is not None and place > query
        else _value(spark, text, argument, place == query, function)
        for place, argument in enumerate(call.arguments)
    ]
    given = bind(places_of(function), values)
    if given is None:
        raise _misused(function, f"got ({', '.join(map(_shown, values))})")
    named = name_place(function)
    if named is not None and not isinstance(given[named], str):
        raise _misused(function, f"the {named} is {_shown(given[named])}")
    if "version" in given and given["version"] is None:
        raise _misused(function, "the version is NULL, which is none; leave it out for the latest")
    pairs = list(given.pop("options", {}).items())
    scalars = [place.kind for place in places_of(function) if place.is_scalar]
    pairs += [(kind.upper(), given.pop(kind)) for kind in scalars if kind in given]
    return given, json.dumps(dict(pairs), default=_plain) if pairs else None


def _value(
    spark: SparkSession, text: str, argument: Tokens, is_query: bool, function: TableFunction
) -> Any:
    own = unnamed(argument)
    enclosed = next((token for token in own if token.text != "("), own[0])
    if is_bare_query(own) or (own[0].text == "(" and is_bare_query([enclosed])):
        return Asked(source(text, own))
    if own[0].word == "TABLE" and len(own) > 1:
        inner = own[2:-1] if own[1].text == "(" else own
        return Asked(source(text, inner) if is_bare_query(inner) else f"TABLE {_name(text, own)}")
    if _is_bare_name(own):
        return Asked(f"TABLE {source(text, own)}") if is_query else "".join(t.name for t in own)
    if own[0].word == "OPTIONS" and own[1:2] and closing(own, 2) == len(own) - 1:
        return _options(spark, text, own[2:-1], function)
    return constant(spark, text, own)


def _name(text: str, table: Tokens) -> str:
    """Return the name in ``TABLE t`` or ``TABLE(t)``."""
    return source(text, table[2:-1] if table[1].text == "(" else table[1:])


def _is_bare_name(part: Tokens) -> bool:
    """Tell ``a``, ``a.b``, ``a$3`` and ``a@champion``; not ``session.a``, a variable, nor TRUE."""
    if len(part) > 2 and part[-2].text in ("$", "@"):
        name, mark, version = part[-3:]
        if name.stop == mark.start and mark.stop == version.start:
            part = part[:-2]
    words = [token.word for token in part]
    if words[:2] == ["SESSION", "."] or words[:4] == ["SYSTEM", ".", "SESSION", "."]:
        return False
    return len(part) % 2 == 1 and all(
        token.is_name if place % 2 == 0 else token.text == "." for place, token in enumerate(part)
    )


def _options(
    spark: SparkSession, text: str, tokens: Tokens, function: TableFunction
) -> dict[str, Any]:
    """Read ``KEY = value, …``; a bare word is a text."""
    given: dict[str, Any] = {}
    for key, *value in split(tokens):
        if len(value) < 2 or not key.is_name or value[0].text != "=":
            raise _misused(function, f"the options are {source(text, tokens)}")
        if key.name.upper() in (known.upper() for known in given):
            raise ArgumentError(
                f"{function.name}: option {key.name.upper()} is given twice; leave one out."
            )
        word = value[1:]
        is_text = _is_bare_name(word) and word[0].word not in _CONSTANTS
        given[key.name] = (
            "".join(token.name for token in word) if is_text else constant(spark, text, word)
        )
    return given


def constant(spark: SparkSession, text: str, tokens: Tokens) -> Any:
    """Return the value of a literal, or of an expression of literals and variables."""
    cursor = Cursor(text, list(tokens))
    if cursor.at_literal():
        value = cursor.literal("a value")
        if cursor.peek() is None:
            return value
    found = spark.sql(f"SELECT {source(text, tokens)} AS value")
    if isinstance(found.schema.fields[0].dataType, TimestampType):
        # As an instant: a collected one is of the time zone of this process, and does not say so.
        micros = found.select(sf.unix_micros("value")).first()
        assert micros is not None
        return None if micros[0] is None else _EPOCH + timedelta(microseconds=micros[0])
    row = found.first()
    assert row is not None
    return row[0].asDict() if isinstance(row[0], Row) else row[0]


def _plain(value: Any) -> float | str:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    raise ArgumentError(f"{value!r} is no value of an option; give a number, a text or a boolean.")


def _shown(value: Any) -> str:
    return "a query" if isinstance(value, Asked) else repr(value)


def _misused(function: TableFunction, found: str) -> ArgumentError:
    kinds = [place.kind for place in places_of(function)]
    meanings = [f"{kind}, {ARGUMENTS[kind]['meaning']}" for kind in kinds]
    examples = [ARGUMENTS[kind]["example"] for kind in kinds]
    example = f"{function.name}({', '.join(filter(None, examples))})"
    return ArgumentError(
        f"{function.name} takes ({function.arguments}): {'; '.join(meanings)}. But {found}. "
        f"Write {example}."
    )
