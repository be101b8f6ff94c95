"""Write a table so that writing it once more changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pyspark.sql import functions as sf
from pyspark.sql.types import ArrayType, DataType, MapType, StructType

from sparkfl.columns import quote, spark_frame, string_literal
from sparkfl.errors import StorageError
from sparkfl.tables.cause import cause
from sparkfl.tables.delta import delta_detail
from sparkfl.tables.place import is_path
from sparkfl.tables.read import read_table
from sparkfl.tables.target import check_target

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.readwriter import DataFrameWriter

__all__ = ["write_table"]

_UNWRITABLE = re.compile(
    r"Mkdirs failed|ParentNotDirectory|DELTA_CANNOT_CREATE_LOG_PATH|AccessControlException|"
    r"AccessDenied|Permission denied|Read-only file system|No space left"
)
_MAPPING = "delta.columnMapping.mode"


def write_table(
    rows: DataFrame,
    name: str,
    *,
    key: Mapping[str, str | int] | None = None,
    format: str = "delta",
) -> DataFrame:
    """Write rows so that writing them once more changes nothing.

    Without `key` the whole table is replaced. With it, the rows get its entries as last columns
    and replace the rows of the same key; rows of other keys stay: the key is what the table is
    partitioned by. Delta replaces in one commit; with Parquet readers may see the change half
    done. A Delta table gets column mapping where a column's name needs it.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
        What to write; must have no column named like an entry of `key`.
    name : str
        Table name or path, as for :func:`sparkfl.tables.read_table`.
    key : mapping of str to str or int, optional
        Columns that identify the job's output, e.g. model name and version.
    format : {'delta', 'parquet'}, default 'delta'
        What to write; must be the format of what is there.

    Returns
    -------
    pyspark.sql.DataFrame
        What was written, read back; with `key`, the rows of that key.

    Raises
    ------
    SchemaError
        If the rows have a column of the key.
    StorageError
        If something else is there, or nothing can be written there.

    Examples
    --------
    >>> import tempfile
    >>> path = tempfile.mkdtemp() + "/scores"
    >>> for _ in range(2):
    ...     rows = write_table(spark.range(3), path, key={"version": 1})
    >>> write_table(spark.range(2), path, key={"version": 2}).count()
    2
    >>> read_table(spark, path).groupBy("version").count().orderBy("version").collect()
    [Row(version=1, count=3), Row(version=2, count=2)]
    """
    spark, key = spark_frame(rows, "write_table").sparkSession, dict(key or {})
    check_target(spark, name, format, key, rows.columns)
    keyed = rows.select("*", *(sf.lit(value).alias(column) for column, value in key.items()))
    try:
        _overwrite(keyed, name, key, format)
    except Exception as error:
        if not _UNWRITABLE.search(str(error)):
            raise
        raise StorageError(
            f"{name} cannot be written: {cause(error)}. Name another place, or make it writable."
        ) from error
    written = read_table(spark, name, format=format if is_path(spark, name) else None)
    return written.where(_condition(key)) if key else written


def _overwrite(rows: DataFrame, name: str, key: Mapping[str, str | int], format: str) -> None:
    """Replace the table, or the rows of the key."""
    spark, path = rows.sparkSession, is_path(rows.sparkSession, name)
    writer = rows.write.format(format).mode("overwrite").partitionBy(*key)
    if format == "delta":
        if any(map(_needs_mapping, _names(rows.schema))):
            writer = _mapped(spark, writer, name)
        replaced = {"replaceWhere": _condition(key), "mergeSchema": "true"}
        writer = writer.options(**(replaced if key else {"overwriteSchema": "true"}))
    elif key:
        dynamic = {"partitionOverwriteMode": "dynamic"}
        if not path and spark.catalog.tableExists(name):
            # saveAsTable would drop the other keys.
            rows.write.mode("overwrite").options(**dynamic).insertInto(name)
            return
        writer = writer.options(**dynamic)
    if path:
        writer.save(name)
    else:
        writer.saveAsTable(name)


def _needs_mapping(name: str) -> bool:
    """Whether Delta takes a name only with column mapping."""
    return bool(set(name) & set(" ,;{}()\n\t="))


def _mapped(spark: SparkSession, writer: DataFrameWriter, name: str) -> DataFrameWriter:
    """Switch column mapping on: for a new table with the first write, otherwise before it."""
    detail = delta_detail(spark, name)
    if detail is None:
        return writer.option(_MAPPING, "name")
    if detail.properties.get(_MAPPING, "none") == "none":
        table = f"delta.{quote(detail.location)}"
        spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ('{_MAPPING}' = 'name')")
    return writer


def _names(type: DataType) -> Iterator[str]:
    """Names of all columns, and of the fields in them."""
    if isinstance(type, StructType):
        for field in type.fields:
            yield field.name
            yield from _names(field.dataType)
    elif isinstance(type, ArrayType):
        yield from _names(type.elementType)
    elif isinstance(type, MapType):
        yield from _names(type.keyType)
        yield from _names(type.valueType)


def _condition(key: Mapping[str, str | int]) -> str:
    """Write the key as a condition in SQL."""
    values = {
        column: str(value) if isinstance(value, int) else string_literal(value)
        for column, value in key.items()
    }
    return " AND ".join(f"{quote(column)} = {value}" for column, value in values.items())
