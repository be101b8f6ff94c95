"""The tables and views that a source is made of, as statements of Spark's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sparkfl.columns import quote, string_literal

if TYPE_CHECKING:
    from sparkfl.sources.reading import Reading

__all__ = ["Part", "parts_of"]


@dataclass(frozen=True)
class Part:
    """A table of a reader's, or a view over one.

    Attributes
    ----------
    path : sequence of str
        Catalog, schema and name.
    query : str or None
        Of a view.
    provider : str
        Of a table: the reader.
    options : mapping of str to str
        Of a table: options of the reader.
    columns : str
        Of a table: its columns, where the reader is told them.
    """

    path: Sequence[str]
    query: str | None = None
    provider: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    columns: str = ""

    @property
    def name(self) -> str:
        """The name in full, for SQL."""
        return ".".join(map(quote, self.path))

    def create_sql(self, properties: Mapping[str, str], comment: str) -> str:
        """Return the statement that makes it; a view takes the place of one that is there."""
        about = f"COMMENT {_literal(comment)} TBLPROPERTIES ({_pairs(properties)})"
        if self.query is not None:
            return f"CREATE OR REPLACE VIEW {self.name} {about} AS {self.query}"
        columns = f" ({self.columns})" if self.columns else ""
        options = f" OPTIONS ({_pairs(self.options)})" if self.options else ""
        return f"CREATE TABLE {self.name}{columns} USING {self.provider}{options} {about}"

    @property
    def drop_sql(self) -> str:
        """Return the statement that drops it."""
        return f"DROP {'TABLE' if self.query is None else 'VIEW'} IF EXISTS {self.name}"


def parts_of(full: Sequence[str], found: Reading) -> list[Part]:
    """Return the parts of a source, the one of its name first, the one that it reads last.

    Parameters
    ----------
    full : sequence of str
        Catalog, schema and name.
    found : Reading
        How it is read.
    """
    table = {
        "provider": found.kind.provider,
        "options": found.options,
        "columns": found.raw_columns,
    }
    if found.good is None:
        return [Part(full, **table)]  # type: ignore[arg-type]
    raw = Part([*full[:-1], f"{full[-1]}_raw"], **table)  # type: ignore[arg-type]
    parts = [Part(full, found.good(raw.name))]
    if found.bad is not None:
        parts.append(Part([*full[:-1], f"{full[-1]}_bad_rows"], found.bad(raw.name)))
    return [*parts, raw]


def _pairs(values: Mapping[str, str]) -> str:
    return ", ".join(f"{_literal(key)} = {_literal(value)}" for key, value in values.items())


def _literal(text: str) -> str:
    """Write a text so that Spark substitutes no variables in it."""
    return string_literal(text).replace("$", "\\u0024")
