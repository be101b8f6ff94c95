"""External sources in Spark's catalog: tables of Spark's readers, and views over them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sparkfl.columns import quote
from sparkfl.errors import SourceExistsError, SourceNotFoundError
from sparkfl.sources.definition import SourceDefinition
from sparkfl.sources.making import (
    COLUMNS,
    COMMENT,
    KIND,
    OF,
    OPTION,
    TEXT_RULES,
    make,
    new_table,
    swap,
)
from sparkfl.sources.parts import parts_of
from sparkfl.sources.reading import reading
from sparkfl.tables.attempt import attempt

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = [
    "StoredSource",
    "create_source",
    "describe_source",
    "drop_source",
    "find_source",
    "list_sources",
]


@dataclass(frozen=True)
class StoredSource:
    """An external source of the catalog.

    Attributes
    ----------
    path : tuple of str
        Catalog, schema and name.
    kind : str
        The word after USING.
    options : dict of str to str
        As they were given, stars for what is secret.
    columns : tuple of (str, str)
        Names and types that are made of texts or messages.
    rules : dict of str to object
        How texts are read.
    parts : tuple of (str, str)
        Names of its tables and views, itself first, and which each is: TABLE or VIEW.
    """

    path: tuple[str, ...]
    kind: str
    options: dict[str, str]
    columns: tuple[tuple[str, str], ...]
    rules: dict[str, object]
    parts: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """The name in full, for SQL."""
        return _sql_name(self.path)

    @property
    def raw(self) -> str | None:
        """Name of the table that texts or messages are read from."""
        return next((name for name, _ in self.parts[1:] if name.endswith("_raw`")), None)

    @property
    def last(self) -> str:
        """The last part of the name."""
        return self.path[-1]

    @property
    def bad_rows(self) -> str | None:
        """Name of the view of its bad rows."""
        return next((name for name, _ in self.parts[1:] if name.endswith("_bad_rows`")), None)


def create_source(
    spark: SparkSession,
    name: str | Sequence[str],
    definition: SourceDefinition,
    replace: bool = False,
) -> tuple[StoredSource, tuple[int, int] | None]:
    r"""Make a source that queries read by its name.

    What Spark's reader gives as it should be is one table, ``CREATE TABLE … USING``. Of text, and
    of the messages of a topic, that table is ``name_raw``, and over it are the views ``name`` and
    ``name_bad_rows``.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        A session, classic or of Spark Connect.
    name : str or sequence of str
        ``name``, ``schema.name`` or ``catalog.schema.name``; or its parts.
    definition : SourceDefinition
        What it is.
    replace : bool, default False
        Whether it takes the place of a source that is there.

    Returns
    -------
    tuple
        The source; rows and bad rows where they were counted, otherwise None.

    Raises
    ------
    ParameterError
        If an option or a column cannot be.
    SourceExistsError
        If the name is taken, by a source that is not to be replaced or by something else.
    StorageError
        If the source cannot be read; the message says what is missing. Nothing is left behind, and
        what was to be replaced is as it was.

    Examples
    --------
    >>> import tempfile
    >>> path = tempfile.mkdtemp() + "/sales.csv"
    >>> with open(path, "w") as file:
    ...     _ = file.write('day,amount\n"03/02/2026","1,200.5"\nyesterday,7\n')
    >>> csv = SourceDefinition(
    ...     "csv",
    ...     {"PATH": path, "THOUSANDS": ",", "DATE_FORMATS": ("d/M/yyyy",)},
    ...     (("day", "DATE"), ("amount", "DOUBLE")),
    ... )
    >>> _, counted = create_source(spark, "doc_sales", csv)
    >>> counted, spark.table("doc_sales").collect()
    ((2, 1), [Row(day=datetime.date(2026, 2, 3), amount=1200.5)])
    >>> spark.table("doc_sales_bad_rows").first().reason
    "day 'yesterday' is no DATE"
    >>> drop_source(spark, "doc_sales")
    """
    full = _in_full(spark, name)
    there = _stored(spark, full)
    if there is None and _exists(spark, full):
        raise SourceExistsError(
            f"{_told(name)} is a table or view, and no external source. Choose another name, or "
            "drop it."
        )
    if there is not None and not replace:
        raise SourceExistsError(
            f"External source {_told(name)} exists. CREATE OR REPLACE EXTERNAL SOURCE puts another "
            "in its place; IF NOT EXISTS leaves it as it is."
        )
    found = reading(spark, full[-1], definition)
    parts = parts_of(full, found)
    # Parts without the source are of a statement that was stopped.
    old = dict(there.parts if there else _beside(spark, full))
    needed = [*parts[1:], *([new_table(parts)] if old else [])]
    for part in needed:
        if part.name not in old and _exists(spark, part.path):
            raise SourceExistsError(
                f"{part.name}, which the source {_told(name)} needs, is there already. Drop "
                "it, or choose another name for the source."
            )
    if old:
        swap(spark, parts, definition, found, old)
    else:
        make(spark, parts, definition, found)
    stored = _stored(spark, full)
    assert stored is not None
    return stored, found.counted


def drop_source(spark: SparkSession, name: str | Sequence[str]) -> None:
    """Drop a source with its tables and views; what it reads stays as it is.

    Raises
    ------
    SourceNotFoundError
        If there is no such source.
    """
    _drop(spark, find_source(spark, name))


def find_source(spark: SparkSession, name: str | Sequence[str]) -> StoredSource:
    """Return a source.

    Raises
    ------
    SourceNotFoundError
        If there is none of the name; the message names those of the schema.
    """
    full = _in_full(spark, name)
    stored = _stored(spark, full)
    if stored is None:
        known = ", ".join(each.name for each in list_sources(spark)) or "none yet"
        raise SourceNotFoundError(
            f"There is no external source {_told(name)}; the current schema has {known}. Check the "
            "name (SHOW EXTERNAL SOURCES lists them), or CREATE EXTERNAL SOURCE."
        )
    return stored


def list_sources(spark: SparkSession) -> list[StoredSource]:
    """Return the sources of the current schema, by name."""
    # One statement for all tables, whatever is wrong with one of them.
    shown = spark.sql("SHOW TABLE EXTENDED LIKE '*'").collect()
    found = [
        _stored(spark, _in_full(spark, [row.tableName]))
        for row in shown
        if not row.isTemporary and f"Comment: {COMMENT}: " in row.information
    ]
    return sorted(filter(None, found), key=lambda each: each.name)


def describe_source(spark: SparkSession, name: str | Sequence[str]) -> dict[str, str | None]:
    """Return what is known of a source, without its secrets.

    Raises
    ------
    SourceNotFoundError
        If there is none of the name.
    """
    stored = find_source(spark, name)
    told: dict[str, str | None] = {"source_name": stored.name, "kind": stored.kind}
    told |= {f"option.{key}": value for key, value in sorted(stored.options.items())}
    told |= {
        about: part for about, part in (("bad_rows", stored.bad_rows), ("raw", stored.raw)) if part
    }
    for field in spark.table(stored.name).schema.fields:
        told[f"column.{field.name}"] = field.dataType.simpleString()
    return told


def _stored(spark: SparkSession, full: Sequence[str]) -> StoredSource | None:
    """Read a source of the catalog; None if there is none of the name."""
    if not _exists(spark, full):
        return None
    name = _sql_name(full)
    told = {row.key: row.value for row in spark.sql(f"SHOW TBLPROPERTIES {name}").collect()}
    if KIND not in told:
        return None
    options = {
        key.removeprefix(OPTION): value for key, value in told.items() if key.startswith(OPTION)
    }
    columns = tuple((column, type_) for column, type_ in json.loads(told.get(COLUMNS, "[]")))
    rules = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in json.loads(told.get(TEXT_RULES, "{}")).items()
    }
    parts = ((name, _word(spark, full)), *_beside(spark, full))
    return StoredSource(tuple(full), told[KIND], options, columns, rules, parts)


def _beside(spark: SparkSession, full: Sequence[str]) -> list[tuple[str, str]]:
    """Find the other parts of a source; which each is, TABLE or VIEW."""
    parts = []
    for suffix in ("_bad_rows", "_raw", "__new"):
        beside = [*full[:-1], full[-1] + suffix]
        if _exists(spark, beside):
            own = spark.sql(f"SHOW TBLPROPERTIES {_sql_name(beside)}").collect()
            if any(row.key == OF and row.value == _sql_name(full) for row in own):
                parts.append((_sql_name(beside), _word(spark, beside)))
    return parts


def _word(spark: SparkSession, full: Sequence[str]) -> str:
    kind = spark.catalog.getTable(_sql_name(full)).tableType
    return "VIEW" if kind == "VIEW" else "TABLE"


def _drop(spark: SparkSession, stored: StoredSource) -> None:
    for name, word in stored.parts:
        spark.sql(f"DROP {word} IF EXISTS {name}")


def _exists(spark: SparkSession, full: Sequence[str]) -> bool:
    with attempt():
        return spark.catalog.tableExists(_sql_name(full))


def _in_full(spark: SparkSession, name: str | Sequence[str]) -> list[str]:
    """Return catalog, schema and name."""
    parts = _path(name)
    if len(parts) == 1:
        parts = [spark.catalog.currentDatabase(), *parts]
    if len(parts) == 2:
        parts = [spark.catalog.currentCatalog(), *parts]
    return parts


def _sql_name(full: Sequence[str]) -> str:
    return ".".join(map(quote, full))


def _path(name: str | Sequence[str]) -> list[str]:
    return name.split(".") if isinstance(name, str) else list(name)


def _told(name: str | Sequence[str]) -> str:
    return ".".join(_path(name))
