"""The marginal of each feature, from the cells that stores release of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import functions as F

from sparkfl.execution.chunked import Chunked, too_large
from sparkfl.execution.layout import Layout, parallelism
from sparkfl.execution.survey import Survey
from sparkfl.local.chunks import chunks
from sparkfl.local.spool import MAX_VALUES
from sparkfl.local.stores import blocks
from sparkfl.local.threads import single_thread
from sparkfl.privacy.cells import release_cells
from sparkfl.statistics.moments import Moments
from sparkfl.statistics.normal_scores import marginal
from sparkfl.statistics.scaling import Scaling, asinh
from sparkfl.statistics.summary import ClusterSummary, Counts, Matrix

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["Marginals"]

_CELLS = "feature int, n array<bigint>, mean array<double>, ss array<double>"
_MERGED = (
    "feature int, n bigint, mean double, ss double, values array<double>, shares array<double>"
)
_VECTOR = pa.list_(pa.float64())
_FINER = 16
"""Cells of a chunk, for each one that its store may tell."""


@dataclass(frozen=True)
class Marginals:
    """How stores tell of the marginals of asinh(z).

    Parameters
    ----------
    standard : Scaling
        The z-scores.
    cells : int
        Cells that a store tells of a feature, at most.
    min_cluster_size : int
        Smallest of them.
    max_values : int, default 2**20
        Rows times features above which a store is cut into chunks.
    """

    standard: Scaling
    cells: int
    min_cluster_size: int
    max_values: int = MAX_VALUES

    def pooled(
        self, rows: DataFrame, stores: Survey
    ) -> tuple[Moments, list[tuple[Matrix, Matrix]]] | None:
        """Pool the cells that pass the gate, in one job.

        They are merged feature by feature before they reach the driver: ten thousand stores of 200
        features tell 40 million.

        Parameters
        ----------
        rows : pyspark.sql.DataFrame
            Rows of all stores: `store` and `features`, an array of finite doubles, NULL in a row
            that is not valid.
        stores : Survey
            All stores.

        Returns
        -------
        tuple of Moments and list, or None
            Moments of all cells, and for each feature what `marginal` returns; None if no store
            may tell anything.

        Examples
        --------
        >>> from sparkfl.execution.survey import survey
        >>> rows = spark.range(20).selectExpr("'a' AS store", "array(double(id)) AS features")
        >>> told = Marginals(Scaling(np.array([9.5]), np.array([5.9])), 20, min_cluster_size=10)
        >>> moments, ((values, shares),) = told.pooled(rows, survey(rows, 1, 3, 10))
        >>> moments.n.tolist(), values.round(1).tolist(), shares.tolist()
        ([[20]], [-1.1, -0.4, 0.4, 1.1], [0.25, 0.25, 0.25, 0.25])
        """
        valid = rows.where(F.col("features").isNotNull())
        d = len(self.standard.mean)
        named = np.array([store is not None for store in stores.stores], bool)
        todo = named & (stores.table["rows"].to_numpy() > 0)
        large = too_large(stores, d, self.max_values)
        told = []
        if (todo & ~large).any():
            small = stores.only(todo & ~large)
            told.append(self._of_small(small.of(valid, stores), small))
        if (todo & large).any():
            told.append(self._of_large(valid, stores.only(todo & large)))
        if not told:
            return None

        def merge(
            key: tuple[pa.Scalar, ...], batches: Iterator[pa.RecordBatch]
        ) -> Iterator[pa.RecordBatch]:
            feature = key[0].as_py()
            every = _ascending(_summary(pa.Table.from_batches(list(batches)), feature))
            if len(every):
                total, (values, shares) = every.total(), marginal(every)
                row = {
                    "feature": pa.array([feature], pa.int32()),
                    "n": pa.array(total.n),
                    "mean": pa.array(total.mean[0]),
                    "ss": pa.array(total.ss[0]),
                    "values": pa.array([values]),
                    "shares": pa.array([shares]),
                }
                yield pa.RecordBatch.from_pydict(row)

        cells = reduce(lambda one, other: one.unionAll(other), told)
        merged = cells.groupBy("feature").applyInArrow(merge, _MERGED).toArrow()
        if not len(merged):
            return None
        merged = merged.sort_by("feature")
        moments = Moments(*(merged[name].to_numpy()[None] for name in ("n", "mean", "ss")))
        values, shares = (map(np.array, merged[name].to_pylist()) for name in ("values", "shares"))
        return moments, list(zip(values, shares, strict=True))

    def _of_small(self, rows: DataFrame, stores: Survey) -> DataFrame:
        """Plan the cells of stores that a worker can hold."""
        d = len(self.standard.mean)

        def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            with single_thread():
                for block in blocks(batches, d):
                    least, most = (
                        extreme.reduceat(block.columns, block.start, axis=1)
                        for extreme in (np.minimum, np.maximum)
                    )
                    store = np.repeat(np.arange(len(block)), block.size)
                    values = self._values(block.columns, store, np.ones(len(store), np.int64))
                    yield self._told(values, (least == most).all(axis=0))

        layout = Layout.of_survey(stores, d, parallelism(rows))
        return layout.apply(rows, "store").mapInArrow(work, _CELLS)

    def _of_large(self, rows: DataFrame, stores: Survey) -> DataFrame:
        """Plan the cells of stores that none can: those of chunks, then of these the store's."""
        d = len(self.standard.mean)
        chunked = Chunked.of_survey(stores, d, self.max_values)
        within = replace(self, cells=_FINER * self.cells, min_cluster_size=1)

        def cut(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            with single_thread():
                for chunk, x, weight in chunks(batches, d, chunked.limit):
                    one = np.zeros(len(x), np.int64)
                    values = within._values(x.T, one, weight.astype(np.int64))
                    fine = within._told(values, np.array([False]))
                    place = pa.array(np.full(d, chunked.place(chunk)), pa.int32())
                    equal = pa.array(np.full(d, (x == x[0]).all()))
                    yield fine.append_column("place", place).append_column("equal", equal)

        def gate(
            _: tuple[pa.Scalar, ...], batches: Iterator[pa.RecordBatch]
        ) -> Iterator[pa.RecordBatch]:
            table = pa.Table.from_batches(list(batches))
            values = [_ascending(_summary(table, f)) for f in range(d)]
            one = (np.zeros(len(own), np.int64) for own in values)
            # Rows that are alike are in one chunk.
            equal = len(table) == d and table["equal"][0].as_py()
            yield self._told(zip(values, one, strict=True), np.array([equal]))

        fine = chunked.cut(rows).mapInArrow(cut, f"{_CELLS}, place int, equal boolean")
        return fine.groupBy("place").applyInArrow(gate, _CELLS)

    def _values(
        self, x: Matrix, store: Counts, n: Counts
    ) -> Iterator[tuple[ClusterSummary, Counts]]:
        """Sort each feature, a row of x, within the stores: asinh of its z-scores."""
        for values in asinh(self.standard.transform(x.T)).T:
            order = np.lexsort((values, store))
            mean = values[order, None]
            yield ClusterSummary(n[order], mean, np.zeros_like(mean)), store[order]

    def _told(
        self,
        features: Iterable[tuple[ClusterSummary, Counts]],
        equal: npt.NDArray[np.bool_],
    ) -> pa.RecordBatch:
        """Let cells of each feature through the gate."""
        told = [
            release_cells(values, store, equal, self.cells, self.min_cluster_size)
            for values, store in features
        ]
        columns = {
            "feature": pa.array(range(len(told)), pa.int32()),
            "n": pa.array([own.n for own in told], pa.list_(pa.int64())),
            "mean": pa.array([own.mean[:, 0] for own in told], _VECTOR),
            "ss": pa.array([own.ss[:, 0] for own in told], _VECTOR),
        }
        return pa.RecordBatch.from_pydict(columns)


def _summary(table: pa.Table, feature: int) -> ClusterSummary:
    """Put the cells of a feature together."""
    own = table.filter(pc.field("feature") == feature).combine_chunks()
    n, mean, ss = (own[name].combine_chunks().flatten().to_numpy() for name in ("n", "mean", "ss"))
    return ClusterSummary(n, mean[:, None], ss[:, None])


def _ascending(cells: ClusterSummary) -> ClusterSummary:
    """Sort cells, so that sums do not depend on where they come from."""
    order = np.lexsort((cells.ss[:, 0], cells.n, cells.mean[:, 0]))
    return ClusterSummary(cells.n[order], cells.mean[order], cells.ss[order])
