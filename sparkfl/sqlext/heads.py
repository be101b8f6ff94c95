"""Which statements are sparkfl's, by their first words; everything else is Spark's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sparkfl.sqlext.grammar import Token
from sparkfl.sqlext.parts import closing, without_semicolon
from sparkfl.sqlext.statements import STATEMENTS, head_length

__all__ = ["statement_name"]

Tokens = Sequence[Token]
_IF_NOT_EXISTS = ["IF", "NOT", "EXISTS"]


def statement_name(tokens: Tokens) -> str | None:
    """Return the name of a model statement, None of what is Spark's.

    `ModelStatement.scala` decides alike, from the same ``statements.json``.

    Examples
    --------
    >>> from sparkfl.sqlext.lexer import lex
    >>> statement_name(lex("create or replace model m")), statement_name(lex("SELECT 1"))
    ('CreateModel', None)
    """
    for name, words in STATEMENTS.items():
        length = head_length(tokens, words)
        if length is not None and not _ELSEWHERE.get(name, _never)(tokens[length:]):
            return name
    return None


def _never(_: Tokens) -> bool:
    return False


def _words(tokens: Tokens, count: int) -> list[str]:
    return [token.word for token in tokens[:count]]


def _name_on(tokens: Tokens) -> Tokens:
    """Return what stands from the name on, behind IF NOT EXISTS."""
    return tokens[3:] if _words(tokens, 3) == _IF_NOT_EXISTS else tokens


def _after_name(tokens: Tokens) -> str | None:
    """Return the word after a name, "" at the end; None where no name stands."""
    while len(tokens) > 1 and tokens[0].is_name and tokens[1].text == ".":
        tokens = tokens[2:]
    if not tokens or not tokens[0].is_name:
        return None
    return tokens[1].word if len(tokens) > 1 else ""


def _is_stock_create_table(tokens: Tokens) -> bool:
    """Tell whether it is Spark's: no TRANSFORM follows the name, nor properties in WITH (…)."""
    name = _name_on(tokens)
    after = _after_name(name)
    if after != "WITH":
        return after != "TRANSFORM"
    words = [token.word for token in name]
    properties = words[words.index("WITH") + 1 :]
    closed = properties.index(")") if ")" in properties else len(properties)
    return properties[closed + 1 : closed + 2] not in (["TRANSFORM"], ["AS"])


def _is_create_table_using(tokens: Tokens) -> bool:
    """Tell whether it is Spark's deprecated CREATE TEMPORARY TABLE … USING, columns or OPTIONS."""
    return _after_name(_name_on(tokens)) not in ("AS", "TRANSFORM", "WITH", "-")


def _is_update_table(tokens: Tokens) -> bool:
    """Tell whether ``UPDATE model SET …`` updates a table of that name, also with an alias."""
    if tokens and tokens[0].word in ("SET", "AS"):
        return True
    return _after_name(tokens) not in ("TRANSFORM", "OPTIONS", "AS", "VERSION", "", "-")


def _is_part_of_query(tokens: Tokens) -> bool:
    """Tell whether a call is not the whole statement, but for an alias."""
    after = closing(tokens, 0)
    rest = without_semicolon(tokens[after + 1 :]) if after >= 0 else []
    if not rest:
        return False
    return not (len(rest) <= 2 and rest[-1].is_name and (len(rest) == 1 or rest[0].word == "AS"))


def _is_describe_table(tokens: Tokens) -> bool:
    if _words(tokens, 2) == ["PARTITION", "("] or _words(tokens, 3) == ["AS", "JSON"]:
        return True
    return not (tokens and tokens[0].is_name)


def _is_describe_column(tokens: Tokens) -> bool:
    """Tell whether ``DESCRIBE release policy`` describes a column of a table of that name."""
    return not (tokens and tokens[0].is_name)


_ELSEWHERE: Mapping[str, Callable[[Tokens], bool]] = {
    "CreateTempTable": _is_create_table_using,
    "CreateTransformedTable": _is_stock_create_table,
    "DescribeExternalSource": _is_describe_column,
    "DescribeFeatureView": _is_describe_column,
    "DescribeModel": _is_describe_table,
    "DescribeReleasePolicy": _is_describe_column,
    "MlAutoml": _is_part_of_query,
    "MlRegisterModel": _is_part_of_query,
    "MlTrain": _is_part_of_query,
    "MlTrainWithPrivacy": _is_part_of_query,
    "UpdateModel": _is_update_table,
}
"""Statements of Spark's that begin with the same words, told by what follows these."""
