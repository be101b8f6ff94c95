"""Stores that no worker should hold: their chunks are summarised, the summaries merged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from sparkfl.execution.chunked import Chunked
from sparkfl.execution.entities import is_keyed
from sparkfl.execution.groups import GROUPS, decode_groups, encode_groups
from sparkfl.execution.meter import Tally
from sparkfl.execution.survey import Survey
from sparkfl.local.chunks import chunks
from sparkfl.local.fitting import LocalFit, failure
from sparkfl.local.result import encode, result_schema
from sparkfl.local.threads import single_thread

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["fit_large"]


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
        Valid rows of these and perhaps other stores: `store`, `entity` if they name theirs, and
        `features`.
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
    keyed = is_keyed(rows)

    def summarise(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with single_thread(), np.errstate(all="ignore"):
            for chunk, values, weight in chunks(batches, features, chunked.limit):
                place = chunked.place(chunk)
                entity, own = values[:, 0] if keyed else None, values[:, int(keyed) :]
                groups, members = fit.summarise(own, weight, standard[place], entity)
                yield encode_groups(place, chunk, groups, members)
                tally.add(0, int(weight.sum()))

    def merge(key: tuple[pa.Scalar, ...], summaries: pa.Table) -> pa.Table:
        place = key[0].as_py()
        with single_thread(), np.errstate(all="ignore"):
            try:
                groups, members = decode_groups(summaries)
                result = fit.fit_summaries(int(size[place]), groups, standard[place], members)
            except Exception as error:  # noqa: BLE001  a store's failure is its verdict
                result = failure(error, int(size[place]))
        tally.add(1, 0)
        told = encode(names[place : place + 1], [fit.counted(result)], fit.guarded)
        return pa.Table.from_batches([told])

    summaries = chunked.cut(rows).mapInArrow(summarise, GROUPS)
    if keyed:
        heaviest = chunked.heaviest(rows)
        summaries = summaries.unionByName(heaviest, allowMissingColumns=True)
    type_ = rows.schema["store"].dataType.simpleString()
    return summaries.groupBy("place").applyInArrow(merge, result_schema(type_, fit.guarded))
