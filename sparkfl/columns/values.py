"""What the values of a column are, and reading them as numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pyspark.ml.functions import vector_to_array
from pyspark.ml.linalg import VectorUDT
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    CharType,
    DataType,
    DateType,
    NumericType,
    StringType,
    TimestampNTZType,
    TimestampType,
    VarcharType,
)

from sparkfl.errors import SchemaError

if TYPE_CHECKING:
    from pyspark.sql import Column

    from sparkfl.columns.find import Found

__all__ = [
    "array_of_doubles",
    "double_sql",
    "finite",
    "is_number",
    "is_vector",
    "kind_of",
    "require_numbers",
    "signed_log1p",
]


def kind_of(data_type: DataType) -> str | None:
    """Return the kind of a column of the type; None for one that no model reads.

    Returns
    -------
    {'number', 'boolean', 'date', 'string', 'tokens', 'vector', None}
        ``date`` is a date or a timestamp, ``tokens`` an array of strings, ``vector`` a vector or an
        array of numbers.

    Examples
    --------
    >>> kind_of(ArrayType(StringType())), kind_of(VectorUDT()), kind_of(TimestampType())
    ('tokens', 'vector', 'date')
    """
    if isinstance(data_type, NumericType):
        return "number"
    if isinstance(data_type, BooleanType):
        return "boolean"
    if isinstance(data_type, DateType | TimestampType | TimestampNTZType):
        return "date"
    if isinstance(data_type, StringType | CharType | VarcharType):
        return "string"
    if isinstance(data_type, VectorUDT):
        return "vector"
    if isinstance(data_type, ArrayType):
        inner = kind_of(data_type.elementType)
        return {"number": "vector", "string": "tokens"}.get(inner or "")
    return None


def is_number(data_type: DataType) -> bool:
    """Tell whether a type casts to double without loss of meaning."""
    return isinstance(data_type, NumericType)


def require_numbers(columns: Iterable[Found]) -> None:
    """Refuse columns that are not numbers, all of them in one message.

    Raises
    ------
    SchemaError
        If any is of another type.
    """
    wrong = [f"{c.name!r} is {c.type.simpleString()}" for c in columns if not is_number(c.type)]
    if wrong:
        raise SchemaError(f"Features must be numeric; {', '.join(wrong)}. Cast or leave out.")


def is_vector(data_type: DataType) -> bool:
    """Tell whether a type is a vector or an array of numbers."""
    return kind_of(data_type) == "vector"


def array_of_doubles(found: Found) -> Column:
    """Read a vector or numeric array column as array<double>.

    Raises
    ------
    SchemaError
        If it is neither.
    """
    if isinstance(found.type, VectorUDT):
        return vector_to_array(found.column)
    if is_vector(found.type):
        return found.column.cast("array<double>")
    raise SchemaError(
        f"Column {found.name!r} is {found.type.simpleString()}; features must be a vector or an "
        "array of numbers."
    )


def double_sql(name: str, data_type: DataType) -> str:
    """Return the SQL that reads a column of numbers, booleans or dates as double.

    Dates and timestamps are seconds since the beginning of 1970; dates, and timestamps without a
    time zone, are taken for those of UTC.

    Parameters
    ----------
    name : str
        The column, quoted.
    data_type : pyspark.sql.types.DataType
        Its type.

    Examples
    --------
    >>> double_sql("`d`", DateType())
    'CAST(unix_date(`d`) * 86400L AS DOUBLE)'
    """
    if isinstance(data_type, DateType):
        return f"CAST(unix_date({name}) * 86400L AS DOUBLE)"
    if isinstance(data_type, TimestampNTZType):
        epoch = "TIMESTAMP_NTZ '1970-01-01 00:00:00'"
        return f"(timestampdiff(MICROSECOND, {epoch}, {name}) / 1e6D)"
    return f"CAST({name} AS DOUBLE)"


def signed_log1p(value: Column) -> Column:
    """sign(x) log(1 + abs(x)): log1p, continued to what is below zero."""
    return F.signum(value) * F.log1p(F.abs(value))


def finite(value: Column) -> Column:
    """NULL in place of NaN and infinity; NaN is greater than anything in Spark."""
    return F.when(F.abs(value) < float("inf"), value)
