"""A source as rows of one shape: whose, when, of which source, with which values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf
from pyspark.sql.types import (
    BooleanType,
    ByteType,
    DataType,
    DateType,
    DoubleType,
    FloatType,
    IntegerType,
    NumericType,
    ShortType,
    TimestampNTZType,
    TimestampType,
)

from sparkfl.columns import INTERNAL, Found, case_sensitive, find, missing
from sparkfl.errors import SchemaError
from sparkfl.features.aggregations import DAY
from sparkfl.features.views.plan import Slots
from sparkfl.features.views.relation import read_relation
from sparkfl.features.views.row_wise import types_of, why_unread

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from sparkfl.features.views.source import Source

__all__ = ["KEY", "SOURCE", "TIME", "VALUES", "SourceRows", "micros"]

KEY, TIME, SOURCE, VALUES = (INTERNAL + name for name in ("key_", "time", "source", "values"))

_EVER = -62_135_596_800_000_000
"""Time of what holds for ever: the beginning of the year 1."""
_EXACT = (BooleanType, ByteType, ShortType, IntegerType, FloatType, DoubleType)
_HASHED_BITS = 53


@dataclass(frozen=True, eq=False)
class SourceRows:
    """A source that was read, and what travels of it.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Session to read with.
    source : Source
        The source.
    number : int
        Its number in the view.
    keys : sequence of str
        Names of the columns of the entity in the view.
    """

    spark: SparkSession
    source: Source
    number: int
    keys: Sequence[str]

    @cached_property
    def table(self) -> DataFrame:
        """What the source is read from."""
        own = self.source
        return read_relation(self.spark, own.table, own.query, f"The source {own.name}")

    @cached_property
    def frame(self) -> DataFrame:
        """The table with the further columns, of the events that count."""
        frame = self.table
        for name, text in self.source.columns.items():
            frame = self._with(frame, name, text)
        if self.source.where is not None:
            self._type(frame, "where", self.source.where, (BooleanType,), "a condition")
            frame = frame.where(sf.expr(self.source.where))
        return frame

    @cached_property
    def slots(self) -> Slots:
        """The values that travel."""
        return Slots(self.number, self.source, self.frame.columns)

    @cached_property
    def key_types(self) -> list[DataType]:
        """Types of the columns of the entity."""
        return [field.dataType for field in self.frame.select(*self._keys).schema.fields]

    @cached_property
    def _keys(self) -> list[Column]:
        names = [self.source.keys.get(name, name) for name in self.keys]
        found = [self._find(name) for name in names]
        absent = [name for name, column in zip(names, found, strict=True) if column is None]
        if absent:
            raise missing(absent, self.frame.columns, f"The source {self.source.name}")
        return [column.column for column in found if column]

    def _find(self, name: str) -> Found | None:
        """Find a column by its name."""
        return find(self.frame.schema, name, case_sensitive(self.frame))

    @cached_property
    def _time(self) -> _Clock | None:
        """When an event was; None for what holds for ever."""
        return self._clock("time", self.source.time)

    def _clock(self, what: str, text: str | None) -> _Clock | None:
        """Read an expression of a time."""
        if text is None:
            return None
        found = self._find(text)
        column = found.column if found else sf.expr(text)
        type_ = self._type(
            self.frame, what, text, (TimestampType, TimestampNTZType, DateType),
            "a timestamp or a date", column,
        )  # fmt: skip
        return _Clock(column, type_)

    def excluded(self) -> DataFrame:
        """Count the rows, and those without an entity or a time; tell the latest time."""
        unknown = sf.lit(False)
        for key in self._keys:
            unknown = unknown | key.isNull()
        never = self._time.column.isNull() if self._time else sf.lit(False)
        latest = sf.max(self._time.micros) if self._time else sf.lit(None).cast("long")
        return self.frame.agg(
            sf.lit(self.source.name).alias("source"),
            sf.count(sf.lit(1)).alias("rows"),
            sf.count_if(unknown).alias("without_entity"),
            sf.count_if(never).alias("without_time"),
            sf.timestamp_micros(latest).alias("latest"),
        )

    def latest(self, until: int) -> int | None:
        """Find the time of the latest event before a time, both in microseconds."""
        clock = self._time
        assert clock is not None
        seen = self.frame.where(clock.within(None, until)).agg(sf.max(clock.micros).alias("at"))
        row = seen.first()
        return None if row is None or row["at"] is None else int(row["at"])

    def rows(self, types: Sequence[DataType], until: int | None = None) -> DataFrame:
        """Give the rows, of all time or of what can be seen as of a time in microseconds."""
        frame, days = self.frame, self.source.days
        if self._time is not None and until is not None:
            low = None if days is None else until - days * DAY
            frame = frame.where(self._time.within(low, until))
        return self._shaped(frame, types)

    def came(self, types: Sequence[DataType], since: int | None, until: int) -> DataFrame:
        """Give the rows that became known between two times."""
        clock = self._clock("arrival", self.source.arrival) or self._time
        assert clock is not None
        return self._shaped(self.frame.where(clock.within(since, until)), types)

    def _shaped(self, frame: DataFrame, types: Sequence[DataType]) -> DataFrame:
        """Give rows the shape that all sources have."""
        for needed in [*self._keys, *([self._time.column] if self._time else [])]:
            frame = frame.where(needed.isNotNull())
        keys = [
            key.cast(type_).alias(f"{KEY}{i}")
            for i, (key, type_) in enumerate(zip(self._keys, types, strict=True))
        ]
        time = self._time.micros if self._time else sf.lit(_EVER)
        return frame.select(
            *keys,
            time.alias(TIME),
            sf.lit(self.number).alias(SOURCE),
            self._values.alias(VALUES),
        )

    @cached_property
    def _values(self) -> Column:
        """All values as one array of doubles, NaN for what is missing."""
        read = self.slots.read
        texts = {
            f"feature {owner}": text
            for (text, _), owner in zip(read, self.slots.owners, strict=True)
        }
        columns = {f"{INTERNAL}{i}": sf.expr(text) for i, (text, _) in enumerate(read)}
        types = self._types(self.frame, texts, columns) if read else []
        values = [
            _number(sf.expr(text), type_, category, owner, self.source.name)
            for (text, category), type_, owner in zip(read, types, self.slots.owners, strict=True)
        ]
        return sf.array(*values).cast("array<double>")

    def _type(
        self,
        frame: DataFrame,
        what: str,
        text: str,
        expected: tuple[type[DataType], ...],
        words: str,
        column: Column | None = None,
    ) -> DataType:
        """Return the type of an expression; refuse another than expected."""
        given = {what: sf.expr(text) if column is None else column}
        found = self._types(frame, {what: text}, given)[0]
        if not isinstance(found, expected):
            raise SchemaError(
                f"{what} of the source {self.source.name}, {text!r}, is {found.simpleString()}; "
                f"give {words}."
            )
        return found

    def _with(self, frame: DataFrame, name: str, text: str) -> DataFrame:
        """Add a column."""
        try:
            read = frame.withColumn(name, sf.expr(text))
            _ = read.schema  # Spark Connect looks at it only now.
        except (AnalysisException, ParseException) as error:
            raise self._unread(frame, f"column {name}", text, error) from error
        return read

    def _types(
        self, frame: DataFrame, texts: Mapping[str, str], columns: Mapping[str, Column]
    ) -> list[DataType]:
        """Return the types of expressions; say which of them cannot be read."""
        try:
            return types_of(frame, list(columns.values()))
        except (AnalysisException, ParseException) as error:
            if len(columns) > 1:
                for name, text in texts.items():
                    self._types(frame, {name: text}, {INTERNAL: sf.expr(text)})
            what, text = next(iter(texts.items()))
            raise self._unread(frame, what, text, error) from error

    def _unread(self, frame: DataFrame, what: str, text: str, error: Exception) -> SchemaError:
        """Say what cannot be read, and why."""
        return SchemaError(
            f"The {what} of the source {self.source.name} cannot be read from {text!r}: "
            f"{why_unread(error)} Its columns: {', '.join(frame.columns)}."
        )


def micros(time: Column, type_: DataType) -> Column:
    """Read a timestamp or date as microseconds since 1970-01-01 UTC, whatever the session's zone.

    Examples
    --------
    >>> df = spark.sql("SELECT DATE'1970-01-02' AS d")
    >>> df.select(micros(df.d, DateType()).alias("us")).first().us
    86400000000
    """
    if isinstance(type_, DateType):
        return sf.unix_date(time).cast("long") * sf.lit(DAY)
    if isinstance(type_, TimestampNTZType):
        epoch = sf.expr("TIMESTAMP_NTZ'1970-01-01 00:00:00'")
        return sf.timestamp_diff("MICROSECOND", epoch, time)
    return sf.unix_micros(time)


@dataclass(frozen=True, eq=False)
class _Clock:
    """An expression of a time."""

    column: Column
    type: DataType

    @property
    def micros(self) -> Column:
        """The time in microseconds."""
        return micros(self.column, self.type)

    def within(self, low: int | None, high: int) -> Column:
        """Tell whether it is between two times, in a way that files can be skipped by if it may."""
        exact = isinstance(self.type, TimestampType)
        at = self.column if exact else self.micros

        def bound(moment: int) -> Column:
            return sf.timestamp_micros(sf.lit(moment)) if exact else sf.lit(moment)

        return at < bound(high) if low is None else (at < bound(high)) & (at >= bound(low))


def _number(value: Column, type_: DataType, category: bool, owner: str, source: str) -> Column:
    """Read a value as a double; a category by 53 bits of its hash, which a double holds exactly."""
    if category and not isinstance(type_, _EXACT):
        hashed = sf.shiftrightunsigned(sf.xxhash64(value), 64 - _HASHED_BITS).cast("double")
        return sf.when(value.isNotNull(), hashed).otherwise(sf.lit(float("nan")))
    if not isinstance(type_, NumericType | BooleanType) and type_.typeName() != "void":
        raise SchemaError(
            f"The feature {owner} of the source {source} aggregates {type_.simpleString()}; cast "
            "it to a number."
        )
    return sf.coalesce(value.cast("double"), sf.lit(float("nan")))
