"""What has become of the columns of a view's sources, and the features that depend on them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sparkfl.columns import identifiers
from sparkfl.errors import SchemaError, StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sparkfl.features.views.aggregation import Aggregation
    from sparkfl.features.views.rows import SourceRows
    from sparkfl.features.views.source import Source

__all__ = ["Change", "changes", "columns_read", "with_derived"]

Columns = Mapping[str, Mapping[str, str]]
"""Types by column, by the name of the source."""


@dataclass(frozen=True)
class Change:
    """A column of a source that is gone, renamed, or of another type.

    Attributes
    ----------
    source : str
        The source.
    column : str
        Its column; "" for the source itself.
    before : str
        The type that it had.
    now : str or None
        The type that it has; None if it is gone.
    renamed : str or None
        The column that may be it now.
    features : tuple of str
        What is made of it.

    Examples
    --------
    >>> print(Change("visits", "spent", "double", None, "spend", ("avg_spent",)))
    spent (double) of visits is gone, perhaps renamed to spend: avg_spent
    """

    source: str
    column: str
    before: str
    now: str | None
    renamed: str | None
    features: tuple[str, ...]

    def __str__(self) -> str:
        """Say it in words."""
        what = f"{self.column} ({self.before}) of {self.source}" if self.column else self.source
        told = f"is {self.now}" if self.now else "is gone"
        hint = f", perhaps renamed to {self.renamed}" if self.renamed else ""
        return f"{what} {told}{hint}: {', '.join(self.features)}"


def columns_read(rows: Sequence[SourceRows], keys: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the types of the columns that each source is read by.

    Raises
    ------
    SchemaError, StorageError
        If a source cannot be read.
    """
    found: dict[str, dict[str, str]] = {}
    for each in rows:
        types = _types(each)
        wanted = {
            name for f in each.source.features for name in _needed(each.source, f, keys, types)
        }
        known = found.setdefault(each.source.name, {})
        known.update({name: types[name] for name in types if name in wanted})
    return found


def changes(
    rows: Sequence[SourceRows], keys: Sequence[str], derived: Mapping[str, str], known: Columns
) -> list[Change]:
    """Compare the columns of sources with what `columns_read` returned once.

    Parameters
    ----------
    rows : sequence of SourceRows
        The sources.
    keys : sequence of str
        Columns of the entity.
    derived : mapping of str to str
        Features that are made of others.
    known : mapping
        What is known of before.
    """
    found: list[Change] = []
    for each in rows:
        source, before = each.source, known.get(each.source.name, {})
        try:
            types = _types(each)
        except (SchemaError, StorageError):
            of = with_derived([f.name for f in source.features], derived)
            found.append(Change(source.name, "", "", None, None, of))
            continue
        spelled = {name.lower(): name for name in types}
        for column, type_ in before.items():
            now = types.get(spelled.get(column.lower(), ""))
            if now == type_:
                continue
            own = [f.name for f in source.features if column in _needed(source, f, keys, before)]
            renamed = None if now else _renamed(column, type_, types, before)
            of = with_derived(own, derived)
            found.append(Change(source.name, column, type_, now, renamed, of))
    return found


def _types(rows: SourceRows) -> dict[str, str]:
    return {field.name: field.dataType.simpleString() for field in rows.table.schema.fields}


def _needed(
    source: Source, feature: Aggregation, keys: Sequence[str], known: Iterable[str]
) -> set[str]:
    """Return which of some columns a feature of a source is read by."""
    spelled = {name.lower(): name for name in known}
    own = [source.keys.get(key, key) for key in keys]
    texts = [feature.of, feature.where, feature.when, feature.by]
    texts += [source.time, source.arrival, source.where]
    wanted = [name.lower() for name in own]
    for text in filter(None, texts):
        wanted += [text.lower(), *(name.lower() for name in identifiers(text))]
    found: set[str] = set()
    further = {name.lower(): text for name, text in source.columns.items()}
    while wanted:
        name = wanted.pop()
        if name in further:
            wanted += [part.lower() for part in identifiers(further.pop(name))]
        if name in spelled:
            found.add(spelled[name])
    return found


def _renamed(
    column: str, type_: str, types: Mapping[str, str], before: Mapping[str, str]
) -> str | None:
    """Return the column that may be another now: of the same type, and not read before."""
    known = {name.lower() for name in before}
    others = [name for name, own in types.items() if own == type_ and name.lower() not in known]
    return next(iter(difflib.get_close_matches(column, others, 1, 0.4)), None)


def with_derived(names: Sequence[str], derived: Mapping[str, str]) -> tuple[str, ...]:
    """Add the features that are made of some.

    Examples
    --------
    >>> with_derived(["n"], {"twice": "N * 2", "more": "twice + m", "other": "m"})
    ('n', 'twice', 'more')
    """
    found = list(names)
    for name, text in derived.items():
        parts = {part.lower() for part in identifiers(text)}
        if parts & {own.lower() for own in found}:
            found.append(name)
    return tuple(found)
