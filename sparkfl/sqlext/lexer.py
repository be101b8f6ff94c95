"""Spark's tokens, where there is no JVM to ask for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace

from sparkfl.sqlext.grammar import Token

__all__ = ["lex", "names_in_double_quotes", "unclosed_comment"]

_EXPONENT = r"E[+-]?[0-9]+"
_DECIMAL = r"(?:[0-9]+\.[0-9]*|\.[0-9]+)"
_LITERAL = "|".join(
    rf"(?P<{kind}>[0-9]+(?:{_EXPONENT})?{suffix}(?!\w)|{_DECIMAL}(?:{_EXPONENT})?{suffix}(?!\w))"
    for kind, suffix in (
        ("BIGDECIMAL_LITERAL", "BD"),
        ("FLOAT_LITERAL", "F"),
        ("DOUBLE_LITERAL", "D"),
    )
)
_WHITE = r" \t\n\x0b\f\r\xa0\u1680\u2000-\u200a\u2028\u202f\u205f\u3000"
"""White space of Spark's lexer; Python knows more."""

_TOKEN = re.compile(
    rf"""(?P<skip>[{_WHITE}]+|--(?:\\\n|[^\r\n])*)
      | (?P<comment>/\*(?!\+))
      | (?P<STRING_LITERAL>'(?:[^'\\]|\\.|'')*'|R'[^']*'|R"[^"]*")
      | (?P<DOUBLEQUOTED_STRING>"(?:[^"\\]|\\.|"")*")
      | (?P<BACKQUOTED_IDENTIFIER>`(?:[^`]|``)*`)
      | (?P<dollar>\$[^\W\d_]*\$)
      | (?P<BIGINT_LITERAL>[0-9]+L(?!\w))
      | (?P<SMALLINT_LITERAL>[0-9]+S(?!\w))
      | (?P<TINYINT_LITERAL>[0-9]+Y(?!\w))
      | {_LITERAL}
      | (?P<EXPONENT_VALUE>[0-9]+E[+-][0-9]+|[0-9]+E[0-9]+(?!\w)|{_DECIMAL}{_EXPONENT}(?!\w))
      | (?P<DECIMAL_VALUE>{_DECIMAL}(?!\w))
      | (?P<INTEGER_VALUE>[0-9]+(?!\w))
      | (?P<IDENTIFIER>[^\W\d_]+://[\w/.?=&\#%-]+|\w+)
      | (?P<symbol>/\*\+|\*/|<=>|<>|!=|==|<=|!>|>=|!<|<<|>>>?|\|\||::|->|=>|\|>|.)""",
    re.X | re.S | re.I,
)
_COMMENT = re.compile(r"/\*|\*/")
_NESTING = {"ARRAY", "MAP", "STRUCT"}
_quoted: ContextVar[bool] = ContextVar("names in double quotes", default=False)


@contextmanager
def names_in_double_quotes(quoted: bool) -> Iterator[None]:
    """Have `lex` take what is in double quotes for names while the block lasts, or for texts."""
    token = _quoted.set(quoted)
    try:
        yield
    finally:
        _quoted.reset(token)


def lex(text: str) -> list[Token]:
    """Return the tokens of a text as Spark's lexer has them, without comments and white space.

    Keywords are of the kind ``IDENTIFIER``, symbols of the kind ``symbol``.

    Parameters
    ----------
    text : str
        Any text; what is in no rule of Spark's is a symbol.

    Examples
    --------
    >>> [token.text for token in lex("SELECT 'it''s', 1.5e3 -- three")]
    ['SELECT', "'it''s'", ',', '1.5e3']
    """
    found = list(_tokens(text))
    if not _quoted.get():
        return found
    return [
        replace(t, kind="BACKQUOTED_IDENTIFIER") if t.kind == "DOUBLEQUOTED_STRING" else t
        for t in found
    ]


def unclosed_comment(text: str) -> int | None:
    """Return where a comment begins that hides the rest of a text; None if all are closed.

    Examples
    --------
    >>> unclosed_comment("SELECT 1 /* one */"), unclosed_comment("SELECT 1 /* one /* two */")
    (None, 9)
    """
    at = max((token.stop for token in lex(text)), default=0)
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match is not None
        is_comment = match.lastgroup == "comment"
        stop = _comment_end(text, at) if is_comment else match.end()
        if stop < 0:
            return at
        at = stop
    return None


def _tokens(text: str) -> Iterator[Token]:
    at, line, begins, nesting = 0, 1, 0, 0
    seen = _without_numerals(text)
    while at < len(text):
        match = _TOKEN.match(seen, at)
        assert match is not None
        kind, stop = str(match.lastgroup), match.end()
        if kind == "comment":
            closed = _comment_end(text, at)
            stop = len(text) if closed < 0 else closed
        elif kind == "dollar":
            yield from _dollar_quoted(text, at, stop, line, at - begins)
            closing = text.find(match.group(), stop)
            stop = len(text) if closing < 0 else closing + len(match.group())
        elif kind != "skip":
            if nesting and match.group().startswith(">>"):
                # Two that close types, such as those of array<array<int>>, are no shift.
                stop = at + 1
            nesting += text[at:stop].upper() in _NESTING
            nesting -= nesting > 0 and text[at:stop] == ">"
            yield Token(kind, text[at:stop], at, stop, line, at - begins)
        if newlines := text.count("\n", at, stop):
            line, begins = line + newlines, text.rindex("\n", at, stop) + 1
        at = stop


def _without_numerals(text: str) -> str:
    """Blot out numerals such as ², which are of words for Python, and of no word for Spark."""
    if text.isascii():
        return text
    return "".join(
        "\0" if each.isalnum() and not (each.isascii() or each.isalpha()) else each for each in text
    )


def _comment_end(text: str, start: int) -> int:
    """Return where a comment ends, in which others may be; -1 if it does not."""
    depth = 0
    for mark in _COMMENT.finditer(text, start):
        depth += 1 if mark.group() == "/*" else -1
        if not depth:
            return mark.end()
    return -1


def _dollar_quoted(text: str, start: int, stop: int, line: int, column: int) -> Iterator[Token]:
    """Give a string between dollars as its quotes and what is between them."""
    closing = text.find(text[start:stop], stop)
    end = len(text) if closing < 0 else closing
    yield Token("symbol", text[start:stop], start, stop, line, column)
    yield Token("symbol", text[stop:end], stop, end, line, column + stop - start)
    if closing >= 0:
        yield Token("symbol", text[start:stop], end, end + stop - start, line, column)
