"""Events of a stream, micro-batch by micro-batch, in the table that a feature view reads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from sparkfl.columns import check_taken
from sparkfl.features.views.inspection import Inspected
from sparkfl.tables import read_table, write_table
from sparkfl.tables.place import Place, in_catalog, is_path

__all__ = ["ARRIVED", "BATCH", "arrivals"]

ARRIVED, BATCH = "arrived", "batch"
"""Columns that `arrivals` adds: when a micro-batch came, and its number."""


def arrivals(
    table: str, view: Inspected | None = None, tiles: str | None = None, format: str = "delta"
) -> Callable[[DataFrame, int], None]:
    """Return what ``foreachBatch`` of a stream calls: it keeps each event once, and refreshes.

    A micro-batch that Spark gives again, because a query was killed, is not kept again.

    Parameters
    ----------
    table : str
        Name or path of the table of events, which is made if it is not there: the stream's
        columns, `ARRIVED` and `BATCH`. One stream, by one checkpoint, writes to it.
    view : FeatureView, optional
        A view of that table, whose source has ``arrival="arrived"``, to refresh after each
        micro-batch.
    tiles : str, optional
        Table of its tiles, with `view`.
    format : {'delta', 'parquet'}, default 'delta'
        What the tables are.

    Returns
    -------
    callable
        ``keep(batch, number)``.

    Examples
    --------
    >>> import tempfile
    >>> home = tempfile.mkdtemp()
    >>> keep = arrivals(home + "/events", format="parquet")
    >>> for number in (0, 1, 1):
    ...     keep(spark.range(3), number)
    >>> read_table(spark, home + "/events").count()
    6
    """

    def keep(batch: DataFrame, number: int) -> None:
        check_taken(batch.columns, (ARRIVED, BATCH))
        now = datetime.now(UTC)
        if not _has(batch, table, number):
            micros = (now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
            arrived = sf.timestamp_micros(sf.lit(micros)).alias(ARRIVED)
            write_table(batch.select("*", arrived), table, key={BATCH: number}, format=format)
        if view is not None and tiles is not None:
            # What has just come is before the end of the refresh, which is not in it.
            view.refresh(tiles, now + timedelta(microseconds=1), format, batch.sparkSession)

    return keep


def _has(batch: DataFrame, table: str, number: int) -> bool:
    """Tell whether a micro-batch has been kept."""
    spark = batch.sparkSession
    there = Place(spark, table).exists if is_path(spark, table) else in_catalog(spark, table)
    return there and not read_table(spark, table).where(sf.col(BATCH) == number).isEmpty()
