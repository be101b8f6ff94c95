"""Where a statement calls a table function, and with what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sparkfl.sqlext.calls.places import function_of, places_of
from sparkfl.sqlext.functions import TableFunction
from sparkfl.sqlext.grammar import Token
from sparkfl.sqlext.parts import closing, opening, split

__all__ = ["Call", "calls", "is_bare_query", "is_table", "table_calls", "unnamed"]

Tokens = Sequence[Token]

_QUERY = ("SELECT", "WITH", "VALUES", "FROM")
# Clauses in which a comma does not announce a further table.
_OTHERS = {
    *("SELECT", "WHERE", "GROUP", "HAVING", "ORDER", "SORT", "CLUSTER", "DISTRIBUTE", "WINDOW"),
    *("LIMIT", "SET", "VALUES", "|>", ";"),
}
# Functions whose arguments hold a FROM: trim(BOTH 'x' FROM y).
_WITH_FROM = ("EXTRACT", "TRIM", "SUBSTRING", "SUBSTR", "OVERLAY")
# Words of Spark's that stand before a parenthesis where a table, or a value of VALUES, may.
_NO_FUNCTIONS = {
    *("LATERAL", "SELECT", "VALUES", "WITH", "FROM", "TABLE", "MAP", "REDUCE", "TRANSFORM"),
    *("EXISTS", "IN", "NOT", "AND", "OR", "DISTINCT", "ALL", "ANY", "SOME", "CASE", "ON", "USING"),
    *("UNION", "EXCEPT", "MINUS", "INTERSECT", "JOIN", "CROSS", "INNER", "NATURAL", "AS"),
}
_LISTS = ("GROUP", "ORDER", "SORT", "CLUSTER", "DISTRIBUTE", "SELECT")


@dataclass(frozen=True)
class Call:
    """A call of a table function.

    Attributes
    ----------
    function : TableFunction
        What is called.
    start, stop : int
        Where the call stands in the text.
    at : int
        Which of the statement's tokens is its name.
    arguments : tuple of tuple of Token
        What stands between its commas.
    """

    function: TableFunction
    start: int
    stop: int
    at: int
    arguments: tuple[tuple[Token, ...], ...]

    @property
    def query_place(self) -> int | None:
        """Which argument is the query if it is a bare name; None if none can be."""
        places = places_of(self.function)
        kinds = [place.kind for place in places]
        if "query" not in kinds:
            return None
        at = kinds.index("query")
        after_version = places[at].optional and "version" in kinds
        fewest = sum(not place.optional for place in places[:at]) + (2 if after_version else 1)
        scalar_last = places[-1].is_scalar and len(self.arguments) > 0
        after = 1 if scalar_last and _is_scalar(self.arguments[-1]) else 0
        last = len(self.arguments) - after
        return last - 1 if last >= fewest else None


def calls(tokens: Tokens) -> Iterator[Call]:
    """Give the calls of table functions that are in no other, in order."""
    end = -1
    for at, token in enumerate(tokens):
        if at <= end or not token.is_name:
            continue
        function = function_of(token.name)
        if function is None or not is_table(tokens, at):
            continue
        if at + 1 < len(tokens) and tokens[at + 1].text == "(":
            end = closing(tokens, at + 2)
            if end < 0:
                return
            given = _arguments(tokens[at + 2 : end], function)
            yield Call(function, token.start, tokens[end].stop, at, given)
        elif _is_relation(tokens, at, function):
            yield Call(function, token.start, token.stop, at, ())


def _is_relation(tokens: Tokens, at: int, function: TableFunction) -> bool:
    """Tell ``FROM ml_model_registry``, without arguments, which stands as a table would."""
    part = at + 1 < len(tokens) and tokens[at + 1].text == "."
    own = not function.arguments and function.name.startswith("ml_")
    return own and not part and not tokens[at].is_quoted


def table_calls(tokens: Tokens) -> Iterator[tuple[Token, list[Tokens]]]:
    """Give any function that is called where a table may stand, and its arguments."""
    for at, token in enumerate(tokens[:-1]):
        called = token.is_name and token.word not in _NO_FUNCTIONS and tokens[at + 1].text == "("
        if called and is_table(tokens, at):
            end = closing(tokens, at + 2)
            yield token, list(split(tokens[at + 2 : end])) if end >= 0 else []


def unnamed(argument: Tokens) -> Tokens:
    """Leave out the name of ``model => 'm'`` or ``model = 'm'``, and AS OF: the order tells."""
    if len(argument) > 2 and [token.word for token in argument[:2]] == ["AS", "OF"]:
        return argument[2:]
    named = len(argument) > 2 and argument[0].is_name and argument[1].text in ("=>", "=")
    return argument[2:] if named else argument


def is_bare_query(argument: Tokens) -> bool:
    """Tell whether it is ``SELECT …``, not in parentheses as a whole."""
    first = next((token for token in argument if token.text != "("), None)
    enclosed = argument[0].text == "(" and closing(argument, 1) == len(argument) - 1
    return first is not None and first.word in _QUERY and not enclosed


def is_table(tokens: Tokens, at: int) -> bool:
    """Tell whether a table may stand there."""
    before = tokens[at - 1].word if at else ""
    if before == "FROM":
        return not _is_scalar_from(tokens, at - 1)
    if before == ",":
        return _is_table_list(tokens, at - 2)
    return before == "JOIN" or (before in ("(", "LATERAL") and is_table(tokens, at - 1))


def _is_table_list(tokens: Tokens, at: int) -> bool:
    while at >= 0 and tokens[at].word != "(":
        word = tokens[at].word
        if word == ")":
            at = opening(tokens, at)
        elif (word == "FROM" and not _is_scalar_from(tokens, at)) or (
            word == "VALUES" and is_table(tokens, at)
        ):
            return True
        elif word in _OTHERS:
            return False
        at -= 1
    return False


def _is_scalar_from(tokens: Tokens, at: int) -> bool:
    """Tell ``IS DISTINCT FROM x`` and ``extract(YEAR FROM x)``."""
    words = [token.word for token in tokens[max(at - 2, 0) : at]]
    if words[-1:] == ["DISTINCT"] and words[0] in ("IS", "NOT"):
        return True
    around = opening(tokens, at)
    return around > 0 and tokens[around - 1].word in _WITH_FROM


def _arguments(tokens: Tokens, function: TableFunction) -> tuple[tuple[Token, ...], ...]:
    """Split at the commas; a query goes on to the end, unless a number may stand after it."""
    parts = split(tokens)
    query = next((i for i, part in enumerate(parts) if is_bare_query(unnamed(part))), None)
    if query is not None:
        whole = list(tokens[tokens.index(parts[query][0]) :])
        places = places_of(function)
        scalar_last = places[-1].is_scalar and any(p.kind == "query" for p in places)
        scalar_last = scalar_last and len(parts) > query + 1 and _is_scalar(parts[-1])
        before = whole[: -len(parts[-1]) - 1]
        if scalar_last and not _ends_in_list(before):
            parts = [*parts[:query], before, parts[-1]]
        else:
            parts = [*parts[:query], whole]
    return tuple(tuple(part) for part in parts)


def _is_scalar(part: Tokens) -> bool:
    """Tell a whole number, a text, TRUE and FALSE."""
    own = unnamed(part)
    if len(own) != 1:
        return False
    text = own[0].text
    return text.isdigit() or text.startswith("'") or own[0].word in ("TRUE", "FALSE")


def _ends_in_list(query: Tokens) -> bool:
    """Tell whether a query ends in a list that a number may go on: ORDER BY 1, 2."""
    depth, last = 0, ""
    for token in query:
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if not depth and (token.word in _OTHERS or token.word == "FROM"):
            last = token.word
    return last in _LISTS
