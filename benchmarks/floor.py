"""What training cannot do without: shuffle, sort by store, and an empty pass through Python."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from pyspark.sql import DataFrame

__all__ = ["FLOOR", "floor"]

FLOOR = "the floor (shuffle + sort by store + an empty mapInArrow)"


def floor(df: DataFrame) -> int:
    """Send all rows to Python, sorted by store; return their number."""

    def consume(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        rows = sum(batch.num_rows for batch in batches)
        yield pa.RecordBatch.from_arrays([pa.array([rows], pa.int64())], ["rows"])

    sorted_ = df.repartition("store_id").sortWithinPartitions("store_id")
    return sum(row["rows"] for row in sorted_.mapInArrow(consume, "rows long").collect())
