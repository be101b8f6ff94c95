"""What WITH defines around a place of a statement."""

from __future__ import annotations

from collections.abc import Sequence

from sparkfl.sqlext.grammar import Token
from sparkfl.sqlext.lexer import lex
from sparkfl.sqlext.parts import closing, opening

__all__ = ["definitions"]


def definitions(text: str, tokens: Sequence[Token], at: int, query: str) -> str:
    """Return the WITH clauses around a place as one, if a query names what they define.

    Parameters
    ----------
    text : str
        The statement.
    tokens : sequence of Token
        Its tokens.
    at : int
        Which token it is.
    query : str
        The query.

    Returns
    -------
    str
        ``""`` if it names nothing of them.

    Examples
    --------
    >>> text = "WITH a AS (SELECT 1), b AS (TABLE a) SELECT * FROM b"
    >>> definitions(text, lex(text), len(lex(text)) - 1, "TABLE b")
    'WITH a AS (SELECT 1), b AS (TABLE a) '
    """
    found: dict[str, str] = {}
    recursive = False
    level = at
    while level >= 0:
        begins = opening(tokens, level)
        own, recurs = _defined(text, tokens, begins + 1, at)
        # What is nearer hides what is farther away.
        found |= {name: text for name, text in own.items() if name not in found}
        recursive |= recurs
        level = begins
    names = {token.name.lower() for token in lex(query) if token.is_name}
    if not names & set(found):
        return ""
    return f"WITH {'RECURSIVE ' if recursive else ''}{', '.join(reversed(found.values()))} "


def _defined(
    text: str, tokens: Sequence[Token], first: int, at: int
) -> tuple[dict[str, str], bool]:
    """Return what a WITH between two places, in no parentheses, defines before the second."""
    place, found, recursive = first, dict[str, str](), False
    while place < at:
        if tokens[place].text == "(":
            place = closing(tokens, place + 1)
            if place < 0:
                break
        elif tokens[place].word == "WITH":
            recursive = tokens[place + 1].word == "RECURSIVE"
            found, place = _definitions_from(text, tokens, place + 1 + recursive, at)
        place += 1
    return found, recursive


def _definitions_from(
    text: str, tokens: Sequence[Token], place: int, at: int
) -> tuple[dict[str, str], int]:
    """Read ``name [(columns)] AS (query), …``, the later ones first; those that hold `at` not."""
    found: dict[str, str] = {}
    while place + 2 < len(tokens) and tokens[place].is_name:
        opens = place + 1
        while opens < len(tokens) and tokens[opens].word != "AS":
            opens = closing(tokens, opens + 1) + 1 if tokens[opens].text == "(" else opens + 1
        closes = closing(tokens, opens + 2)
        if closes < 0 or tokens[opens + 1].text != "(" or closes >= at:
            break
        definition = text[tokens[place].start : tokens[closes].stop]
        found = {tokens[place].name.lower(): definition, **found}
        place = closes + 1
        if tokens[place].text != ",":
            break
        place += 1
    return found, place
