"""Expressions in a feature view: where they end, whose columns they name, what they may not say."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from sparkfl.errors import SqlSyntaxError
from sparkfl.sqlext.grammar import Cursor, Token
from sparkfl.sqlext.parts import Edit, changed

__all__ = [
    "Tokens",
    "enclosed",
    "mistake",
    "qualifiers",
    "refuse_now",
    "taken_until",
    "text_of",
]

Tokens = Sequence[Token]

_NOW = {"CURRENT_DATE", "CURRENT_TIMESTAMP", "LOCALTIMESTAMP"}
_NOW_CALLED = {"NOW", "CURDATE", "RAND", "RANDOM", "UUID"}


def mistake(token: Token, message: str) -> SqlSyntaxError:
    """Return a syntax error at a token."""
    return SqlSyntaxError(message, token.line, token.column)


def taken_until(cursor: Cursor, *words: str) -> list[Token]:
    """Step over what stands before one of some words or symbols that is in no parentheses."""
    taken: list[Token] = []
    depth = 0
    while (token := cursor.peek()) is not None:
        distinct = token.word == "FROM" and taken and taken[-1].word == "DISTINCT"
        if not depth and token.word in words and not distinct:
            break
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if depth < 0:
            break
        taken.append(cursor.take())
    return taken


def enclosed(cursor: Cursor, what: str) -> list[Token]:
    """Step over ``( … )``; return what is inside, which is something."""
    cursor.expect("(")
    inside = taken_until(cursor, ")")
    if not inside:
        raise cursor.error(f"{what} was expected")
    cursor.expect(")")
    return inside


def qualifiers(tokens: Tokens, known: Collection[str]) -> dict[str, Token]:
    """Return which of some names, in lower case, stand before a dot, and where first."""
    found: dict[str, Token] = {}
    for token, _, name in _qualifying(tokens):
        if name in known:
            found.setdefault(name, token)
    return found


def text_of(
    text: str, tokens: Tokens, dropped: Collection[str] = (), changes: Collection[Edit] = ()
) -> str:
    """Return what stands from the first token to the last, with ``name.`` left out, and changes.

    Examples
    --------
    >>> from sparkfl.sqlext.lexer import lex
    >>> text_of("t.a + f(T.`b`, t.c.t.d)", lex("t.a + f(T.`b`, t.c.t.d)"), {"t"})
    'a + f(`b`, c.t.d)'
    """
    left_out = [
        (token.start, dot.stop, "") for token, dot, name in _qualifying(tokens) if name in dropped
    ]
    start = tokens[0].start
    edits = [(a - start, b - start, put) for a, b, put in [*left_out, *changes]]
    return changed(text[start : tokens[-1].stop], edits)


def refuse_now(tokens: Tokens) -> None:
    """Refuse what changes with the time that a query runs at.

    Raises
    ------
    SqlSyntaxError
        If such a function is there; with its position.
    """
    for before, token, after in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        called = after is not None and after.text == "("
        is_part = before is not None and before.text == "."
        if not is_part and (token.word in _NOW or (called and token.word in _NOW_CALLED)):
            raise mistake(
                token,
                f"{token.text} is of the time that a query runs at, not of the time that features "
                "are asked for. For the last days of that write OVER LAST n DAYS, for the time "
                "itself as_of, beside an aggregate.",
            )


def _qualifying(tokens: Tokens) -> Iterator[tuple[Token, Token, str]]:
    """Give each name before a dot that is behind none, the dot, and the name in lower case."""
    before = None
    for token, dot in pairwise(tokens):
        if token.is_name and dot.text == "." and (before is None or before.text != "."):
            yield token, dot, token.name.lower()
        before = token
