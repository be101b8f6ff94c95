"""What only Delta tables have: versions, and a feed of their changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.errors import AnalysisException

from sparkfl.errors import SchemaError
from sparkfl.tables.cause import cause
from sparkfl.tables.place import Place, is_path, speaks_delta

if TYPE_CHECKING:
    from delta.tables import DeltaTable
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["delta_table", "delta_version", "read_changes", "read_snapshot"]


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
    table = delta_table(spark, name)
    if table is None:
        return None
    last = table.history(1).first()
    return None if last is None else int(last["version"])


def delta_table(spark: SparkSession, name: str) -> DeltaTable | None:
    """Return Delta's own view of a table; None for what is not a Delta table.

    Examples
    --------
    >>> delta_table(spark, "no_such_table") is None
    True
    """
    from delta.tables import DeltaTable

    if not speaks_delta(spark):
        return None
    try:
        return (DeltaTable.forPath if is_path(spark, name) else DeltaTable.forName)(spark, name)
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
