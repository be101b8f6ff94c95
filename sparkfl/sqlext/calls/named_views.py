"""Feature views that stand where a table may, put in their places as frames."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.errors import AnalysisException

from sparkfl.columns import quote
from sparkfl.sqlext.calls.definitions import definitions
from sparkfl.sqlext.calls.reading import is_table
from sparkfl.sqlext.grammar import Token
from sparkfl.sqlext.lexer import lex
from sparkfl.sqlext.parts import path_of

__all__ = ["missing_name", "places"]

_UNKNOWN = "TABLE_OR_VIEW_NOT_FOUND"
# Statements that name a table after FROM and read no rows of it.
_OTHERS = ("DELETE", "SHOW")
_AT_A_TIME = ("TIMESTAMP", "VERSION", "FOR", "SYSTEM_TIME", "SYSTEM_VERSION")
# What may follow a table that has no alias.
_NO_ALIAS = {
    *("ANTI", "CROSS", "EXCEPT", "FULL", "INNER", "INTERSECT", "JOIN", "LATERAL", "LEFT", "MINUS"),
    *("NATURAL", "ON", "RIGHT", "SEMI", "SETMINUS", "UNION", "USING", "WHERE", "GROUP", "HAVING"),
    *("ORDER", "SORT", "CLUSTER", "DISTRIBUTE", "LIMIT", "OFFSET", "WINDOW", "QUALIFY", "PIVOT"),
    *("UNPIVOT", "SELECT", "INSERT", "MAP", "REDUCE", "WHEN"),
}
# An alias would stand behind them.
_BEFORE_ALIAS = ("TABLESAMPLE", "WITH", "WATERMARK")


def missing_name(text: str, error: AnalysisException) -> str | None:
    """Return the name of the table for want of which Spark refuses a statement.

    Returns
    -------
    str or None
        Its parts, joined by dots; None if something else is wrong, or no table is read there.
    """
    if error.getCondition() != _UNKNOWN:
        return None
    path = path_of(lex((error.getMessageParameters() or {}).get("relationName", "")))
    name = ".".join(path or ())
    return name if any(found == name.lower() for found, _, _ in places(text)) else None


def places(text: str) -> list[tuple[str, tuple[int, int], str]]:
    """Return the names that stand where a query reads a table, and are defined by no WITH.

    Returns
    -------
    list of tuple
        The name in lower case, where it begins and ends, and the alias that it lacks: `` AS name``.

    Examples
    --------
    >>> places("WITH a AS (SELECT 1) SELECT * FROM a JOIN s.V USING (x)")
    [('s.v', (42, 45), ' AS `V`')]
    >>> places("SELECT b.x FROM b c"), places("SHOW COLUMNS FROM b")
    ([('b', (16, 17), '')], [])
    """
    tokens, found = lex(text), []
    if not tokens or tokens[0].word in _OTHERS:
        return []
    for at, token in enumerate(tokens):
        alone = _is_table_query(tokens, at)
        if not token.is_name or not (alone or is_table(tokens, at)):
            continue
        stop = at
        while stop + 2 < len(tokens) and tokens[stop + 1].text == "." and tokens[stop + 2].is_name:
            stop += 2
        after = tokens[stop + 1] if stop + 1 < len(tokens) else None
        if after is not None and (after.text == "(" or after.word in _AT_A_TIME):
            continue
        parts = [part.name for part in tokens[at : stop + 1 : 2]]
        if len(parts) == 1 and definitions(text, tokens, at, quote(parts[0])):
            continue
        alias = "" if alone or _has_alias(after) else f" AS {quote(parts[-1])}"
        found.append((".".join(parts).lower(), (token.start, tokens[stop].stop), alias))
    return found


def _is_table_query(tokens: Sequence[Token], at: int) -> bool:
    """Tell the name of ``TABLE name``, a query."""
    before = [token.text.upper() for token in tokens[max(at - 2, 0) : at]]
    return before in (["TABLE"], ["(", "TABLE"])


def _has_alias(after: Token | None) -> bool:
    """Tell whether an alias follows, or there is no place for one."""
    if after is None:
        return False
    if after.word == "AS" or after.word in _BEFORE_ALIAS:
        return True
    return after.is_name and after.word not in _NO_ALIAS
