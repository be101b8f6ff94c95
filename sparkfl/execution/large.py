"""Stores that no worker should hold: their chunks are summarised, the summaries merged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from sparkfl.execution.chunked import Chunked
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


def fit_large(
    fit: LocalFit, rows: DataFrame, features: int, stores: Survey, tally: Tally
) -> DataFrame:
    """Plan the fits of stores that are too large for a worker.

    Each chunk becomes some thousand summaries of neighbouring rows, and the store is fitted on
    these, which merge exactly: counts, means and sums of squares of its clusters lose nothing.

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
    chunked = Chunked.of_survey(stores, features, fit.max_values)
    standard = stores.scalings() if fit.scaling is None else [None] * len(stores)

    def summarise(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with single_thread(), np.errstate(all="ignore"):
            for chunk, values, weight in chunks(batches, features, chunked.limit):
                place = chunked.place(chunk)
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

    summaries = chunked.cut(rows).mapInArrow(summarise, _GROUPS)
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
