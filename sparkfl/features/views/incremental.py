"""Tiles of a view in a table: each refresh adds what has come since the last."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf
from pyspark.sql.types import ArrayType, DoubleType, IntegerType, LongType, StructField, StructType

from sparkfl.errors import ParameterError, StorageError
from sparkfl.features.aggregations import DAY
from sparkfl.features.views.execution import HASH, key_types, sorted_events
from sparkfl.features.views.plan import planned
from sparkfl.features.views.rows import KEY, SOURCE, TIME, VALUES, SourceRows
from sparkfl.features.views.tiling import TILE, Tiling, kept
from sparkfl.features.views.work import Shrinking
from sparkfl.remote import ship
from sparkfl.tables import read_table, write_table
from sparkfl.tables.place import Place, in_catalog, is_path

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["Refreshed", "events_of_tiles", "refresh", "refreshed"]

_NEVER = -(2**62)
_DEFINITION, _UNTIL = "definition", "until"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Refreshed:
    """What a refresh has read: what came from one time, in it, to another, not in it.

    Attributes
    ----------
    since : datetime.datetime or None
        When the last refresh ended; None for the first, which reads all.
    until : datetime.datetime
        When this one ended.
    """

    since: datetime | None
    until: datetime


def refresh(
    keys: Sequence[str], sources: Sequence[SourceRows], table: str, until: int, format: str
) -> Refreshed:
    """Write tiles of what has come since the last refresh; once more, it changes nothing.

    Parameters
    ----------
    keys : sequence of str
        Columns of the entity.
    sources : sequence of SourceRows
        The sources.
    table : str
        Table of the tiles.
    until : int
        What came before is read, in microseconds.
    format : {'delta', 'parquet'}
        What to write.

    Raises
    ------
    ParameterError
        If the last refresh went further already.
    """
    spark = sources[0].spark
    definition = _definition(keys, sources)
    done = _done(spark, table, definition)
    before = [batch for batch in done if batch < until]
    if any(batch > until for batch in done):
        raise ParameterError(
            f"{table} was refreshed until {_told(max(done))}, after {_told(until)}; give a later "
            "time."
        )
    since = max(before, default=None)
    types = key_types(keys, sources)
    timed = [rows.came(types, since, until) for rows in sources if rows.source.time is not None]
    if not timed:
        raise ParameterError("No source has a time: there is nothing to keep of them.")
    ship(spark)
    events = sorted_events(reduce(DataFrame.unionAll, timed), len(keys))
    tiling = Tiling(len(keys), kept(planned([rows.slots for rows in sources])))
    fields = [StructField(HASH, LongType())]
    fields += [StructField(f"{KEY}{i}", type_) for i, type_ in enumerate(types)]
    fields += [StructField(TIME, LongType()), StructField(SOURCE, IntegerType())]
    schema = StructType([*fields, StructField(VALUES, ArrayType(DoubleType()))])
    tiles = events.mapInArrow(Shrinking(tiling), schema).drop(HASH)
    write_table(tiles, table, key={_DEFINITION: definition, _UNTIL: until}, format=format)
    return Refreshed(None if since is None else _told(since), _told(until))


def refreshed(keys: Sequence[str], sources: Sequence[SourceRows], table: str) -> datetime | None:
    """Return until when a table was refreshed; None if it was not."""
    done = _done(sources[0].spark, table, _definition(keys, sources))
    return _told(max(done)) if done else None


def events_of_tiles(
    keys: Sequence[str], sources: Sequence[SourceRows], table: str, until: int
) -> list[DataFrame]:
    """Read the tiles that are seen as of a time, next to what has no time.

    Raises
    ------
    ParameterError
        If the time is not midnight, where tiles begin and end.
    StorageError
        If there are no tiles of the view.
    """
    if until % DAY:
        raise ParameterError(
            f"Tiles are of whole days, and {_told(until)} is not midnight in UTC; ask for a date, "
            "or without tiles."
        )
    spark = sources[0].spark
    definition = _definition(keys, sources)
    if not _done(spark, table, definition):
        raise StorageError(
            f"{table} has no tiles of the view as it is; refresh it first. Tiles of another "
            "definition of its sources are of no use."
        )
    types = key_types(keys, sources)
    lowest = [
        _NEVER if rows.source.days is None else until - rows.source.days * DAY for rows in sources
    ]
    low = sf.get(sf.array(*map(sf.lit, lowest)), sf.pmod(sf.col(SOURCE), sf.lit(TILE)))
    tiles = read_table(spark, table).where(sf.col(_DEFINITION) == definition)
    seen = tiles.where((sf.col(TIME) < until) & (sf.col(TIME) >= low))
    columns = [*(f"{KEY}{i}" for i in range(len(keys))), TIME, SOURCE, VALUES]
    ever = [rows.rows(types) for rows in sources if rows.source.time is None]
    return [seen.select(*columns), *ever]


def _definition(keys: Sequence[str], sources: Sequence[SourceRows]) -> str:
    """Digest what tiles depend on: not the windows, nor what is derived."""
    told = [
        (
            rows.source.name, rows.source.time, rows.source.arrival, rows.source.where,
            sorted(rows.source.columns.items()), sorted(rows.source.keys.items()), rows.slots.read,
            kept(rows.slots.planned), *([rows.source.query] if rows.source.query else []),
        )
        for rows in sources
    ]  # fmt: skip
    digest = hashlib.sha256(repr((list(keys), told)).encode()).hexdigest()
    # A name of a folder that Spark could take for a number, it would.
    return f"view_{digest[:16]}"


def _done(spark: SparkSession, table: str, definition: str) -> list[int]:
    """Return the times until which the table was refreshed."""
    there = Place(spark, table).exists if is_path(spark, table) else in_catalog(spark, table)
    if not there:
        return []
    batches = read_table(spark, table).where(sf.col(_DEFINITION) == definition)
    return [row[_UNTIL] for row in batches.select(_UNTIL).distinct().collect()]


def _told(moment: int) -> datetime:
    """Write microseconds as a time."""
    return _EPOCH + timedelta(microseconds=moment)
