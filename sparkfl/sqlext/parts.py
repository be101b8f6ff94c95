"""Parts of a statement, as sequences of tokens, and changes of its text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sparkfl.sqlext.grammar import Token

__all__ = [
    "Edit",
    "changed",
    "closing",
    "opening",
    "path_of",
    "source",
    "split",
    "without_semicolon",
]

Edit = tuple[int, int, str]
"""Where a text begins and ends, and what takes its place."""


def closing(tokens: Sequence[Token], first: int) -> int:
    """Return the place of the parenthesis that closes what stands from `first` on, or -1.

    Examples
    --------
    >>> from sparkfl.sqlext.lexer import lex
    >>> closing(lex("f(a, (b), c) d"), 2)
    9
    """
    depth = 0
    for place in range(first, len(tokens)):
        text = tokens[place].text
        depth += (text in ("(", "[")) - (text in (")", "]"))
        if depth < 0:
            return place
    return -1


def opening(tokens: Sequence[Token], at: int) -> int:
    """Return the place of the parenthesis that encloses the token at `at`, or -1."""
    depth = 1
    for place in range(at - 1, -1, -1):
        depth += (tokens[place].text == ")") - (tokens[place].text == "(")
        if not depth:
            return place
    return -1


def path_of(tokens: Sequence[Token]) -> tuple[str, ...] | None:
    """Return the names that dots join, if it is nothing else.

    Examples
    --------
    >>> from sparkfl.sqlext.lexer import lex
    >>> path_of(lex("a.`b c`")), path_of(lex("a + b"))
    (('a', 'b c'), None)
    """
    names, dots = tokens[::2], tokens[1::2]
    is_path = len(tokens) % 2 == 1 and all(token.is_name for token in names)
    if not is_path or any(token.text != "." for token in dots):
        return None
    return tuple(token.name for token in names)


def source(text: str, tokens: Sequence[Token]) -> str:
    """Return what stands in a text from the first token to the last."""
    return text[tokens[0].start : tokens[-1].stop]


def split(tokens: Sequence[Token]) -> list[list[Token]]:
    """Return what stands between the commas that are in no parentheses; nothing is left out.

    Examples
    --------
    >>> from sparkfl.sqlext.lexer import lex
    >>> [len(part) for part in split(lex("a, f(b, c), d"))]
    [1, 6, 1]
    """
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if token.text == "," and not depth:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]


def without_semicolon(tokens: Sequence[Token]) -> Sequence[Token]:
    """Leave the semicolons at the end out."""
    while tokens and tokens[-1].text == ";":
        tokens = tokens[:-1]
    return tokens


def changed(text: str, edits: Iterable[Edit]) -> str:
    """Return a text with its changes, which do not overlap.

    Examples
    --------
    >>> changed("SELECT a", [(7, 8, "b"), (0, 0, "EXPLAIN ")])
    'EXPLAIN SELECT b'
    """
    for start, stop, put in sorted(edits, key=lambda edit: edit[:2], reverse=True):
        text = text[:start] + put + text[stop:]
    return text
