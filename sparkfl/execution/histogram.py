"""Histogram whose cells pass the gate before they reach the driver."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa
from pyspark.sql import functions as F

from sparkfl.privacy.histogram import release_histogram

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["released_histogram"]


def released_histogram(
    df: DataFrame, bin_: Column, min_cluster_size: int
) -> list[tuple[int, float]]:
    """Count rows by bin, in cells of at least `min_cluster_size` rows.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Rows of all stores.
    bin_ : pyspark.sql.Column
        Bin of each row on a grid that does not depend on the rows; NULL leaves the row out.
    min_cluster_size : int
        Smallest cell that may be released.

    Returns
    -------
    list of (int, float)
        Cells of `sparkfl.privacy.histogram.release_histogram`.

    Examples
    --------
    >>> bins = spark.range(8)
    >>> released_histogram(bins, bins.id, min_cluster_size=4)
    [(4, 5.5), (4, 1.5)]
    """

    def coarsen(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        pairs = (pair for b in batches for pair in zip(*b.to_pydict().values(), strict=True))
        counts = [pair for pair in pairs if pair[0] is not None]
        for n, mean in release_histogram(counts, min_cluster_size):
            yield pa.RecordBatch.from_pylist([{"n": n, "mean": mean}])

    counted = df.groupBy(bin_.alias("bin")).agg(F.count(F.lit(1)).alias("n"))
    cells = counted.coalesce(1).mapInArrow(coarsen, "n long, mean double").collect()
    return [(row["n"], row["mean"]) for row in cells]
