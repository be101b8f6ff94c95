"""The rows that candidates are tried on: some of a table, the same ones for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf
from pyspark.sql.types import (
    BooleanType,
    DataType,
    DateType,
    DoubleType,
    FloatType,
    LongType,
    NumericType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
    TimestampType,
)

from sparkfl.columns import quote
from sparkfl.errors import ParameterError, SchemaError

__all__ = ["FOLDS", "ROW", "OwnColumn", "Sample", "fold_sql", "is_scalar", "sample_of", "sampled"]

FOLDS = 5
"""How many parts rows are put into, each held out once."""

ROW = "sparkfl_row"
"""The column of a row's number."""

_TIMES = (DateType, TimestampType, TimestampNTZType)
_EPOCH = datetime(1970, 1, 1)
_KEY_COLUMNS = 8


@dataclass(frozen=True, eq=False)
class OwnColumn:
    """A column of the table.

    Attributes
    ----------
    name : str
        Its name.
    type : pyspark.sql.types.DataType
        Its type: a number, a boolean, a text or a time.
    rows : list
        Its values.
    """

    name: str
    type: DataType
    rows: list[object] = field(repr=False)

    @property
    def kind(self) -> str:
        """What candidates are made of it: numeric, categorical or temporal."""
        if isinstance(self.type, NumericType):
            return "numeric"
        return "temporal" if isinstance(self.type, _TIMES) else "categorical"

    @property
    def has_hours(self) -> bool:
        """Whether it is more than a date."""
        return not isinstance(self.type, DateType)

    @property
    def sql(self) -> str:
        """It as a double."""
        name = quote(self.name)
        return name if isinstance(self.type, DoubleType) else f"CAST({name} AS DOUBLE)"

    @cached_property
    def texts(self) -> list[str | None]:
        """Its values as texts."""
        if isinstance(self.type, BooleanType):
            return [None if own is None else str(own).lower() for own in self.rows]
        return [None if own is None else str(own) for own in self.rows]

    @cached_property
    def values(self) -> npt.NDArray[np.float64]:
        """Its values as numbers, NaN where it has none: days of times, ranks of texts by number."""
        if self.kind == "categorical":
            known = [own for own in self.texts if own is not None]
            levels, count = np.unique(known, return_counts=True)
            order = np.argsort(-count, kind="stable")
            place = {str(levels[i]): float(n) for n, i in enumerate(order)}
            return np.array([np.nan if own is None else place[own] for own in self.texts])
        if self.kind == "temporal":
            return np.array([np.nan if own is None else _days(own) for own in self.rows])
        values = np.array([np.nan if own is None else float(own) for own in self.rows])  # type: ignore[arg-type]
        return np.where(np.isfinite(values), values, np.nan)


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows of a table, with a target.

    Attributes
    ----------
    frame : pyspark.sql.DataFrame
        The rows, and their numbers as `ROW`.
    columns : list of OwnColumn
        Columns that candidates can be made of.
    folds : numpy.ndarray of shape (rows,)
        The fold of each row.
    fold_sql : str
        The fold in SQL.
    """

    frame: DataFrame
    columns: list[OwnColumn]
    folds: npt.NDArray[np.int64]
    fold_sql: str


def is_scalar(type_: DataType) -> bool:
    """Tell whether candidates can be made of a column of a type."""
    return isinstance(type_, (NumericType, BooleanType, StringType, *_TIMES))


def sampled(df: DataFrame, target: str, rows: int, seed: int) -> pa.Table:
    """Return rows with a target, chosen by a hash of what is in them.

    Raises
    ------
    SchemaError
        If the target is of a type that cannot be predicted.
    ParameterError
        If no row has a target.
    """
    type_ = next(own.dataType for own in df.schema.fields if own.name == target)
    if not isinstance(type_, NumericType | BooleanType | StringType):
        raise SchemaError(
            f"The target {target} is {type_.simpleString()}; a number, a boolean or a text can be "
            "predicted. Cast it."
        )
    names = [own.name for own in df.schema.fields if is_scalar(own.dataType)]
    chosen = df.select(*map(quote, names)).where(f"{quote(target)} IS NOT NULL")
    if isinstance(type_, DoubleType | FloatType):
        chosen = chosen.where(f"abs({quote(target)}) < double('infinity')")
    by = sf.xxhash64(*(sf.col(quote(name)) for name in names), sf.lit(seed))
    table = chosen.orderBy(by, *map(quote, names)).limit(rows).toArrow()
    if not table.num_rows:
        empty = df.limit(1).isEmpty()
        raise ParameterError(
            "The table has no rows; give one that has."
            if empty
            else f"The target {target} is NULL in every row; give rows of which it is known."
        )
    return table


def sample_of(
    spark: SparkSession, table: pa.Table, schema: StructType, target: str,
    entity: Sequence[str], seed: int,
) -> Sample:  # fmt: skip
    """Return what is known of rows.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        A session.
    table : pyarrow.Table
        The rows.
    schema : pyspark.sql.types.StructType
        Their types in Spark, and those of other columns.
    target : str
        Name of the target.
    entity : sequence of str
        Columns of the entity, whose rows are of one fold; without any, rows are put apart by what
        is in them.
    seed : int
        Another seed makes other folds.
    """
    fields = {own.name: own for own in schema.fields}
    own = [OwnColumn(n, fields[n].dataType, table[n].to_pylist()) for n in table.column_names]
    types = StructType([*(fields[n] for n in table.column_names), StructField(ROW, LongType())])
    numbered = table.append_column(ROW, pa.array(range(table.num_rows), pa.int64()))
    frame = spark.createDataFrame(numbered, types)
    others = [each for each in own if each.name != target and each.name not in entity]
    key = list(entity)
    if not key:
        distinct = sorted(others, key=lambda each: -len(set(each.texts)))
        key = [each.name for each in distinct[:_KEY_COLUMNS]]
    text = fold_sql(key, seed)
    found = frame.select(ROW, sf.expr(f"CAST({text} AS BIGINT)").alias("fold")).toArrow()
    folds = np.empty(table.num_rows, dtype=np.int64)
    folds[found[ROW].to_numpy()] = found["fold"].to_numpy()
    return Sample(frame, others, folds, text)


def fold_sql(key: Sequence[str], seed: int) -> str:
    """Write the fold of a row.

    Examples
    --------
    >>> fold_sql(["id"], 7)
    'pmod(xxhash64(`id`, 7), 5)'
    """
    return f"pmod(xxhash64({', '.join([*map(quote, key), str(seed)])}), {FOLDS})"


def _days(time: object) -> float:
    """Return the days since the beginning of 1970."""
    if isinstance(time, datetime):
        return (time.replace(tzinfo=None) - _EPOCH).total_seconds() / 86400
    assert isinstance(time, date)
    return float((time - _EPOCH.date()).days)
