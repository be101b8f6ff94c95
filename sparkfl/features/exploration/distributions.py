"""How the values of columns are distributed: histograms, and the most frequent categories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import Window
from pyspark.sql import functions as sf

from sparkfl.features.exploration.columns import Explored, beside, matrix

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["MOST_VALUES", "edges_of", "histograms", "values"]

MOST_VALUES = 20
"""Categories of a column that are told, the most frequent."""

_BINS = pa.schema(
    [
        ("place", pa.int32()),
        ("lower", pa.float64()),
        ("upper", pa.float64()),
        ("value", pa.float64()),
    ]
)


def histograms(
    listed: DataFrame,
    rows: DataFrame,
    measured: DataFrame,
    columns: Sequence[Explored],
    bins: int,
) -> DataFrame:
    """Count numbers and dates in bins of one width, as `numpy.histogram` does, in a second pass.

    The limits are a row that is beside all others; the first row of a partition tells its worker.
    """
    numbers = [c.place for c in columns if c.kind in ("number", "date")]
    limits = measured.where("min IS NOT NULL").agg(
        sf.collect_list(sf.struct("place", "min", "max")).alias("limits")
    )
    first = sf.monotonically_increasing_id().bitwiseAND(2**33 - 1) == 0
    both = rows.select("x").crossJoin(sf.broadcast(limits))

    def count(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        edges: dict[int, npt.NDArray[np.float64]] = {}
        counts: dict[int, npt.NDArray[np.int64]] = {}
        for batch in batches:
            for limit in batch["limits"][0].as_py() or () if len(batch) else ():
                edges[limit["place"]] = edges_of(limit["min"], limit["max"], bins)
                counts[limit["place"]] = np.zeros(len(edges[limit["place"]]) - 1, np.int64)
            for place, x in zip(numbers, matrix(batch["x"], len(numbers)), strict=True):
                if place in edges:
                    # What is drawn anew in this pass may be beyond the limits.
                    bin_ = np.searchsorted(edges[place][1:-1], x[np.isfinite(x)], side="right")
                    counts[place] += np.bincount(bin_, minlength=len(counts[place]))
        told = [
            {"place": p, "lower": edges[p][b], "upper": edges[p][b + 1], "value": counts[p][b]}
            for p in counts
            for b in np.flatnonzero(counts[p])
        ]
        yield pa.RecordBatch.from_pylist(told, _BINS)

    counted = (
        both.select("x", sf.when(first, sf.col("limits")).alias("limits"))
        .mapInArrow(count, "place int, lower double, upper double, value double")
        .groupBy("place", "lower", "upper")
        .agg(sf.sum("value").alias("value"))
    )
    is_date = sf.col("kind") == "date"
    return beside(counted, listed).select(
        _section("histogram"),
        "feature",
        sf.lit("count").alias("statistic"),
        "value",
        sf.when(is_date, sf.timestamp_seconds("lower").cast("string")).alias("text"),
        "lower",
        "upper",
    )


def edges_of(low: float, high: float, bins: int) -> npt.NDArray[np.float64]:
    """Return the edges of bins of one width, shape (bins + 1,); of one value that of one bin.

    Examples
    --------
    >>> edges_of(0.0, 1.0, 2).tolist(), edges_of(7.0, 7.0, 2).tolist()
    ([0.0, 0.5, 1.0], [7.0, 7.0])
    """
    if high <= low:
        return np.array([low, high])
    # A quarter of the width is finite, whatever the limits are.
    return 4 * np.linspace(low / 4, high / 4, bins + 1)


def values(listed: DataFrame, rows: DataFrame, columns: Sequence[Explored]) -> DataFrame:
    """Count the most frequent values of categories, ties in the order of the values."""
    places = sf.array(*(sf.lit(c.place) for c in columns if c.kind == "category"))
    each = rows.select(sf.posexplode("texts").alias("nth", "s")).where("s IS NOT NULL")
    order = Window.partitionBy("nth").orderBy(sf.col("value").desc(), sf.col("s"))
    frequent = (
        each.groupBy("nth", "s")
        .agg(sf.count(sf.lit(1)).cast("double").alias("value"))
        .withColumn("rank", sf.row_number().over(order))
        .where(sf.col("rank") <= MOST_VALUES)
        .withColumn("place", sf.get(places, sf.col("nth")))
    )
    return beside(frequent, listed).select(
        _section("values"),
        "feature",
        sf.lit("count").alias("statistic"),
        "value",
        sf.col("s").alias("text"),
    )


def _section(name: str) -> Column:
    """Return the section of a feature's distribution; others have one of their own."""
    section = sf.col("section")
    return sf.when(section == "features", name).otherwise(section).alias("section")
