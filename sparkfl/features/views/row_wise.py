"""Expressions that have one value a row: their types, and why one cannot be read."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf
from pyspark.sql.types import DataType

from sparkfl.columns import INTERNAL
from sparkfl.tables.attempt import attempt
from sparkfl.tables.cause import advice

__all__ = ["types_of", "why_unread"]

_READ = INTERNAL + "read"


def types_of(frame: DataFrame, columns: Sequence[Column]) -> list[DataType]:
    """Return the types of expressions over a frame; nothing runs.

    They are read beside all columns and inside of a struct, where Spark refuses what has not one
    value a row: an aggregate, or a generator such as ``explode``.

    Raises
    ------
    pyspark.errors.AnalysisException
        If one cannot be read.

    Examples
    --------
    >>> rows = spark.sql("SELECT 1 AS a, 'x' AS b")
    >>> [type_.simpleString() for type_ in types_of(rows, [sf.expr("a + 1"), sf.col("b")])]
    ['int', 'string']
    """
    named = [column.alias(f"_{i}") for i, column in enumerate(columns)]
    with attempt():
        read = frame.select(sf.struct(*named).alias(_READ), "*").schema
    return [field.dataType for field in read.fields[0].dataType.fields]  # type: ignore[attr-defined]


def why_unread(error: Exception) -> str:
    """Say why Spark could not read an expression that has one value a row.

    Examples
    --------
    >>> why_unread(ValueError("[MISSING_GROUP_BY] The query does not include GROUP BY."))[:45]
    'It is read row by row, and has an aggregate. '
    """
    if any(name in str(error) for name in ("MISSING_GROUP_BY", "INVALID_WHERE_CONDITION")):
        return (
            "It is read row by row, and has an aggregate. Write what is aggregated alone, such as "
            "Aggregation('sum', 'amount') for sum(amount)."
        )
    return advice(error)
