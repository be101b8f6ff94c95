"""Definitions with further columns, or without some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sparkfl.columns import quote
from sparkfl.errors import ParameterError
from sparkfl.features.quality import Expectation
from sparkfl.sqlext.clauses.query import Query
from sparkfl.sqlext.grammar import Token
from sparkfl.sqlext.lexer import lex
from sparkfl.sqlext.parts import split
from sparkfl.sqlext.views.block import Block
from sparkfl.sqlext.views.relations import Relation

__all__ = ["AddItems", "DropColumns", "with_items", "without_columns"]


@dataclass(frozen=True)
class AddItems:
    """``ADD item, …``."""

    items: Query

    @property
    def sql(self) -> str:
        """Its text."""
        return f"ADD {self.items.text}"

    def changed(self, view: Mapping[str, Any]) -> dict[str, Any]:
        """Return a definition with the items."""
        return with_items(view, self.items.positioned)


@dataclass(frozen=True)
class DropColumns:
    """``DROP COLUMN column, …``."""

    columns: tuple[str, ...]

    @property
    def sql(self) -> str:
        """Its text."""
        return f"DROP COLUMN {', '.join(map(quote, self.columns))}"

    def changed(self, view: Mapping[str, Any]) -> dict[str, Any]:
        """Return a definition without the columns."""
        return without_columns(view, self.columns)


def with_items(view: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Return a definition with further items of SELECT.

    Parameters
    ----------
    view : mapping
        What `FeatureView.from_dict` reads, without the name.
    text : str
        The items.

    Raises
    ------
    SqlSyntaxError
        If one is none.

    Examples
    --------
    >>> count = {"function": "count", "name": "n"}
    >>> view = {"entity": ["c"], "sources": [{"table": "t", "name": "t", "features": [count]}]}
    >>> with_items(view, "n * 2 AS twice")["derived"]
    {'twice': 'n * 2'}
    """
    keys = [*view["entity"], *([view["per"]] if view.get("per") else [])]
    tokens = lex(text)
    names = {name.lower() for name in _columns(view)}
    sources = [_relation(source, tokens[0]) for source in view["sources"]]
    about = view.get("entities") or {}
    own = {source.name for source in sources}
    tables = [_relation(about, tokens[0])] if about and about["name"] not in own else []
    block = Block(text, keys, [*sources, *tables], names)
    for item in split(tokens):
        block.add(item)
    changed = {**view, "sources": [{**s, "features": [*s["features"]]} for s in view["sources"]]}
    derived, columns = dict(view.get("derived", {})), dict(about.get("columns", {}))
    for made in block.made:
        if made.relation is None:
            derived[made.name] = made.text
        elif made.feature is None:
            columns[made.name] = made.text
        elif all(each is not made.relation for each in sources):
            assert made.relation is not None
            feature = made.feature
            plain = {key: about[key] for key in ("table", "query", "name", "keys") if key in about}
            changed["sources"].append({**plain, "features": [feature]})
            sources.append(made.relation)
        else:
            place = next(i for i, each in enumerate(sources) if each is made.relation)
            changed["sources"][place]["features"].append(made.feature)
    changed |= {"derived": derived} if derived else {}
    if about:
        changed["entities"] = {**about, "columns": columns}
    if view.get("select"):
        changed["select"] = [*view["select"], *(made.name for made in block.made)]
    return changed


def without_columns(view: Mapping[str, Any], dropped: Iterable[str]) -> dict[str, Any]:
    """Return a definition without some columns.

    Raises
    ------
    ParameterError
        If one is not there, a derived column is made of it, or nothing would be left of a source.

    Examples
    --------
    >>> count = {"function": "count", "name": "n"}
    >>> source = {"table": "t", "name": "t", "features": [count]}
    >>> view = {"entity": ["c"], "sources": [source], "derived": {"m": "n + 1"}}
    >>> without_columns(view, ["n"])
    Traceback (most recent call last):
    sparkfl.errors.ParameterError: Column n cannot be dropped: m is made of it, n + 1. Drop both.
    """
    names = _columns(view)
    gone: set[str] = set()
    for name in dropped:
        if name.lower() not in {own.lower() for own in names}:
            raise ParameterError(
                f"The feature view has no column {name!r}; it has {', '.join(names)}."
            )
        gone.add(name.lower())
    derived = {n: text for n, text in view.get("derived", {}).items() if n.lower() not in gone}
    _check_unneeded(view, derived, gone)
    sources = [
        {**s, "features": [f for f in s["features"] if f["name"].lower() not in gone]}
        for s in view["sources"]
    ]
    changed: dict[str, Any] = {**view, "sources": [s for s in sources if s["features"]]}
    if not changed["sources"]:
        raise ParameterError("No feature of a source would be left; DROP FEATURE VIEW instead.")
    changed["derived"] = derived
    if about := view.get("entities"):
        kept = {n: text for n, text in about.get("columns", {}).items() if n.lower() not in gone}
        changed["entities"] = {**about, "columns": kept}
    if view.get("select"):
        changed["select"] = [name for name in view["select"] if name.lower() not in gone]
    return changed


def _check_unneeded(view: Mapping[str, Any], derived: Mapping[str, str], gone: set[str]) -> None:
    """Refuse to drop what a column that stays is made of, or something is expected of."""
    for name, text in derived.items():
        for token in lex(text):
            if token.is_name and token.name.lower() in gone:
                raise ParameterError(
                    f"Column {token.name} cannot be dropped: {name} is made of it, {text}. Drop "
                    "both."
                )
    for told in view.get("expectations", []):
        each = Expectation(**told)
        for name in each.columns(gone):
            raise ParameterError(
                f"Column {name} cannot be dropped: {each.expect!r} is expected of it. ALTER "
                f"FEATURE VIEW … DROP CONSTRAINT {quote(each.name)} before."
            )


def _columns(view: Mapping[str, Any]) -> list[str]:
    """Names of all columns, shown or not."""
    made = [feature["name"] for source in view["sources"] for feature in source["features"]]
    about = view.get("entities") or {}
    return [*about.get("columns", {}), *made, *view.get("derived", {})]


def _relation(read: Mapping[str, Any], token: Token) -> Relation:
    """Return a source, as FROM would name it."""
    return Relation(
        token,
        str(read.get("table") or read["name"]),
        str(read["name"]),
        read.get("table"),
        read.get("query"),
        {str(read["name"]).lower()},
        read.get("time"),
    )
