"""The Spark plan of a view: one shuffle of all sources by entity, one pass over sorted rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf
from pyspark.sql.types import (
    ByteType,
    DataType,
    DoubleType,
    IntegerType,
    LongType,
    ShortType,
    StructField,
    StructType,
    TimestampType,
)

from sparkfl.columns import INTERNAL, resolve_all
from sparkfl.errors import SchemaError
from sparkfl.execution.driver import driver
from sparkfl.features.views.plan import planned
from sparkfl.features.views.rows import KEY, SOURCE, TIME, VALUES, SourceRows
from sparkfl.features.views.work import NEVER, Work
from sparkfl.remote import ship

if TYPE_CHECKING:
    from sparkfl.features.views.aggregation import Aggregation

__all__ = [
    "HASH",
    "ORIGIN",
    "ORIGIN_VERSION",
    "as_of_all",
    "ask",
    "events_of",
    "key_types",
    "sorted_events",
]

_PAYLOAD = INTERNAL + "asked"
HASH = INTERNAL + "hash"
ORIGIN, ORIGIN_VERSION = "sparkfl.feature_view", "sparkfl.feature_view_version"
"""Metadata of a column that a view of a registry made: its name and version."""
_PARTITIONS_A_CORE = 8
_INTEGERS = (ByteType, ShortType, IntegerType, LongType)
_TYPES = {"double": DoubleType(), "bigint": LongType(), "timestamp": TimestampType()}


def events_of(
    keys: Sequence[str], sources: Sequence[SourceRows], until: int | None
) -> list[DataFrame]:
    """Read all sources: what is seen as of a time in microseconds, or everything."""
    types = key_types(keys, sources)
    return [rows.rows(types, until) for rows in sources]


def as_of_all(
    keys: Sequence[str],
    sources: Sequence[SourceRows],
    events: Sequence[DataFrame],
    until: int,
    metadata: dict[str, object],
) -> DataFrame:
    """Plan the features of all entities of some events as of a time, in microseconds."""
    types = key_types(keys, sources)
    named = [StructField(name, type_) for name, type_ in zip(keys, types, strict=True)]
    return _worked(_union(events), len(keys), sources, named, until, metadata)


def ask(
    keys: Sequence[str],
    sources: Sequence[SourceRows],
    events: Sequence[DataFrame],
    asked: DataFrame,
    until: Column,
    metadata: dict[str, object],
) -> DataFrame:
    """Plan the features that the rows of a frame ask for, each as of its own microseconds."""
    own = resolve_all(asked, keys, "The frame that asks")
    types = key_types(keys, sources)
    _common(keys, [("the sources", types), ("the frame that asks", [c.type for c in own])])
    inside = [f"_{i}" for i in range(len(asked.columns))]
    fields = asked.schema.fields
    payload = StructType(
        [StructField(name, f.dataType) for name, f in zip(inside, fields, strict=True)]
    )
    named = zip(own, types, strict=True)
    questions = asked.select(
        *(column.column.cast(t).alias(f"{KEY}{i}") for i, (column, t) in enumerate(named)),
        sf.coalesce(until, sf.lit(NEVER)).alias(TIME),
        sf.lit(len(sources)).alias(SOURCE),
        sf.array().cast("array<double>").alias(VALUES),
        _packed(asked, inside).alias(_PAYLOAD),
    )
    nothing = sf.lit(None).cast(payload).alias(_PAYLOAD)
    rows = _union([*(each.select("*", nothing) for each in events), questions])
    named_fields = [StructField(f.name, f.dataType, metadata=f.metadata) for f in fields]
    return _worked(rows, len(keys), sources, named_fields, None, metadata)


def _packed(asked: DataFrame, inside: Sequence[str]) -> Column:
    """Put all columns of a frame into a struct."""
    found = resolve_all(asked, [[name] for name in asked.columns])
    return sf.struct(*(c.column.alias(name) for c, name in zip(found, inside, strict=True)))


def _worked(
    events: DataFrame,
    keys: int,
    sources: Sequence[SourceRows],
    named: list[StructField],
    until: int | None,
    metadata: dict[str, object],
) -> DataFrame:
    """Shuffle, sort, and let workers aggregate."""
    spark = events.sparkSession
    ship(spark)
    features: list[Aggregation] = [f for rows in sources for f in rows.source.features]
    made = [StructField(f.name, _TYPES[f.row.returns], metadata=metadata) for f in features]
    schema = StructType([*named, *made])
    plan = tuple(planned([rows.slots for rows in sources]))
    work = Work(keys, len(sources), plan, tuple(schema.names), until)
    return sorted_events(events, keys).mapInArrow(work, schema)


def sorted_events(events: DataFrame, keys: int) -> DataFrame:
    """Shuffle and sort by a hash of the entity, which becomes the first column.

    Spark sorts by one long by its digits; by texts, or by more columns, it would compare.
    """
    hashed = sf.xxhash64(*(f"{KEY}{i}" for i in range(keys))).alias(HASH)
    rows = events.select(hashed, "*")
    own = driver(rows.sparkSession)
    if own is None:
        placed = rows.repartition(HASH)
    else:
        # A partition may be large, as it is sorted on disk and aggregated block by block; each one
        # costs a writer in every task that reads.
        most = int(str(rows.sparkSession.conf.get("spark.sql.shuffle.partitions")))
        placed = rows.repartition(min(most, _PARTITIONS_A_CORE * own.parallelism), HASH)
    return placed.sortWithinPartitions(HASH)


def _union(frames: Sequence[DataFrame]) -> DataFrame:
    return reduce(DataFrame.unionAll, frames)


def key_types(keys: Sequence[str], sources: Sequence[SourceRows]) -> list[DataType]:
    """Find the types of the entity's columns that all sources have in common."""
    return _common(keys, [(rows.source.name, rows.key_types) for rows in sources])


def _common(keys: Sequence[str], told: Sequence[tuple[str, Sequence[DataType]]]) -> list[DataType]:
    """Find common types; integers of any width have one."""
    common: list[DataType] = []
    for i, key in enumerate(keys):
        types = {name: own[i] for name, own in told}
        distinct = {type_.simpleString(): type_ for type_ in types.values()}
        if len(distinct) == 1:
            common.append(next(iter(distinct.values())))
        elif all(isinstance(type_, _INTEGERS) for type_ in types.values()):
            common.append(LongType())
        else:
            said = ", ".join(f"{t.simpleString()} in {name}" for name, t in types.items())
            raise SchemaError(f"Column {key!r} of the entity is {said}; cast them to one type.")
    return common
