"""WHERE of a feature view: conditions of its sources, and the window that they have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sparkfl.sqlext.grammar import Cursor, Token
from sparkfl.sqlext.parts import path_of
from sparkfl.sqlext.views.expression import Tokens, refuse_now, text_of
from sparkfl.sqlext.views.relations import Relation

__all__ = ["conditions"]

_TODAY = ("CURRENT_DATE", "CURRENT_TIMESTAMP", "NOW")
_UNITS = {"DAY": 1, "DAYS": 1, "WEEK": 7, "WEEKS": 7}


def conditions(
    text: str,
    tokens: Tokens,
    relations: Sequence[Relation],
    home: Callable[[Tokens], Relation],
) -> None:
    """Give each condition that AND joins to its source.

    ``time >= CURRENT_DATE - INTERVAL 30 DAY`` is no condition, but the window of all aggregates of
    the source, whose time that column is if it has none.

    Parameters
    ----------
    text : str
        The statement.
    tokens : sequence of Token
        What stands after WHERE.
    relations : sequence of Relation
        The sources, which get what is theirs.
    home : callable
        Tells which source an expression is of.

    Raises
    ------
    SqlSyntaxError
        If a condition is of two sources, or of the time that the query runs at.
    """
    parts = _conjuncts(tokens)
    others = []
    for part in parts:
        if (found := _window(text, part)) is None:
            others.append(part)
            continue
        column, days = found
        named = column[0].name.lower() if len(column) > 1 else ""
        own = next((r for r in relations if named in r.aliases), None) or home(column)
        name = text_of(text, column, own.aliases)
        if own.time is None:
            own.time = ".".join(path_of(column[2:] if named in own.aliases else column) or (name,))
        if own.time.lower() == name.replace("`", "").lower():
            own.days = days
        else:
            others.append(part)
    for part in others:
        refuse_now(part)
        own = home(part)
        condition = text_of(text, part, own.aliases)
        if len(others) > 1:
            condition = f"({condition})"
        own.where = condition if own.where is None else f"{own.where} AND {condition}"


def _conjuncts(tokens: Tokens) -> list[list[Token]]:
    """Split at each AND that is in no parentheses, CASE or BETWEEN; not beside an OR."""
    parts: list[list[Token]] = [[]]
    depth, between = 0, False
    for token in tokens:
        depth += (token.word in ("(", "[", "CASE")) - (token.word in (")", "]", "END"))
        if not depth and token.word == "OR":
            return [list(tokens)]
        if not depth and token.word == "AND" and not between:
            parts.append([])
            continue
        if not depth:
            between = token.word == "BETWEEN" or (between and token.word != "AND")
        parts[-1].append(token)
    return [part for part in parts if part]


def _window(text: str, part: list[Token]) -> tuple[list[Token], int] | None:
    """Read ``column >= CURRENT_DATE - INTERVAL 30 DAY``: the column and the days."""
    at = next((i for i, token in enumerate(part) if token.text == ">="), len(part))
    column, cursor = part[:at], Cursor(text, part[at + 1 :])
    if path_of(column) is None:
        return None
    token = cursor.peek()
    if token is None or token.word not in _TODAY:
        return None
    cursor.take()
    cursor.accept("(", ")")
    if not cursor.accept("-", "INTERVAL"):
        return None
    number = cursor.peek()
    digits = number.text.strip("'\"") if number is not None else ""
    unit = cursor.peek(1)
    if not digits.isdigit() or unit is None or unit.word not in _UNITS or cursor.peek(2):
        return None
    return column, int(digits) * _UNITS[unit.word]
