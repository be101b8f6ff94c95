"""How the tables and views of a source are made, or take the place of others."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sparkfl.columns import quote
from sparkfl.sources.definition import SourceDefinition
from sparkfl.sources.failure import failure
from sparkfl.sources.parts import Part
from sparkfl.sources.reading import Reading, shown
from sparkfl.sources.rules import RULES
from sparkfl.tables.attempt import attempt

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["COLUMNS", "COMMENT", "KIND", "OF", "OPTION", "TEXT_RULES", "make", "new_table", "swap"]

KIND, OF, OPTION, COLUMNS, TEXT_RULES = (
    "sparkfl.source.kind",
    "sparkfl.source.of",
    "sparkfl.source.option.",
    "sparkfl.source.columns",
    "sparkfl.source.rules",
)
"""Properties of the tables and views of a source."""
COMMENT = "External source"


def make(
    spark: SparkSession, parts: Sequence[Part], definition: SourceDefinition, found: Reading
) -> None:
    """Make the tables and views, the named one last; leave none if one fails.

    Raises
    ------
    StorageError
        If Spark refuses one.
    """
    made: list[Part] = []
    try:
        for part in reversed(parts):
            spark.sql(_create_sql(part, parts[0], definition, found))
            made.append(part)
    except Exception as error:  # noqa: BLE001
        for part in made:
            spark.sql(part.drop_sql)
        raise failure(error, parts[0].path[-1], found.kind, found.options) from None


def swap(
    spark: SparkSession,
    parts: Sequence[Part],
    definition: SourceDefinition,
    found: Reading,
    old: Mapping[str, str],
) -> None:
    """Make tables and views that take the place of others.

    Spark's catalog replaces a view at once, and a table not at all. The new table is made under a
    name beside, and the views are tried over it, before anything is dropped; then the old table is
    dropped, the new one takes its name, and the views are replaced. Who is stopped in between
    leaves parts that the same statement replaces.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        A session.
    parts : sequence of Part
        The new ones.
    definition : SourceDefinition
        What the source is.
    found : Reading
        How it is read.
    old : mapping of str to str
        Names in full of what is replaced, and whether each is a TABLE or a VIEW.

    Raises
    ------
    StorageError
        If Spark refuses one. Where it is the new table, the old source is as it was.
    """
    *views, table = parts
    new = new_table(parts)
    name = parts[0].path[-1]
    spark.sql(new.drop_sql)
    try:
        spark.sql(_create_sql(new, parts[0], definition, found))
        with attempt():
            for query in filter(None, (found.good, found.bad)):
                _ = spark.sql(query(new.name)).schema
    except Exception as error:  # noqa: BLE001
        spark.sql(new.drop_sql)
        raise failure(error, name, found.kind, found.options) from None
    staying = {view.name for view in views}
    for each, word in old.items():
        if each != new.name and not (word == "VIEW" and each in staying):
            spark.sql(f"DROP {word} IF EXISTS {each}")
    try:
        to = ".".join(map(quote, table.path[-2:]))
        spark.sql(f"ALTER TABLE {new.name} RENAME TO {to}")
        for view in reversed(views):
            spark.sql(_create_sql(view, parts[0], definition, found))
    except Exception as error:  # noqa: BLE001
        raise failure(error, name, found.kind, found.options) from None


def _create_sql(part: Part, of: Part, definition: SourceDefinition, found: Reading) -> str:
    told = {OF: of.name}
    # A source without views is one table, by whichever name.
    if part is not of and of.query is not None:
        return part.create_sql(told, f"Part of {of.name}")
    told |= {KIND: definition.kind.lower(), COLUMNS: json.dumps(found.columns)}
    told[TEXT_RULES] = json.dumps({k: v for k, v in definition.options.items() if k in RULES})
    told |= {f"{OPTION}{key.upper()}": value for key, value in shown(definition).items()}
    return part.create_sql(told, f"{COMMENT}: {definition.kind}")


def new_table(parts: Sequence[Part]) -> Part:
    """Return the table of a source under the name that it has until it takes another's place."""
    path = parts[0].path
    return replace(parts[-1], path=[*path[:-1], f"{path[-1]}__new"])
