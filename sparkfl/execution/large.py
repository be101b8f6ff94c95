"""Stores that no worker should hold: their chunks are summarised, the summaries merged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from sparkfl.columns import arrow_frame
from sparkfl.execution.layout import parallelism
from sparkfl.execution.progress import Tally
from sparkfl.execution.survey import Survey
from sparkfl.local.chunks import chunks
from sparkfl.local.fitting import LocalFit, failure
from sparkfl.local.result import encode, result_schema
from sparkfl.local.threads import single_thread
from sparkfl.statistics.summary import ClusterSummary

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["fit_large"]

_GROUPS = "place int, chunk bigint, n array<bigint>, mean array<double>, ss array<double>"
_CHUNKS_A_TASK = 4


def fit_large(
    fit: LocalFit, rows: DataFrame, features: int, stores: Survey, tally: Tally
) -> DataFrame:
    """Plan the fits of stores that are too large for a worker.

    Rows go to chunks of half a worker's limit by a hash of their values, each chunk becomes some
    thousand summaries of neighbouring rows, and the store is fitted on its summaries, which
    merge exactly: counts, means and sums of squares of its clusters lose nothing.

    Parameters
    ----------
    fit : LocalFit
        How they are fitted, by a built-in algorithm.
    rows : pyspark.sql.DataFrame
        Valid rows of these and perhaps other stores: `store` and `features`.
    features : int
        Number of features.
    stores : Survey
        The large stores.
    tally : Tally
        Counts what is done.
    """
    size = stores.table["rows"].to_numpy()
    names = stores.table["store"].combine_chunks()
    limit = max(fit.max_values // features, 2)
    count = -(-size // (limit // 2))
    first = np.cumsum(count) - count
    standard = stores.scalings() if fit.scaling is None else [None] * len(stores)

    def summarise(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with single_thread(), np.errstate(all="ignore"):
            for chunk, values, weight in chunks(batches, features, limit):
                place = int(np.searchsorted(first, chunk, "right")) - 1
                yield _encode(place, chunk, fit.summarise(values, weight, standard[place]))
                tally.add(0, int(weight.sum()))

    def merge(
        key: tuple[pa.Scalar, ...], batches: Iterator[pa.RecordBatch]
    ) -> Iterator[pa.RecordBatch]:
        place = key[0].as_py()
        with single_thread(), np.errstate(all="ignore"):
            try:
                result = fit.fit_summaries(int(size[place]), _decode(batches), standard[place])
            except Exception as error:  # noqa: BLE001  a store's failure is its verdict
                result = failure(error, int(size[place]))
        tally.add(1, 0)
        yield encode(names[place : place + 1], [result])

    table = pa.table({"store": names, "first": first, "chunks": count})
    schema = StructType([rows.schema["store"]]).add("first", "long").add("chunks", "long")
    places = F.broadcast(arrow_frame(rows.sparkSession, table, schema))
    chunk = F.col("first") + F.pmod(F.xxhash64("features"), F.col("chunks"))
    cut = rows.join(places, "store").select(chunk.alias("chunk"), "features")
    tasks = int(max(min(count.sum(), parallelism(rows)), count.sum() // _CHUNKS_A_TASK))
    summaries = (
        cut.repartitionById(tasks, F.pmod("chunk", F.lit(tasks)).cast("int"))
        .sortWithinPartitions("chunk")
        .mapInArrow(summarise, _GROUPS)
    )
    type_ = rows.schema["store"].dataType.simpleString()
    return summaries.groupBy("place").applyInArrow(merge, result_schema(type_))


def _encode(place: int, chunk: int, groups: ClusterSummary) -> pa.RecordBatch:
    """Encode the summaries of a chunk as one row."""
    columns = {
        "place": pa.array([place], pa.int32()),
        "chunk": pa.array([chunk], pa.int64()),
        "n": pa.array([groups.n]),
        "mean": pa.array([groups.mean.ravel()]),
        "ss": pa.array([groups.ss.ravel()]),
    }
    return pa.RecordBatch.from_pydict(columns)


def _decode(batches: Iterator[pa.RecordBatch]) -> ClusterSummary:
    """Put the summaries of a store's chunks together, in the order of the chunks."""
    table = pa.Table.from_batches(list(batches)).sort_by("chunk")
    n, mean, ss = (
        table[name].combine_chunks().flatten().to_numpy() for name in ("n", "mean", "ss")
    )
    return ClusterSummary(n, mean.reshape(len(n), -1), ss.reshape(len(n), -1))
