"""FROM of a feature view: sources, each with its time, joined by the entity or by a comma."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sparkfl.columns import quote
from sparkfl.sqlext.grammar import Cursor, Token
from sparkfl.sqlext.lexer import lex
from sparkfl.sqlext.parts import path_of, split
from sparkfl.sqlext.views.expression import (
    Tokens,
    enclosed,
    mistake,
    qualifiers,
    refuse_now,
    taken_until,
    text_of,
)

__all__ = ["Relation", "relations"]

_KINDS = ("LEFT", "RIGHT", "FULL", "INNER", "CROSS", "OUTER", "SEMI", "ANTI")
_JOIN = (*_KINDS, "JOIN")
_OWN = ("TIMESTAMP", "ARRIVAL", "WITHOUT", "ENTITY", "FILTER")
_AFTER = {
    *(*_JOIN, *_OWN, "ON", "USING", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "NATURAL"),
    *("WINDOW", "UNION", "EXCEPT", "INTERSECT", "LATERAL", "TABLESAMPLE", "PIVOT", "AS"),
}
_STOP = (*_JOIN, ",", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT")
_ENTITY_JOINS = (["LEFT"], ["LEFT", "OUTER"], ["FULL"], ["FULL", "OUTER"])


@dataclass(eq=False)
class Relation:
    """A source: a table, a query, or a table and what its rows are joined to.

    Attributes
    ----------
    token : Token
        Where it begins.
    text : str
        It, as FROM has it, with its alias.
    name : str
        Its alias, else the last part of its name.
    table, query : str or None
        One of them.
    aliases : set of str
        What its columns may be qualified by, in lower case.
    time, arrival, where : str or None
        See `sparkfl.features.views.Source`.
    keys : list of Token
        Columns of the entity, in the view's order, if they have other names here.
    days : int or None
        Window of all of its aggregates that have none.
    kept : bool
        Whether LEFT JOIN keeps its rows.
    """

    token: Token
    text: str
    name: str
    table: str | None
    query: str | None = None
    aliases: set[str] = field(default_factory=set)
    time: str | None = None
    arrival: str | None = None
    where: str | None = None
    keys: list[Token] = field(default_factory=list)
    days: int | None = None
    kept: bool = False

    def read_from(self) -> dict[str, object]:
        """Return what `from_dict` reads of it, but for the keys."""
        own = {"table": self.table, "query": self.query, "name": self.name}
        return {key: value for key, value in own.items() if value}

    def key_names(self, entity: Sequence[str]) -> dict[str, str]:
        """Return the names of the entity's columns here, by those in the view."""
        named = zip(entity, self.keys, strict=False)
        return {key: token.name for key, token in named if token.name != key}


def relations(cursor: Cursor, entity: Sequence[str], time: str | None) -> list[Relation]:
    """Read what stands after FROM.

    Parameters
    ----------
    cursor : Cursor
        After FROM.
    entity : sequence of str
        The view's columns of the entity.
    time : str or None
        Time of the sources that do not name theirs.

    Raises
    ------
    SqlSyntaxError
        If it is none of this, or a join would drop entities.
    """
    found = [_primary(cursor, entity, time)]
    while True:
        if cursor.accept(","):
            found.append(_primary(cursor, entity, time))
        elif (token := cursor.peek()) is not None and token.word in _JOIN:
            _join(cursor, found, entity, time)
        else:
            return found


def _join(cursor: Cursor, found: list[Relation], entity: Sequence[str], time: str | None) -> None:
    """Read a join: to a further source by the entity, or to what says more of a source's rows."""
    first, kind = cursor.peek(), list[str]()
    while cursor.peek() is not None and not cursor.at("JOIN"):
        token = cursor.peek()
        if token is None or token.word not in _KINDS:
            raise cursor.error("JOIN was expected")
        kind.append(cursor.take().word)
    cursor.expect("JOIN")
    right = _primary(cursor, entity, time)
    using = cursor.accept("USING")
    if not using and not cursor.accept("ON"):
        raise cursor.error("ON or USING was expected")
    condition = enclosed(cursor, "a column") if using else taken_until(cursor, *_STOP)
    if not condition:
        raise cursor.error("a condition was expected")
    assert first is not None
    if _by_entity(condition, using, [*found, right], entity):
        if kind not in _ENTITY_JOINS:
            raise mistake(
                first,
                f"{' '.join([*kind, 'JOIN'])} of sources by the entity would drop entities, or "
                "rows of events. Sources are aggregated apart: write LEFT JOIN to keep the rows "
                "of a table of entities, or a comma.",
            )
        if kind[0] == "LEFT":
            found[0].kept = True
        found.append(right)
        return
    if right.time != time or right.keys or right.arrival or right.where:
        raise mistake(
            right.token,
            f"{right.name} is joined by other columns than the entity, so that its rows only say "
            "more of those before; it has no TIMESTAMP, ARRIVAL, ENTITY or FILTER of its own.",
        )
    before = qualifiers(condition, {alias for r in found for alias in r.aliases})
    own = next((r for r in found if set(before) & r.aliases), found[-1])
    told = cursor.text[condition[0].start : condition[-1].stop]
    clause = f"USING ({told})" if using else f"ON {told}"
    own.text += f" {' '.join([*kind, 'JOIN'])} {right.text} {clause}"
    own.table, own.query = None, f"SELECT * FROM {own.text}"
    own.aliases |= right.aliases


def _by_entity(
    condition: Tokens, using: bool, found: Sequence[Relation], entity: Sequence[str]
) -> bool:
    """Tell whether sources are joined by equal columns of the entity, and by nothing else."""
    known = {key.lower() for key in entity}
    known |= {token.name.lower() for relation in found for token in relation.keys}
    if using:
        return all(
            (path := path_of(p)) is not None and path[-1].lower() in known for p in split(condition)
        )
    parts: list[list[Token]] = [[]]
    for token in condition:
        if token.word == "AND":
            parts.append([])
        else:
            parts[-1].append(token)
    for part in parts:
        equals = [place for place, token in enumerate(part) if token.text in ("=", "==")]
        if len(equals) != 1:
            return False
        for side in (part[: equals[0]], part[equals[0] + 1 :]):
            path = path_of(side)
            if path is None or path[-1].lower() not in known:
                return False
    return True


def _primary(cursor: Cursor, entity: Sequence[str], time: str | None) -> Relation:
    """Read a table or a query, its alias, and what it says of its time."""
    token = cursor.peek()
    if token is None:
        raise cursor.error("a source was expected")
    if cursor.at("("):
        inside = enclosed(cursor, "a query")
        query = text_of(cursor.text, inside)
        relation = Relation(token, f"({query})", "a query", None, query)
    else:
        parts = cursor.path("a source")
        if cursor.at("("):
            raise cursor.error("a function is no source by itself; write (SELECT * FROM …) name")
        after = cursor.peek()
        written = cursor.text[token.start : after.start if after else None]
        table = written[: lex(written)[2 * len(parts) - 2].stop]
        relation = Relation(token, table, parts[-1], table)
    if cursor.accept("AS") or _is_alias(cursor.peek()):
        relation.name = cursor.identifier("an alias")
        relation.text += f" AS {quote(relation.name)}"
    elif relation.query is not None:
        raise cursor.error("a query needs an alias: (SELECT …) name")
    relation.aliases = {relation.name.lower()}
    relation.time = time
    seen: set[str] = set()
    while (word := cursor.peek()) is not None and word.word in _OWN:
        if word.word in seen:
            raise cursor.error(f"{word.word} is given twice")
        seen.add(word.word)
        _own_clause(cursor, relation, entity)
    return relation


def _own_clause(cursor: Cursor, relation: Relation, entity: Sequence[str]) -> None:
    """Read what a source says of itself."""
    clause = cursor.take()
    if clause.word == "WITHOUT":
        cursor.expect("TIMESTAMP")
        relation.time = None
    elif clause.word == "ENTITY":
        names = enclosed(cursor, "a column") if cursor.at("(") else [cursor.take()]
        relation.keys = [part[-1] for part in split(names)]
        if len(relation.keys) != len(entity) or not all(t.is_name for t in relation.keys):
            raise mistake(
                clause,
                f"ENTITY of a source names a column for each of {', '.join(entity)}, in order.",
            )
    elif clause.word == "FILTER":
        cursor.expect("(", "WHERE")
        inside = taken_until(cursor, ")")
        cursor.expect(")")
        refuse_now(inside)
        relation.where = text_of(cursor.text, inside, relation.aliases)
    elif clause.word == "TIMESTAMP":
        relation.time = time_of(cursor, relation.aliases)
    else:
        relation.arrival = time_of(cursor, relation.aliases)


def time_of(cursor: Cursor, aliases: set[str] | frozenset[str] = frozenset()) -> str:
    """Read a column, or an expression in parentheses."""
    if cursor.at("("):
        inside = enclosed(cursor, "a time")
        refuse_now(inside)
        return text_of(cursor.text, inside, aliases)
    path = cursor.path("a column of the time")
    if len(path) > 1 and path[0].lower() in aliases:
        path = path[1:]
    return ".".join(path)


def _is_alias(token: Token | None) -> bool:
    return token is not None and token.is_name and token.word not in _AFTER
