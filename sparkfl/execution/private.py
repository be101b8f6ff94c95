"""The Spark jobs in which stores tell figures with noise, each in its own worker, and no others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from pyspark.sql import functions as F

from sparkfl.execution.entities import ENTITY, is_keyed
from sparkfl.local.private_fit import PrivateFit
from sparkfl.local.result import LocalResult, decode, encode, result_schema
from sparkfl.local.stores import Block, blocks
from sparkfl.local.threads import single_thread
from sparkfl.privacy.noise import Noise
from sparkfl.privacy.private_histogram import private_bins
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["clipped", "fit_private", "private_histogram", "stores_of"]


def stores_of(rows: DataFrame) -> list[Any]:
    """Return the stores that rows name, in order.

    Which stores there are is public: only their names are read, of rows that are not valid too.
    """
    names = rows.where(F.col("store").isNotNull()).select("store").distinct()
    found: list[Any] = names.toArrow()["store"].to_pylist()
    return sorted(found)


def clipped(rows: DataFrame, fit: PrivateFit) -> DataFrame:
    """Clip the features of rows to the bounds."""
    low, high = (F.array(*map(F.lit, ends.tolist())) for ends in (fit.bounds.low, fit.bounds.high))
    inside = F.zip_with("features", low, lambda x, least: F.greatest(x, least))
    return rows.withColumn("features", F.zip_with(inside, high, lambda x, most: F.least(x, most)))


def fit_private(
    fit: PrivateFit, rows: DataFrame, features: int, stores: Sequence[Any]
) -> dict[Any, LocalResult]:
    """Fit stores, in one job that runs once: what it tells of a store is one draw of noise.

    How rows are laid out does not depend on how many a store has, so that the driver need not know.

    Parameters
    ----------
    fit : PrivateFit
        How they are fitted.
    rows : pyspark.sql.DataFrame
        Rows of stores: `store`, `entity` if they name theirs, and `features`, an array of finite
        doubles, NULL in a row that is not valid.
    features : int
        Length of the arrays.
    stores : sequence of object
        The stores to fit; others are left out, whatever rows they have.

    Returns
    -------
    dict of object to LocalResult
        Of every one of them. One that has no valid row has a result like any other.
    """
    keyed = is_keyed(rows)

    def work(block: Block) -> pa.RecordBatch:
        return encode(block.keys, fit.fit_block(block, keyed))

    type_ = rows.schema["store"].dataType.simpleString()
    valid = rows.where(F.col("features").isNotNull())
    names = ["store", *([ENTITY] if keyed else []), "features"]
    told = dict(decode(_told(valid.select(*names), features, stores, work, result_schema(type_))))
    told = {s: _withheld(result) for s, result in told.items()}
    nothing = np.empty((0, features))
    return {s: told[s] if s in told else fit.fit(nothing) for s in stores}


def private_histogram(
    scored: DataFrame,
    bin_: Column,
    features: int,
    noise: Noise,
    share: float,
    stores: Sequence[Any],
) -> Matrix:
    """Add up what stores tell of their customers' scores, with the noise of each.

    Parameters
    ----------
    scored : pyspark.sql.DataFrame
        Rows of all stores, `entity` if they name theirs.
    bin_ : pyspark.sql.Column
        Bin of each row on the grid of `sparkfl.statistics.severity`; NULL leaves the row out.
    features : int
        How many features the scores are of.
    noise : Noise
        Of the release.
    share : float
        Share of its budget that is spent here.
    stores : sequence of object
        The stores that have a part in it.

    Returns
    -------
    numpy.ndarray, shape (`sparkfl.privacy.private_histogram.BINS`,)
    """
    keyed = is_keyed(scored)

    def work(block: Block) -> pa.RecordBatch:
        told = []
        for start, size in zip(block.start.tolist(), block.size.tolist(), strict=True):
            own = block.columns[:, start : start + size]
            # Here, not by a condition: Spark would move that below all that a bin is made of, and
            # compute it anew there.
            own = own[:, ~np.isnan(own[-1])]
            told.append(private_bins(own[-1], features, noise, share, own[0] if keyed else None))
        return pa.RecordBatch.from_pydict(
            {"store": block.keys, "counts": pa.array(told, pa.list_(pa.float64()))}
        )

    whose = [ENTITY] if keyed else []
    rows = scored.select("store", *whose, bin_.cast("double").alias("bin"))
    schema = f"store {rows.schema['store'].dataType.simpleString()}, counts array<double>"
    table = _told(rows, 1, stores, work, schema)
    counts = dict(zip(table["store"].to_pylist(), table["counts"].to_pylist(), strict=True))
    nothing = np.empty(0)
    none = partial(private_bins, nothing, features, noise, share)
    every = [counts[s] if s in counts else none() for s in stores]
    total: Matrix = np.sum(every, axis=0)
    return total


def _told(
    rows: DataFrame,
    width: int,
    stores: Sequence[Any],
    work: Callable[[Block], pa.RecordBatch],
    schema: str,
) -> pa.Table:
    """Run a function of whole stores where their rows are, once each."""
    wanted = frozenset(stores)

    def each(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with single_thread():
            for block in blocks(batches, width, spill=True):
                yield work(_only(block, wanted))

    named = rows.where(F.col("store").isNotNull())
    together = named.repartition("store").sortWithinPartitions("store")
    return together.mapInArrow(each, schema).toArrow()


def _only(block: Block, wanted: Collection[Any]) -> Block:
    """Keep some stores of a block."""
    keep = np.array([store in wanted for store in block.keys.to_pylist()], dtype=bool)
    if keep.all():
        return block
    columns = block.columns[:, np.repeat(keep, block.size)]
    return Block(block.keys.filter(pa.array(keep)), block.size[keep], columns)


def _withheld(result: LocalResult) -> LocalResult:
    """Leave out what is not told, which has no column in what workers send."""
    return LocalResult(
        result.verdict,
        result.rows,
        result.summary,
        None,
        strategy=result.strategy,
        detail=result.detail,
        skipped=None,
    )
