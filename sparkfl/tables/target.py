"""Whether a table can be written to a place, before anything is computed for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from pyspark.errors import AnalysisException

from sparkfl.errors import ParameterError, SchemaError, StorageError
from sparkfl.tables.cause import cause
from sparkfl.tables.place import Place, is_path, speaks_delta
from sparkfl.tables.read import read_table

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["WRITABLE", "check_target"]

WRITABLE = ("delta", "parquet")
"""Formats in which tables are written."""


def check_target(
    spark: SparkSession,
    name: str,
    format: str = "delta",
    key: Collection[str] = (),
    columns: Sequence[str] = (),
    required: Collection[str] = (),
) -> None:
    """Refuse a target that would lose what is there, or that takes no table of the format.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Session to write with.
    name : str
        Table name or path, as for :func:`sparkfl.tables.write_table`.
    format : {'delta', 'parquet'}, default 'delta'
        What is to be written.
    key : collection of str
        Columns that the table adds.
    columns : sequence of str
        Columns of the rows.
    required : collection of str
        Columns besides those of the key without which a table that is there is not one to add to.

    Raises
    ------
    ParameterError
        If it is another format.
    SchemaError
        If the rows have a column of the key.
    StorageError
        If something else is there, or the session cannot write there.

    Examples
    --------
    >>> import tempfile
    >>> path = tempfile.mkdtemp() + "/scores"
    >>> spark.range(3).write.parquet(path)
    >>> check_target(spark, path, "parquet")
    >>> check_target(spark, path, "delta")
    Traceback (most recent call last):
    sparkfl.errors.StorageError: ... holds parquet, and delta was asked for: ...
    """
    if format not in WRITABLE:
        raise ParameterError(f"Tables are written as {' or '.join(WRITABLE)}, not as {format!r}.")
    kept = {column.lower() for column in key}
    clash = [column for column in columns if column.lower() in kept]
    if clash:
        raise SchemaError(f"The rows have columns {clash}, which {name} keeps for its key: rename.")
    if format == "delta" and not speaks_delta(spark):
        raise StorageError(
            f"{name} was to be a Delta table, and this session has no Delta: configure the session "
            "with sparkfl.configure_spark(builder, delta=True), or write Parquet: "
            'format="parquet", of a job --format parquet.'
        )
    found = _at_path(spark, name) if is_path(spark, name) else _in_catalog(spark, name)
    if found not in (None, format):
        raise StorageError(
            f"{name} holds {found}, and {format} was asked for: write to another place, or delete "
            "it first."
        )
    if found and key:
        _check_alike(spark, name, [*required, *key])


def _check_alike(spark: SparkSession, name: str, required: Sequence[str]) -> None:
    """Refuse to add to a table that has other rows."""
    there = {column.lower() for column in read_table(spark, name).columns}
    absent = [column for column in required if column.lower() not in there]
    if absent:
        raise StorageError(
            f"{name} holds another table: it has no column {absent[0]!r}. Name another place."
        )


def _at_path(spark: SparkSession, path: str) -> str | None:
    """Say what a path holds; None for nothing."""
    place = Place(spark, path)
    if place.holds_delta:
        return "delta"
    if not place.files:
        return None
    if place.is_file:
        return "a file, not a folder"
    known = place.formats - {None}
    return next(iter(known)) if place.formats == known and len(known) == 1 else "other files"


def _in_catalog(spark: SparkSession, name: str) -> str | None:
    """Say what the catalog has under a name; None for nothing."""
    try:
        if not spark.catalog.tableExists(name):
            _check_schema(spark, name)
            return None
        if spark.catalog.getTable(name).tableType in ("VIEW", "TEMPORARY"):
            return "a view"
        described = spark.sql(f"DESCRIBE TABLE EXTENDED {name}").collect()
    except AnalysisException as error:
        raise StorageError(
            f"{name} cannot be written: {cause(error)}. Name a table of the catalog, or a path, "
            f"which has a '/' in it (./{name})."
        ) from error
    provider = [row["data_type"] for row in described if row["col_name"] == "Provider"]
    return provider[0].lower() if provider else "a table of another kind"


def _check_schema(spark: SparkSession, name: str) -> None:
    """Require the schema of a table that is not there yet."""
    schema = name.rpartition(".")[0]
    if schema and "`" not in name and not spark.catalog.databaseExists(schema):
        raise StorageError(
            f"{name} cannot be written: there is no schema {schema}. Create it, or name a path, "
            f"which has a '/' in it (./{name})."
        )
