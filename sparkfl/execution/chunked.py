"""Stores that no worker should hold, cut into chunks that one can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from sparkfl.columns import arrow_frame
from sparkfl.execution.entities import ENTITY, columns_of
from sparkfl.execution.layout import parallelism
from sparkfl.execution.placement import placed
from sparkfl.execution.survey import Survey
from sparkfl.statistics.summary import Counts

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["Chunked", "too_large"]

_CHUNKS_A_TASK = 4


def too_large(stores: Survey, features: int, max_values: int) -> np.ndarray:
    """Tell which stores have more feature values than a worker should hold."""
    return np.asarray(stores.table["rows"].to_numpy() * features > max_values)


@dataclass(frozen=True)
class Chunked:
    """Chunks of half a worker's limit, to which rows go by a hash of their values.

    Parameters
    ----------
    stores : Survey
        The stores.
    limit : int
        Rows that a worker holds.
    count : numpy.ndarray of int64, shape (stores,)
        Number of chunks of each.

    Examples
    --------
    >>> import pyarrow as pa
    >>> chunked = Chunked.of_survey(Survey(pa.table({"rows": [90, 50]})), features=2, max_values=40)
    >>> chunked.limit, chunked.count.tolist(), chunked.place(10)
    (20, [9, 5], 1)
    """

    stores: Survey
    limit: int
    count: Counts

    @classmethod
    def of_survey(cls, stores: Survey, features: int, max_values: int) -> Chunked:
        """Cut stores so that a chunk has about half of `max_values` feature values."""
        limit = max(max_values // features, 2)
        return cls(stores, limit, -(-stores.table["rows"].to_numpy() // (limit // 2)))

    @property
    def _first(self) -> Counts:
        """Number of the first chunk of each store."""
        return np.cumsum(self.count) - self.count

    def place(self, chunk: int) -> int:
        """Find the store of a chunk, by its place in the survey."""
        return int(np.searchsorted(self._first, chunk, "right")) - 1

    def cut(self, rows: DataFrame, by: Sequence[str] = ()) -> DataFrame:
        """Shuffle rows of these stores to their chunks: `chunk` and `features`, sorted by chunk.

        Rows that name their entities keep them, between the two. What decides the chunk is all of
        it, or the columns that are named.
        """
        own = columns_of(rows)
        chunk = F.col("first") + F.pmod(F.xxhash64(*(by or own)), F.col("chunks"))
        cut = rows.join(self._places(rows), "store").select(chunk.alias("chunk"), *own)
        total = self.count.sum()
        tasks = int(max(min(total, parallelism(rows)), total // _CHUNKS_A_TASK))
        place = F.pmod("chunk", F.lit(tasks)).cast("int")
        return placed(cut, tasks, np.arange(tasks), place).sortWithinPartitions("chunk")

    def heaviest(self, rows: DataFrame) -> DataFrame:
        """Find, of each of these stores, the rows of the entity that has most: for its own worker.

        Returns
        -------
        pyspark.sql.DataFrame
            `place` and `heaviest`.
        """
        each = rows.join(self._places(rows), "store").groupBy("place", ENTITY)
        counted = each.agg(F.count(F.lit(1)).alias("rows"))
        return counted.groupBy("place").agg(F.max("rows").alias("heaviest"))

    def _places(self, rows: DataFrame) -> DataFrame:
        """Where the chunks of each store are, as a frame that every worker gets."""
        columns = {
            "store": self.stores.table["store"].combine_chunks(),
            "place": pa.array(range(len(self.stores)), pa.int32()),
            "first": self._first,
            "chunks": self.count,
        }
        schema = StructType([rows.schema["store"]]).add("place", "integer")
        schema = schema.add("first", "long").add("chunks", "long")
        return F.broadcast(arrow_frame(rows.sparkSession, pa.table(columns), schema))
