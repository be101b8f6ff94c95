"""Which stores changed between two versions of a Delta table."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from pyspark.sql import functions as sf
from pyspark.sql.types import ArrayType, DataType, MapType, StructType

from sparkfl.columns import arrow_frame, listed, resolve
from sparkfl.errors import SchemaError
from sparkfl.tables.delta import delta_version, read_changes
from sparkfl.tables.read import read_table

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import Column, DataFrame, SparkSession

__all__ = ["changed_stores"]

logger = logging.getLogger(__name__)

_FILE_GONE = "FAILED_READ_FILE.FILE_NOT_EXIST"
_REMEDY = "Which stores changed cannot be told: train all stores."


def changed_stores(
    spark: SparkSession,
    name: str,
    store_col: str,
    columns: Sequence[str],
    since: int,
    until: int | None = None,
) -> DataFrame:
    """Find the stores whose rows differ between two versions of a Delta table.

    Rows are compared as a multiset: their order, the files they are in and other columns do not
    matter; how often a row occurs, NULL and NaN do. Read is the table's change data feed, or both
    snapshots if the feed does not cover all versions; the log says which and why. Compared are
    counts and 128 bits of order-independent hashes a store.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Session to read with.
    name : str
        Table name or path, as for :func:`sparkfl.tables.read_table`.
    store_col : str
        Column that names the store.
    columns : sequence of str
        Columns to compare.
    since : int
        Version to compare with.
    until : int, optional
        Version to look at; by default the current one.

    Returns
    -------
    pyspark.sql.DataFrame
        One column `store_col`, a row a store that is new, gone or changed. It is in memory: the
        work is done when the function returns.

    Raises
    ------
    SchemaError
        If it is no Delta table, one of the versions is not there (any more), `since` is later than
        `until`, or a column is missing or of another type in one of the versions.

    Examples
    --------
    >>> import tempfile
    >>> from sparkfl.tables import write_table
    >>> path = tempfile.mkdtemp() + "/features"
    >>> for spend in (1.0, 2.0):
    ...     rows = [("north", 5.0), ("south", spend)]
    ...     _ = write_table(spark.createDataFrame(rows, "store string, spend double"), path)
    >>> changed_stores(spark, path, "store", ["spend"], since=0).collect()
    [Row(store='south')]
    """
    current = delta_version(spark, name)
    if current is None:
        raise SchemaError(
            f"{name} is not a Delta table, or this session has no Delta, so it has no versions: "
            "write it as Delta and name the table itself, not a view. " + _REMEDY
        )
    until = current if until is None else until
    if since > until:
        raise SchemaError(
            f"Version {since} of {name} is later than version {until}: swap them, or, if the "
            "table was made anew, train all stores."
        )
    names = list(dict.fromkeys([store_col, *listed("columns", columns, str)]))
    before, after = (_snapshot(spark, name, version, names) for version in (since, until))
    _check_types(before, after, name, since, until)
    schema = StructType(after.schema.fields[:1])
    if since == until:
        return spark.createDataFrame([], schema)
    stores = _changed_by_feed(spark, name, names, since, until)
    if stores is None:
        stores = _changed_by_snapshots(before, after, name)
    logger.info("%s changed from version %d to %d: %d stores", name, since, until, len(stores))
    return arrow_frame(spark, stores.rename_columns([store_col]), schema)


def _changed_by_feed(
    spark: SparkSession, name: str, names: Sequence[str], since: int, until: int
) -> pa.Table | None:
    """Read the change data feed; None, and why in the log, if it does not cover all versions."""
    new = sf.col("_change_type").isin("insert", "update_postimage")
    try:
        rows = read_changes(spark, name, since, until)
        stores = _unbalanced(_weighted(rows, names, sf.when(new, 1).otherwise(-1)))
    except Exception as error:
        reason = re.search(rf"\[(DELTA_\w+|{_FILE_GONE})\]|Missing column .*?\.", str(error))
        if reason is None:
            raise
        logger.info(
            "%s: comparing snapshots, its change data feed does not cover versions %d to %d (%s)",
            name, since + 1, until, reason[0].strip("[]"),
        )  # fmt: skip
        return None
    logger.info("%s: read its change data feed of versions %d to %d", name, since + 1, until)
    return stores


def _changed_by_snapshots(before: DataFrame, after: DataFrame, name: str) -> pa.Table:
    """Compare all rows of both versions."""
    old, new = (
        _weighted(rows, rows.columns, sf.lit(sign)) for rows, sign in ((before, -1), (after, 1))
    )
    try:
        return _unbalanced(old.union(new))
    except Exception as error:
        if _FILE_GONE not in str(error):
            raise
        raise SchemaError(
            f"Files of an old version of {name} are not there any more (VACUUM). {_REMEDY}"
        ) from error


def _weighted(rows: DataFrame, names: Sequence[str], sign: Column) -> DataFrame:
    """Reduce rows to their store and numbers whose sums tell multisets apart.

    The numbers are the sign and the signed halves of two 64-bit hashes: halves, so that no sum of
    fewer than 2**32 rows a store overflows.
    """
    found = [resolve(rows, name) for name in names]
    parts = [part for each in found for part in _parts(each.column, each.type)]
    hashes = [sf.xxhash64(sf.lit(seed), *parts) for seed in (1, 2)]
    highs = [sf.shiftright(each, 32) for each in hashes]
    lows = [sf.shiftright(sf.shiftleft(each, 32), 32) for each in hashes]
    weights = [sign.cast("long"), *(sign * half for half in (*highs, *lows))]
    store = found[0].column.alias("store")
    return rows.select(store, *(each.alias(f"_{i}") for i, each in enumerate(weights)))


def _unbalanced(weighted: DataFrame) -> pa.Table:
    """Find the stores whose weights do not cancel out."""
    store, *weights = weighted.columns
    sums = weighted.groupBy(store).agg(*(sf.sum(each).alias(each) for each in weights))
    differs = reduce(or_, (sf.col(each) != 0 for each in weights))
    return sums.where(differs).select(store).toArrow()


def _parts(value: Column, type: DataType) -> Iterator[Column]:
    """Say what to hash of a value: xxhash64 alone skips NULLs and the borders of arrays."""
    yield value.isNull()
    if isinstance(type, StructType):
        for field in type.fields:
            yield from _parts(value.getField(field.name), field.dataType)
    elif isinstance(type, ArrayType):
        element = type.elementType
        yield sf.size(value)
        yield sf.transform(value, lambda each: sf.struct(*_parts(each, element)))
    elif isinstance(type, MapType):
        entries = StructType().add("key", type.keyType).add("value", type.valueType)
        yield from _parts(sf.array_sort(sf.map_entries(value)), ArrayType(entries))
    else:
        yield value


def _snapshot(spark: SparkSession, name: str, version: int, names: Sequence[str]) -> DataFrame:
    """Columns of the table as they were at a version."""
    try:
        rows = read_table(spark, name, version)
    except SchemaError as error:
        raise SchemaError(f"{error} {_REMEDY}") from error
    try:
        found = [resolve(rows, each, f"{name} at version {version}") for each in names]
    except SchemaError as error:
        raise SchemaError(f"{error} If the column came or went since, train all stores.") from error
    return rows.select(*(each.column.alias(as_) for each, as_ in zip(found, names, strict=True)))


def _check_types(before: DataFrame, after: DataFrame, name: str, since: int, until: int) -> None:
    """Refuse to compare values of different types."""
    for old, new in zip(before.schema.fields, after.schema.fields, strict=True):
        if old.dataType != new.dataType:
            raise SchemaError(
                f"Column {old.name!r} of {name} is {old.dataType.simpleString()} at version "
                f"{since} and {new.dataType.simpleString()} at version {until}. {_REMEDY}"
            )
