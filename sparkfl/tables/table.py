"""Read and write Spark tables by name or by path, Delta or Parquet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pyspark.errors import AnalysisException
from pyspark.sql import functions as sf

from sparkfl.errors import SchemaError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["delta_version", "read_changes", "read_table", "write_table"]


def read_table(spark: SparkSession, name: str, version: int | None = None) -> DataFrame:
    """Read a table by name, or a folder of Delta or Parquet files by path.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Session to read with.
    name : str
        A table or view of the catalog (``shop.features``), or, with a ``/`` in it, a path.
    version : int, optional
        Version of a Delta table to read instead of the current one.

    Returns
    -------
    pyspark.sql.DataFrame
        The table; for Delta, the snapshot at the time of the call.

    Raises
    ------
    SchemaError
        If the path holds a Delta table and the session was started without Delta, or the table
        has no such version.

    Examples
    --------
    >>> spark.range(3).createOrReplaceTempView("three")
    >>> read_table(spark, "three").count()
    3
    """
    if version is not None:
        return _snapshot(spark, name, version)
    if not _is_path(name):
        return spark.table(name)
    if _format(spark, name) != "delta":
        return spark.read.parquet(name)
    if not _speaks_delta(spark):
        raise SchemaError(
            f"{name} is a Delta table and this session has no Delta: configure the session with "
            "sparkfl.configure_spark(builder, delta=True), or leave --no-delta out."
        )
    return spark.read.format("delta").load(name)


def read_changes(spark: SparkSession, name: str, since: int, until: int) -> DataFrame:
    """Read the change data feed of a Delta table between two of its versions.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Session to read with.
    name : str
        Table name or path, as for :func:`read_table`.
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
    return reader.load(name) if _is_path(name) else reader.table(name)


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
    done.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
        What to write; must have no column named like an entry of `key`.
    name : str
        Table name or path, as for :func:`read_table`.
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
        If the rows have a column of the key, or the path holds a table of another format.

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
    key = dict(key or {})
    _check_target(rows, name, key, format)
    keyed = rows.select("*", *(sf.lit(value).alias(column) for column, value in key.items()))
    _overwrite(keyed, name, key, format)
    written = read_table(rows.sparkSession, name)
    return written.where(_condition(key)) if key else written


def delta_version(spark: SparkSession, name: str) -> int | None:
    """Version of a Delta table at this moment; None for what is not a Delta table.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Session to read with.
    name : str
        Table name or path, as for :func:`read_table`.

    Examples
    --------
    >>> import tempfile
    >>> path = tempfile.mkdtemp() + "/scores"
    >>> for _ in range(2):
    ...     rows = write_table(spark.range(3), path)
    >>> delta_version(spark, path)
    1
    """
    from delta.tables import DeltaTable

    if not _speaks_delta(spark):
        return None
    try:
        table = (DeltaTable.forPath if _is_path(name) else DeltaTable.forName)(spark, name)
    except AnalysisException:  # Delta's way to say that it is not one of its tables
        return None
    last = table.history(1).first()
    return None if last is None else int(last["version"])


def _snapshot(spark: SparkSession, name: str, version: int) -> DataFrame:
    """Read a version of a Delta table."""
    if _is_path(name) and _format(spark, name) != "delta":
        raise SchemaError(
            f"{name} holds no Delta table, so it has no version {version}: read it without."
        )
    reader = spark.read.format("delta").option("versionAsOf", version)
    try:
        return reader.load(name) if _is_path(name) else reader.table(name)
    except AnalysisException as error:
        condition = error.getCondition() or ""
        if condition.startswith("DELTA_") or condition == "UNSUPPORTED_FEATURE.TIME_TRAVEL":
            raise SchemaError(
                f"Version {version} of {name} cannot be read: {str(error).splitlines()[0]} "
                "Read a version that is there, or the current one."
            ) from error
        raise


def _is_path(name: str) -> bool:
    """Whether the name is a path; ``delta.`/a/path` `` is a name to Spark."""
    return "/" in name and "`" not in name


def _speaks_delta(spark: SparkSession) -> bool:
    """Whether the session was configured with Delta."""
    return "io.delta.sql" in (spark.conf.get("spark.sql.extensions", "") or "")


def _format(spark: SparkSession, path: str) -> str | None:
    """Find out what a path holds: 'delta', 'parquet', or None for nothing."""
    if _exists(spark, f"{path.rstrip('/')}/_delta_log"):
        return "delta"
    return "parquet" if _exists(spark, path) else None


def _exists(spark: SparkSession, path: str) -> bool:
    """Whether there is such a file or folder; nothing is read."""
    try:
        spark.read.format("binaryFile").load(path)
    except AnalysisException as error:
        if error.getCondition() == "PATH_NOT_FOUND":
            return False
        raise
    return True


def _overwrite(rows: DataFrame, name: str, key: Mapping[str, str | int], format: str) -> None:
    """Replace the table, or the rows of the key."""
    writer = rows.write.format(format).mode("overwrite").partitionBy(*key)
    if format == "delta" and key:
        writer = writer.option("replaceWhere", _condition(key)).option("mergeSchema", "true")
    elif format == "delta":
        writer = writer.option("overwriteSchema", "true")
    elif key:
        dynamic = {"partitionOverwriteMode": "dynamic"}
        if not _is_path(name) and rows.sparkSession.catalog.tableExists(name):
            # saveAsTable would drop the other keys.
            rows.write.mode("overwrite").options(**dynamic).insertInto(name)
            return
        writer = writer.options(**dynamic)
    if _is_path(name):
        writer.save(name)
    else:
        writer.saveAsTable(name)


def _check_target(rows: DataFrame, name: str, key: Mapping[str, str | int], format: str) -> None:
    """Refuse what would lose rows of other keys, or mix two formats in one folder."""
    clash = sorted(set(key) & set(rows.columns))
    if clash:
        raise SchemaError(f"The rows have columns {clash}, which {name} keeps for its key: rename.")
    found = _format(rows.sparkSession, name) if _is_path(name) else None
    if found not in (None, format):
        raise SchemaError(
            f"{name} holds a {found} table, and {format} was asked for: "
            f"write to another path, or delete it first."
        )


def _condition(key: Mapping[str, str | int]) -> str:
    """Write the key as a condition in SQL."""
    quoted = {
        column: str(value) if isinstance(value, int) else "'" + value.replace("'", "\\'") + "'"
        for column, value in key.items()
    }
    return " AND ".join(f"`{column}` = {value}" for column, value in quoted.items())
