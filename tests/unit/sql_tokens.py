"""A small lexer with the tokens of Spark's, for tests that have no JVM."""

from __future__ import annotations

import re

from sparkfl.sqlext.grammar import Cursor, Token

_PATTERN = re.compile(
    r"""(?P<skip>\s+|--[^\n]*|/\*.*?\*/)
      | (?P<STRING_LITERAL>[rR]?'(?:[^'\\]|\\.|'')*')
      | (?P<DOUBLEQUOTED_STRING>"(?:[^"\\]|\\.|"")*")
      | (?P<BACKQUOTED_IDENTIFIER>`(?:[^`]|``)*`)
      | (?P<DECIMAL_VALUE>\d+\.\d*(?:[eE][+-]?\d+)?|\.\d+|\d+[eE][+-]?\d+)
      | (?P<INTEGER_VALUE>\d+)
      | (?P<IDENTIFIER>\w+)
      | (?P<SYMBOL>=>|.)""",
    re.X | re.S,
)


def tokens(text: str) -> list[Token]:
    """Return the tokens of a text."""
    found = []
    for match in _PATTERN.finditer(text):
        if match.lastgroup != "skip":
            before = text[: match.start()]
            line, column = before.count("\n") + 1, len(before) - before.rfind("\n") - 1
            kind = str(match.lastgroup)
            found.append(Token(kind, match.group(), match.start(), match.end(), line, column))
    return found


def cursor(text: str) -> Cursor:
    """Return a cursor at the beginning of a text."""
    return Cursor(text, tokens(text))
