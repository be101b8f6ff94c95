"""The fast path: whole stores in a worker, many small ones in one call of numpy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

from sparkfl.execution.entities import is_guarded, is_keyed
from sparkfl.execution.layout import Layout, parallelism
from sparkfl.execution.meter import Tally
from sparkfl.execution.survey import Survey
from sparkfl.local.fitting import LocalFit
from sparkfl.local.result import encode, result_schema
from sparkfl.local.stores import blocks
from sparkfl.local.threads import single_thread

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["fit_small"]


def fit_small(
    fit: LocalFit, rows: DataFrame, features: int, stores: Survey, tally: Tally
) -> DataFrame:
    """Plan the fits of stores that a worker can hold: one shuffle, one pass over sorted rows.

    Parameters
    ----------
    fit : LocalFit
        How they are fitted, by a built-in algorithm.
    rows : pyspark.sql.DataFrame
        Valid rows of these stores: `store`, `entity` if they name theirs, and `features`.
    features : int
        Number of features.
    stores : Survey
        The stores, by which they are laid out over partitions.
    tally : Tally
        Counts what is done.
    """
    keyed, guarded = is_keyed(rows), is_guarded(rows)

    def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with single_thread():
            for block in blocks(batches, features):
                entity = block.columns[0] if keyed else None
                content = block.columns[int(keyed)] if guarded else None
                own = block.without(int(keyed) + int(guarded))
                results = fit.fit_block(own, entity, content)
                tally.add(len(block), int(block.size.sum()))
                yield encode(block.keys, results, guarded)

    layout = Layout.of_survey(stores, features, parallelism(rows))
    type_ = rows.schema["store"].dataType.simpleString()
    return layout.apply(rows, "store").mapInArrow(work, result_schema(type_, guarded))
