"""What only Delta tables have: versions, and a feed of their changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.errors import AnalysisException

from sparkfl.columns import string_literal
from sparkfl.errors import SchemaError
from sparkfl.tables.attempt import attempt
from sparkfl.tables.cause import cause
from sparkfl.tables.place import Place, is_path, speaks_delta

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Row, SparkSession

__all__ = ["delta_detail", "delta_version", "read_changes", "read_snapshot"]


def delta_version(spark: SparkSession, name: str) -> int | None:
    """Version of a Delta table at this moment; None for what is not a Delta table.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Session to read with.
    name : str
        Table name or path, as for :func:`sparkfl.tables.read_table`.

    Examples
    --------
    >>> import tempfile
    >>> from sparkfl.tables import write_table
    >>> path = tempfile.mkdtemp() + "/scores"
    >>> for _ in range(2):
    ...     rows = write_table(spark.range(3), path)
    >>> delta_version(spark, path)
    1
    """
    last = _described(spark, "HISTORY", name, " LIMIT 1")
    return None if last is None else int(last["version"])


def delta_detail(spark: SparkSession, name: str) -> Row | None:
    """Return what Delta tells of a table: its location, its properties and more.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Session to read with.
    name : str
        Table name or path, as for :func:`sparkfl.tables.read_table`.

    Returns
    -------
    pyspark.sql.Row or None
        The row of ``DESCRIBE DETAIL``; None for what is not a Delta table.

    Examples
    --------
    >>> delta_detail(spark, "no_such_table") is None
    True
    """
    found = _described(spark, "DETAIL", name)
    return found if found and found["format"] == "delta" else None


def _described(spark: SparkSession, what: str, name: str, limit: str = "") -> Row | None:
    """Ask in SQL, which Spark Connect knows too; None for what is not a Delta table."""
    path = is_path(spark, name)
    if not speaks_delta(spark) or (path and not Place(spark, name).holds_delta):
        return None
    # As a text: in back-ticks Delta takes absolute paths only.
    table = string_literal(name) if path else name
    try:
        with attempt():
            return spark.sql(f"DESCRIBE {what} {table}{limit}").first()
    except AnalysisException:  # Delta's way to say that it is not one of its tables
        return None


def read_changes(spark: SparkSession, name: str, since: int, until: int) -> DataFrame:
    """Read the change data feed of a Delta table between two of its versions.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Session to read with.
    name : str
        Table name or path, as for :func:`sparkfl.tables.read_table`.
    since, until : int
        The version before the first change, and the one after the last.

    Returns
    -------
    pyspark.sql.DataFrame
        The changed rows with ``_change_type``, ``_commit_version`` and ``_commit_timestamp``.
        Delta refuses only when it is run, if the feed was not on for all of the versions.

    Examples
    --------
    >>> import tempfile
    >>> table = f"delta.`{tempfile.mkdtemp()}/scores`"
    >>> feed = "TBLPROPERTIES (delta.enableChangeDataFeed = true)"
    >>> _ = spark.sql(f"CREATE TABLE {table} USING delta {feed} AS SELECT 1 AS id")
    >>> _ = spark.sql(f"UPDATE {table} SET id = 2")
    >>> read_changes(spark, table, 0, 1).select("id", "_change_type").orderBy("id").collect()
    [Row(id=1, _change_type='update_preimage'), Row(id=2, _change_type='update_postimage')]
    """
    reader = spark.read.format("delta").option("readChangeFeed", "true")
    reader = reader.option("startingVersion", since + 1).option("endingVersion", until)
    return reader.load(name) if is_path(spark, name) else reader.table(name)


def read_snapshot(spark: SparkSession, name: str, version: int) -> DataFrame:
    """Read a version of a Delta table.

    Raises
    ------
    SchemaError
        If it is no Delta table, or has no such version (any more).
    """
    path = is_path(spark, name)
    if path and not Place(spark, name).holds_delta:
        raise SchemaError(
            f"{name} holds no Delta table, so it has no version {version}: read it without."
        )
    reader = spark.read.format("delta").option("versionAsOf", version)
    try:
        rows = reader.load(name) if path else reader.table(name)
        _ = rows.schema  # Spark Connect looks for the version only now.
    except AnalysisException as error:
        condition = error.getCondition() or ""
        if condition.startswith("DELTA_") or condition == "UNSUPPORTED_FEATURE.TIME_TRAVEL":
            raise SchemaError(
                f"Version {version} of {name} cannot be read: {cause(error)}. "
                "Read a version that is there, or the current one."
            ) from error
        raise
    return rows
