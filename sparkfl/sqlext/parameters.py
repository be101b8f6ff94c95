"""The parameters of a statement, ``:name`` and ``?``, with their values in their places."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sparkfl.errors import ArgumentError
from sparkfl.sqlext.grammar import Token
from sparkfl.sqlext.lexer import lex
from sparkfl.sqlext.literals import literal_sql
from sparkfl.sqlext.parts import Edit, changed

__all__ = ["Args", "named_in", "with_values"]

Args = Mapping[str, Any] | Sequence[Any] | None


def with_values(text: str, args: Args) -> str:
    """Return a statement with values in place of its parameters.

    Parameters
    ----------
    text : str
        A statement.
    args : mapping, sequence or None
        Values by name, or in order.

    Raises
    ------
    ArgumentError
        If a parameter has no value, or one that has no literal.

    Examples
    --------
    >>> with_values("CREATE MODEL m AS SELECT * FROM t WHERE a > :least", {"least": 0.5})
    'CREATE MODEL m AS SELECT * FROM t WHERE a > 0.5D'
    """
    known: dict[Any, Any] = dict(args if isinstance(args, Mapping) else enumerate(args or ()))
    edits: list[Edit] = []
    for place, (marker, stop, name) in enumerate(_markers(text)):
        key = place if name is None else name
        if key not in known:
            raise _unbound(name or f"_{place + 1}", marker)
        edits.append((marker.start, stop, _literal(known[key], f"args[{key!r}]")))
    return changed(text, edits)


def named_in(text: str) -> list[str]:
    """Return the names of a statement's parameters, each once.

    Examples
    --------
    >>> named_in("SELECT * FROM t WHERE a > :least AND b < :most AND c = ':d'")
    ['least', 'most']
    """
    return list(dict.fromkeys(name for _, _, name in _markers(text) if name is not None))


def _markers(text: str) -> Iterator[tuple[Token, int, str | None]]:
    """Give each parameter's first token, where it ends, and its name; that of ``?`` is None."""
    tokens = lex(text)
    for before, token, following in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        if token.text == "?":
            yield token, token.stop, None
        elif following is not None and _is_named(before, token, following):
            yield token, following.stop, following.name


def _is_named(before: Token | None, colon: Token, name: Token) -> bool:
    """Tell ``:name``; a colon right behind a name or a bracket reads a field of a variant."""
    if colon.text != ":" or not name.is_name or name.start != colon.stop:
        return False
    touches = before is not None and before.stop == colon.start
    return not (touches and before is not None and (before.is_name or before.text in (")", "]")))


def _unbound(name: str, token: Token) -> ArgumentError:
    return ArgumentError(
        f"Parameter {name} at line {token.line}, position {token.column} has no value; give it in "
        "args, by name as a dict or in order as a list."
    )


def _literal(value: Any, what: str) -> str:
    """Return a value as Spark's literal of the type that `pyspark.sql.functions.lit` gives it."""
    if value is None or isinstance(value, bool | str):
        return literal_sql(value)
    if isinstance(value, int):
        return str(value) if abs(value) < 2**31 else f"{value}L"
    if isinstance(value, float):
        return f"{value!r}D" if math.isfinite(value) else f"double('{value}')"
    if isinstance(value, Decimal):
        return f"{value}BD"
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value.isoformat(' ')}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, list | tuple):
        return f"array({', '.join(_literal(each, what) for each in value)})"
    raise ArgumentError(
        f"{what} is a {type(value).__name__}; in a statement of sparkfl's it is a text, a number, "
        "a boolean, a date, a timestamp, a list of such, or None. Write others in the statement."
    )
