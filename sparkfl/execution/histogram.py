"""Histogram whose cells pass the gate before they reach the driver."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa
from pyspark.sql import Window
from pyspark.sql import functions as F

from sparkfl.execution.entities import ENTITY, is_keyed
from sparkfl.privacy.histogram import Bin, release_histogram
from sparkfl.privacy.rules import Rules

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["released_histogram"]


def released_histogram(df: DataFrame, bin_: Column, rules: Rules) -> list[tuple[int, float]]:
    """Count rows by bin, in cells that may be told.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Rows of all stores; with a column `entity`, if they name theirs.
    bin_ : pyspark.sql.Column
        Bin of each row on a grid that does not depend on the rows; NULL leaves the row out.
    rules : Rules
        What is asked of a cell.

    Returns
    -------
    list of (int, float)
        Cells of `sparkfl.privacy.histogram.release_histogram`.

    Examples
    --------
    >>> bins = spark.range(8)
    >>> released_histogram(bins, bins.id, Rules(4))
    [(4, 5.5), (4, 1.5)]
    >>> released_histogram(bins, F.when(bins.id > 3, bins.id), Rules(4))
    [(4, 5.5)]
    """

    def coarsen(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        rows = (row for b in batches for row in zip(*b.to_pydict().values(), strict=True))
        # Here, not by a condition: Spark would move that below the groups, and there compute all
        # that a bin is made of anew wherever it is named.
        bins = [Bin(*row) for row in rows if row[0] is not None]
        for n, mean in release_histogram(bins, rules):
            yield pa.RecordBatch.from_pylist([{"n": n, "mean": mean}])

    counted = _by_entity(df, bin_) if is_keyed(df) else _by_row(df, bin_)
    cells = counted.coalesce(1).mapInArrow(coarsen, "n long, mean double").collect()
    return [(row["n"], row["mean"]) for row in cells]


def _by_row(df: DataFrame, bin_: Column) -> DataFrame:
    """Count the rows of each bin."""
    return df.groupBy(bin_.alias("bin")).agg(F.count(F.lit(1)).alias("n"))


def _by_entity(df: DataFrame, bin_: Column) -> DataFrame:
    """Count the rows of each bin, and the entities that have no higher one."""
    own, placed_rows = Window.partitionBy(ENTITY), F.when(F.col("bin").isNotNull(), F.col("rows"))
    placed = (
        df.groupBy(ENTITY, bin_.alias("bin"))
        .agg(F.count(F.lit(1)).alias("rows"))
        .withColumns({"highest": F.max("bin").over(own), "of_entity": F.sum(placed_rows).over(own)})
    )
    return placed.groupBy("bin").agg(
        F.sum("rows").alias("n"),
        F.count_if(F.col("bin") == F.col("highest")).alias("entities"),
        F.max("of_entity").alias("most"),
    )
