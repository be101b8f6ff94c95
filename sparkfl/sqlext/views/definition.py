"""``ENTITY … [PER …] [TIMESTAMP …] [TILE …] [EXPECT …] AS SELECT …`` of a feature view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sparkfl.columns import quote
from sparkfl.errors import ParameterError
from sparkfl.features.views import FeatureView
from sparkfl.sqlext.grammar import Cursor, Token
from sparkfl.sqlext.lexer import lex
from sparkfl.sqlext.parts import path_of, split
from sparkfl.sqlext.views.block import Block, Made, block, derived_text, named_expression
from sparkfl.sqlext.views.expected import at_expectation, expected
from sparkfl.sqlext.views.expression import (
    Tokens,
    enclosed,
    mistake,
    qualifiers,
    taken_until,
)
from sparkfl.sqlext.views.relations import Relation, relations, time_of

__all__ = ["Definition", "definition"]


@dataclass(frozen=True)
class Definition:
    """What a feature view is, but for its name.

    Attributes
    ----------
    view : mapping
        What `FeatureView.from_dict` reads, without the name.
    tiles : str or None
        Table of its tiles, "" for one that is named after the view; None if it keeps none.
    """

    view: Mapping[str, Any]
    tiles: str | None = None


def definition(cursor: Cursor, name: str) -> Definition:
    """Read a definition from behind the name to the end.

    Raises
    ------
    SqlSyntaxError
        If it is none; with the position.
    """
    start = cursor.peek()
    entity, per, time, tiles, expectations = _clauses(cursor)
    keys = [*entity, *([per] if per else [])]
    read = _Reading(cursor.text, keys)
    read.body(cursor, time)
    told = {"entity": entity, "per": per, **read.view(), "expectations": expectations}
    view = {key: value for key, value in told.items() if value not in (None, {}, [])}
    try:
        FeatureView.from_dict({"name": name, **view})
    except ParameterError as error:
        assert start is not None
        raise mistake(start, str(error)) from error
    return Definition(view, tiles)


def _clauses(
    cursor: Cursor,
) -> tuple[list[str], str | None, str | None, str | None, list[dict[str, str]]]:
    """Read what stands before AS."""
    entity: list[str] = []
    expectations: list[dict[str, str]] = []
    per = time = tiles = None
    while not cursor.accept("AS"):
        if not entity and cursor.accept("ENTITY"):
            entity = [cursor.identifier("a column of the entity")]
            while cursor.accept(","):
                entity.append(cursor.identifier("a column of the entity"))
        elif per is None and entity and cursor.accept("PER"):
            per = cursor.identifier("the column of the store")
        elif time is None and cursor.accept("TIMESTAMP"):
            time = time_of(cursor)
        elif tiles is None and cursor.accept("TILE"):
            tiles = _tiles(cursor)
        elif at_expectation(cursor):
            expectations += expected(cursor)
        else:
            raise cursor.error(
                "ENTITY column [PER store] [TIMESTAMP column] [TILE INTERVAL 1 DAY [IN table]] "
                "[EXPECT … [ON VIOLATION FAIL | WARN]] AS SELECT … was expected"
            )
    if not entity:
        raise cursor.error("ENTITY is missing before AS: ENTITY customer_id. SELECT was expected")
    return entity, per, time, tiles, expectations


def _tiles(cursor: Cursor) -> str:
    cursor.expect("INTERVAL")
    token = cursor.peek()
    if token is None or token.text.strip("'\"") != "1":
        raise cursor.error("tiles are of one day: INTERVAL 1 DAY was expected")
    cursor.take()
    if not cursor.accept("DAY"):
        cursor.expect("DAYS")
    return ".".join(map(quote, cursor.path("a table of tiles"))) if cursor.accept("IN") else ""


@dataclass
class _Reading:
    """What has been read of a body.

    Attributes
    ----------
    text : str
        The statement.
    keys : sequence of str
        Columns of the entity.
    """

    text: str
    keys: Sequence[str]
    blocks: list[Block] = field(default_factory=list)
    final: list[Made] = field(default_factory=list)
    order: list[str] = field(default_factory=list)

    @property
    def made(self) -> list[Made]:
        return [made for each in self.blocks for made in each.made]

    @property
    def known(self) -> set[str]:
        return {made.name.lower() for made in [*self.made, *self.final]}

    def body(self, cursor: Cursor, time: str | None) -> None:
        """Read ``[WITH name AS (SELECT …), …] SELECT …``."""
        if not cursor.accept("WITH"):
            self.blocks.append(block(cursor, self.keys, time, set()))
            self.order = [made.name for made in self.made]
            return
        names: list[str] = []
        while True:
            token = cursor.peek()
            name = cursor.identifier("a name of a SELECT").lower()
            if name in names:
                assert token is not None
                raise mistake(token, f"There is a {name} already.")
            names.append(name)
            cursor.expect("AS")
            inside = Cursor(self.text, enclosed(cursor, "SELECT"))
            self.blocks.append(block(inside, self.keys, time, self.known))
            if not cursor.accept(","):
                break
        self._final(cursor, dict(zip(names, self.blocks, strict=True)))

    def _final(self, cursor: Cursor, blocks: Mapping[str, Block]) -> None:
        """Read the SELECT over those of WITH."""
        cursor.expect("SELECT")
        items = taken_until(cursor, "FROM")
        first = cursor.peek()
        cursor.expect("FROM")
        put = self._put_together(cursor, blocks)
        if (token := cursor.peek()) is not None:
            raise mistake(token, f"{token.text} has no place behind the sources of a feature view.")
        if not items:
            assert first is not None
            raise mistake(first, "Nothing is selected.")
        for item in split(items):
            self._item(item, put)

    def _put_together(self, cursor: Cursor, blocks: Mapping[str, Block]) -> dict[str, Block]:
        """Read ``FROM a [LEFT JOIN b ON …]``; return the blocks by what they are called."""
        token = cursor.peek()
        found = relations(cursor, self.keys, None)
        put: dict[str, Block] = {}
        for relation in found:
            path = path_of(lex(relation.table or "")) or ("",)
            own = blocks.get(path[-1].lower()) if len(path) == 1 else None
            if own is None or own in put.values():
                raise mistake(
                    relation.token,
                    f"{relation.text} is none of {', '.join(blocks)} of WITH, once each.",
                )
            put[relation.name.lower()] = own
        missing = [name for name, own in blocks.items() if own not in put.values()]
        assert token is not None
        if missing:
            raise mistake(token, f"{missing[0]} of WITH is missing in FROM.")
        if found[0].kept and not put[found[0].name.lower()].has_entities:
            raise mistake(
                token,
                f"LEFT JOIN keeps the rows of {found[0].name}, which is no table of entities: it "
                "has no column that is no aggregate. Put the sources together by commas.",
            )
        return put

    def _item(self, item: Tokens, put: Mapping[str, Block]) -> None:
        """Read an item of the last SELECT: a star, a column, an expression of columns."""
        if item[-1].text == "*" and len(item) in (1, 3):
            wanted = list(put.values()) if len(item) == 1 else [self._block(item[0], put)]
            self.order += [made.name for each in wanted for made in each.made]
            return
        name, expression = named_expression(item)
        path = path_of(expression)
        last = path[-1].lower() if path else ""
        is_key = last in {key.lower() for key in self.keys}
        if is_key and name.lower() in ("", last):
            return
        if path is not None and not is_key:
            own = self._column(path, expression, put)
            if own is not None and name in ("", own.name):
                self.order.append(own.name)
                return
        if not name:
            raise mistake(expression[-1], "An expression needs a name: AS name.")
        for alias, token in qualifiers(expression, set(put)).items():
            self._check_column(alias, token, expression, put)
        if name.lower() in self.known:
            raise mistake(item[-1], f"There is a column {name} already; give this one another.")
        text = derived_text(self.text, expression, set(put))
        self.final.append(Made(name, expression[0], text=text))
        self.order.append(name)

    def _block(self, token: Token, put: Mapping[str, Block]) -> Block:
        if token.name.lower() not in put:
            raise mistake(token, f"{token.text} is none of {', '.join(put)}.")
        return put[token.name.lower()]

    def _column(
        self, path: tuple[str, ...], expression: Tokens, put: Mapping[str, Block]
    ) -> Made | None:
        """Return the column that is named, None if it is one of the last SELECT itself."""
        if len(path) == 2 and path[0].lower() in put:
            self._check_column(path[0].lower(), expression[0], expression, put)
        found = [made for made in self.made if made.name.lower() == path[-1].lower()]
        if found:
            return found[0]
        if path[-1].lower() in self.known:
            return None
        raise mistake(
            expression[0], f"{'.'.join(path)} is no column of {', '.join(put)}. There are "
            f"{', '.join(made.name for made in self.made)}."
        )  # fmt: skip

    def _check_column(
        self, alias: str, token: Token, expression: Tokens, put: Mapping[str, Block]
    ) -> None:
        """Refuse ``bf.x`` if that SELECT makes no x."""
        place = list(expression).index(token)
        column = expression[place + 2] if place + 2 < len(expression) else token
        names = [made.name for made in put[alias].made]
        keys = {key.lower() for key in self.keys}
        if column.name.lower() not in {*map(str.lower, names), *keys}:
            raise mistake(
                column, f"{alias} has no column {column.text}; it has {', '.join(names)}."
            )

    def view(self) -> dict[str, Any]:
        """Return sources, entities and features, as `from_dict` reads them."""
        sources: list[dict[str, Any]] = []
        entities: dict[str, Any] | None = None
        about: Relation | None = None
        for each in self.blocks:
            for relation in each.relations:
                features = [m.feature for m in each.made if m.feature and m.relation is relation]
                columns = [m for m in each.made if not m.feature and m.relation is relation]
                keys = relation.key_names(self.keys)
                plain = {**relation.read_from(), **({"keys": keys} if keys else {})}
                if columns or (relation.kept and relation.time is None):
                    if about is not None:
                        raise mistake(
                            columns[0].token if columns else relation.token,
                            f"Columns that are no aggregates are of {about.name} already: a view "
                            "has one table of entities. Join the two in a query.",
                        )
                    about, own = relation, {m.name: m.text for m in columns}
                    entities = {**plain, **({"columns": own} if own else {})}
                elif relation.kept:
                    raise mistake(
                        relation.token,
                        f"LEFT JOIN keeps the rows of {relation.name}, which has a time and is no "
                        "table of entities. Put the sources together by commas.",
                    )
                if features:
                    told = {"time": relation.time, "arrival": relation.arrival,
                            "where": relation.where}  # fmt: skip
                    known = {key: value for key, value in told.items() if value}
                    sources.append({**plain, **known, "features": features})
                elif about is not relation:
                    raise mistake(relation.token, f"Nothing is selected of {relation.name}.")
                if about is relation and relation.where:
                    raise mistake(
                        relation.token,
                        f"WHERE would leave entities of {relation.name} out. Write a query in "
                        "place of the table: (SELECT … WHERE …) name.",
                    )
        if not sources:
            raise mistake(self.blocks[0].relations[0].token, "There is no aggregate in the view.")
        derived = {m.name: m.text for m in [*self.made, *self.final]
                   if m.relation is None and m.feature is None}  # fmt: skip
        natural = [
            *(entities or {}).get("columns", {}),
            *(feature["name"] for source in sources for feature in source["features"]),
            *derived,
        ]
        select = [] if self.order == natural else self.order
        return {"entities": entities, "sources": sources, "derived": derived, "select": select}
