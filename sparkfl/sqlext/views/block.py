"""SELECT … FROM … of a feature view: which of its items are features, of which source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sparkfl.columns import quote
from sparkfl.sqlext.grammar import Cursor, Token
from sparkfl.sqlext.parts import Edit, path_of, split
from sparkfl.sqlext.views.aggregate import AggregateItem, aggregate, function_named
from sparkfl.sqlext.views.condition import conditions
from sparkfl.sqlext.views.expression import (
    Tokens,
    mistake,
    qualifiers,
    refuse_now,
    taken_until,
    text_of,
)
from sparkfl.sqlext.views.relations import Relation, relations

__all__ = ["Block", "Made", "block", "derived_text", "named_expression"]

_PLACELESS = ("HAVING", "ORDER", "SORT", "CLUSTER", "DISTRIBUTE", "LIMIT", "OFFSET", "WINDOW",
              "UNION", "EXCEPT", "INTERSECT", "MINUS", "LATERAL", "QUALIFY", "|>")  # fmt: skip


@dataclass(frozen=True)
class Made:
    """A column that a block makes.

    Attributes
    ----------
    name : str
        Its name.
    token : Token
        Where it is.
    feature : dict or None
        What `from_dict` reads of an aggregate.
    text : str
        Expression of what is no aggregate.
    relation : Relation or None
        Source of an aggregate, or table of the entities whose column it is; None if it is derived.
    """

    name: str
    token: Token
    feature: dict[str, object] | None = None
    text: str = ""
    relation: Relation | None = None


@dataclass(eq=False)
class Block:
    """What a SELECT makes of its sources.

    Attributes
    ----------
    text : str
        The statement.
    entity : sequence of str
        Columns of the entity.
    relations : sequence of Relation
        The sources.
    known : set of str
        Names of columns that blocks before have made, in lower case.
    """

    text: str
    entity: Sequence[str]
    relations: Sequence[Relation]
    known: set[str]
    made: list[Made] = field(default_factory=list)

    @property
    def has_entities(self) -> bool:
        """Whether it has a table of entities."""
        about = [made.relation for made in self.made if made.feature is None and made.relation]
        return bool(about) or any(relation.kept for relation in self.relations)

    def home(self, tokens: Tokens) -> Relation:
        """Return the source that an expression is of: that of its qualifiers, else the only one."""
        aliases = {alias for relation in self.relations for alias in relation.aliases}
        named = qualifiers(tokens, aliases)
        homes = [r for r in self.relations if r.aliases & set(named)]
        if len(homes) > 1:
            other = next(t for alias, t in named.items() if alias in homes[1].aliases)
            raise mistake(
                other,
                f"The expression is of two sources, {homes[0].name} and {homes[1].name}, which are "
                "aggregated apart. Join them in a query, (SELECT …) name, or derive a feature from "
                "one of each.",
            )
        if homes:
            return homes[0]
        timed = [relation for relation in self.relations if relation.time is not None]
        for only in (self.relations, timed):
            if len(only) == 1:
                return only[0]
        names = ", ".join(relation.name for relation in self.relations)
        raise mistake(
            tokens[0], f"Of which source is it? Put one of {names} before a column and a dot, or "
            f"count({self.relations[0].name}.*)."
        )  # fmt: skip

    def add(self, tokens: Tokens) -> None:
        """Read an item of SELECT."""
        item = aggregate(self.text, tokens)
        if item is not None:
            self._aggregate(item)
            return
        name, expression = named_expression(tokens)
        path = path_of(expression)
        if path is None and (about := self._timeless(expression)) is not None:
            refuse_now(expression)
            text = text_of(self.text, expression, about.aliases)
            self._put(Made(_given(name, expression), expression[0], text=text, relation=about))
        elif path is None or self._is_made(path):
            self._derived(name, expression)
        elif not self._is_key(path):
            self._attribute(name or path[-1], path, expression)
        elif name and name.lower() not in {key.lower() for key in self.entity}:
            timeless = any(relation.time is None for relation in self.relations)
            if timeless:
                self._attribute(name, path, expression)
            else:
                self._put(Made(name, expression[0], text=quote(path[-1])))

    def _aggregate(self, item: AggregateItem) -> None:
        own = self.home([*item.tokens, item.token])
        feature = item.declared(self.text, own.aliases, own.time, own.days)
        if feature.get("window") and own.time is None:
            raise mistake(
                item.token,
                f"{feature['name']} looks back {feature['window']}, and {own.name} has no time: "
                f"write FROM {own.name} TIMESTAMP column.",
            )
        self._put(Made(str(feature["name"]), item.token, feature, relation=own))

    def _derived(self, name: str, expression: Tokens) -> None:
        aliases = {alias for relation in self.relations for alias in relation.aliases}
        for alias, token in qualifiers(expression, aliases).items():
            raise mistake(
                token,
                f"{alias} is a source, and this is no aggregate of it. Write an aggregate, and "
                "the expression of it as a further item.",
            )
        text = derived_text(self.text, expression)
        self._put(Made(_given(name, expression), expression[0], text=text))

    def _timeless(self, expression: Tokens) -> Relation | None:
        """Return the table of entities that an expression is of, if it names no feature."""
        names = {
            token.name.lower()
            for before, token in zip([None, *expression], expression, strict=False)
            if token.is_name and (before is None or before.text != ".")
        }
        # A column that keeps its name is the same in the table and in the view.
        others = {made.name.lower() for made in self.made if made.text.strip("`") != made.name}
        if names & (self.known | others):
            return None
        aliases = {alias for relation in self.relations for alias in relation.aliases}
        named = set(qualifiers(expression, aliases))
        homes = [r for r in self.relations if r.aliases & named] if named else self.relations
        return homes[0] if len(homes) == 1 and homes[0].time is None else None

    def _attribute(self, name: str, path: tuple[str, ...], expression: Tokens) -> None:
        """Take a column of a table of entities."""
        timeless = [relation for relation in self.relations if relation.time is None]
        named = [r for r in self.relations if len(path) > 1 and path[0].lower() in r.aliases]
        own = (named or (timeless if len(timeless) == 1 else self.relations))[0]
        if own.time is not None or (not named and len(timeless) > 1):
            several = "one row an entity" if own.time is None else f"many rows, by {own.time}"
            raise mistake(
                expression[0],
                f"{'.'.join(path)} is no aggregate, and {own.name} has {several}. Write an "
                f"aggregate such as last({path[-1]}) AS {name}, or the name of a table WITHOUT "
                "TIMESTAMP and a dot before it.",
            )
        text = text_of(self.text, expression, own.aliases)
        self._put(Made(name, expression[0], text=text, relation=own))

    def _is_key(self, path: tuple[str, ...]) -> bool:
        """Tell whether it is a column of the entity; a table's own keeps the rows of the table."""
        owners = [r for r in self.relations if path[0].lower() in r.aliases] if path[1:] else []
        keys = {key.lower() for key in self.entity}
        keys |= {token.name.lower() for r in owners or self.relations for token in r.keys}
        if path[-1].lower() not in keys or len(path) > 1 + bool(owners):
            return False
        if owners and owners[0].time is None:
            owners[0].kept = True
        return True

    def _is_made(self, path: tuple[str, ...]) -> bool:
        names = self.known | {made.name.lower() for made in self.made}
        return len(path) == 1 and path[0].lower() in names

    def _put(self, made: Made) -> None:
        """Add a column, whose name is not taken."""
        keys = {key.lower() for key in self.entity}
        if made.name.lower() in self.known | keys | {m.name.lower() for m in self.made}:
            raise mistake(
                made.token,
                f"There is a column {made.name} already; give this one another: AS name.",
            )
        self.made.append(made)


def block(cursor: Cursor, entity: Sequence[str], time: str | None, known: set[str]) -> Block:
    """Read a SELECT.

    Parameters
    ----------
    cursor : Cursor
        At SELECT.
    entity : sequence of str
        Columns of the entity.
    time : str or None
        Time of the sources that do not name theirs.
    known : set of str
        Names of columns that there are, in lower case.

    Raises
    ------
    SqlSyntaxError
        If it is none of a feature view.
    """
    cursor.expect("SELECT")
    if cursor.at("DISTINCT") and not cursor.at("DISTINCT", "("):
        raise cursor.error("a feature view has a row an entity; an item was expected")
    items = taken_until(cursor, "FROM")
    if not items:
        raise cursor.error("an aggregate was expected")
    cursor.expect("FROM")
    found = Block(cursor.text, entity, relations(cursor, entity, time), known)
    if cursor.accept("WHERE"):
        condition = taken_until(cursor, "GROUP", *_PLACELESS)
        if not condition:
            raise cursor.error("a condition was expected")
        conditions(cursor.text, condition, found.relations, found.home)
    group = None
    if (at := cursor.peek()) is not None and cursor.accept("GROUP", "BY"):
        group = split(taken_until(cursor, *_PLACELESS))
        if not group:
            raise mistake(at, "GROUP BY names the entity's columns.")
    if (token := cursor.peek()) is not None:
        raise mistake(
            token,
            f"{token.text} has no place in a feature view, which is one row an "
            "entity. Ask it for what is wanted: SELECT … FROM feature_view(name).",
        )
    for item in split(items):
        if item[-1].text == "*" and (len(item) == 1 or item[-2].text == "."):
            raise mistake(item[-1], "Name the columns: a star would take those that come later.")
        found.add(item)
    _check_group(found, group or [])
    return found


def named_expression(tokens: Tokens) -> tuple[str, Tokens]:
    """Split ``expression [AS] name``; the name is "" if there is none."""
    if len(tokens) > 2 and tokens[-2].word == "AS" and tokens[-1].is_name:
        return tokens[-1].name, tokens[:-2]
    bare = len(tokens) > 1 and tokens[-1].is_name and path_of(tokens[:-1]) is not None
    if tokens[-1].word == "AS":
        raise mistake(tokens[-1], "A name was expected after AS.")
    return (tokens[-1].name, tokens[:-1]) if bare else ("", tokens)


def _given(name: str, expression: Tokens) -> str:
    """Return a name that is needed."""
    if not name:
        raise mistake(expression[-1], "An expression needs a name: AS name.")
    return name


def derived_text(
    text: str, tokens: Tokens, dropped: set[str] | frozenset[str] = frozenset()
) -> str:
    """Return the text of a derived feature, in which the time that is asked for is ``as_of``.

    Raises
    ------
    SqlSyntaxError
        If an aggregate is in it.
    """
    for place, token in enumerate(tokens[:-1]):
        behind_dot = place > 0 and tokens[place - 1].text == "."
        called = tokens[place + 1].text == "(" and token.is_name and not behind_dot
        if called and function_named(token) is not None:
            raise mistake(
                token,
                f"The aggregate {token.text}(…) stands in an expression. Give it a name of its "
                "own as an item, AS name, and use the name here.",
            )
        if token.word == "CURRENT_DATE":
            raise mistake(token, "CURRENT_DATE is of the session's time zone; write date(as_of).")
    return text_of(text, tokens, dropped, list(_as_of(tokens)))


def _as_of(tokens: Tokens) -> Iterator[Edit]:
    """Give the changes that make the time of the query the time that is asked for."""
    for place, token in enumerate(tokens):
        called = [t.text for t in tokens[place + 1 : place + 3]] == ["(", ")"]
        behind_dot = place > 0 and tokens[place - 1].text == "."
        if not behind_dot and (
            token.word == "CURRENT_TIMESTAMP" or (token.word == "NOW" and called)
        ):
            yield token.start, tokens[place + 2].stop if called else token.stop, "as_of"


def _check_group(found: Block, group: Sequence[Tokens]) -> None:
    """Refuse to group by anything but the entity and its columns."""
    columns = {m.name.lower() for m in found.made if m.feature is None}
    columns |= {m.text.lower().strip("`") for m in found.made if m.feature is None}
    for part in group:
        path = path_of(part)
        known = path is not None and (found._is_key(path) or path[-1].lower() in columns)
        if not known:
            raise mistake(
                part[0],
                f"A feature view is grouped by its entity: {', '.join(map(quote, found.entity))}.",
            )
