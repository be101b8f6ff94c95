"""The marginal of each feature, from the cells that stores release of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import functions as F

from sparkfl.execution.chunked import Chunked, too_large
from sparkfl.execution.entities import ENTITY, columns_of, is_keyed
from sparkfl.execution.layout import Layout, parallelism
from sparkfl.execution.survey import Survey
from sparkfl.local.chunks import chunks
from sparkfl.local.spool import MAX_VALUES
from sparkfl.local.stores import blocks
from sparkfl.local.threads import single_thread
from sparkfl.privacy.cells import Owners, cell_of, release_cells
from sparkfl.privacy.rules import Rules
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
_BEHIND = {
    "owned": pa.list_(pa.int64()),
    "most": pa.list_(pa.int64()),
    "least": _VECTOR,
    "greatest": _VECTOR,
}
_FINE = (
    f"{_CELLS}, owned array<bigint>, most array<bigint>, least array<double>, "
    "greatest array<double>, place int, row array<double>"
)
"""Cells of a chunk, who is behind them, and the row that all of its rows are, if they are."""


@dataclass(frozen=True)
class Marginals:
    """How stores tell of the marginals of asinh(z).

    Parameters
    ----------
    standard : Scaling
        The z-scores.
    cells : int
        Cells that a store tells of a feature, at most.
    rules : Rules
        What is asked of each.
    max_values : int, default 2**20
        Rows times features above which a store is cut into chunks.
    """

    standard: Scaling
    cells: int
    rules: Rules
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
            that is not valid; and `entity`, if they name theirs.
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
        >>> told = Marginals(Scaling(np.array([9.5]), np.array([5.9])), 20, Rules(10))
        >>> moments, ((values, shares),) = told.pooled(rows, survey(rows, 1, 3, Rules(10)))
        >>> moments.n.tolist(), values.round(1).tolist(), shares.tolist()
        ([[20]], [-1.1, -0.4, 0.4, 1.1], [0.25, 0.25, 0.25, 0.25])
        """
        valid = rows.where(F.col("features").isNotNull()).select("store", *columns_of(rows))
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

        def merge(key: tuple[pa.Scalar, ...], table: pa.Table) -> pa.Table:
            feature = key[0].as_py()
            every = _summary(table, feature)
            every = every.ordered(_order(every))
            total, (values, shares) = every.total(), marginal(every)
            row = {
                "feature": pa.array([feature], pa.int32()),
                "n": pa.array(total.n),
                "mean": pa.array(total.mean[0]),
                "ss": pa.array(total.ss[0]),
                "values": pa.array([values]),
                "shares": pa.array([shares]),
            }
            return pa.table(row)

        cells = reduce(lambda one, other: one.unionAll(other), told).where(F.size("n") > 0)
        merged = cells.groupBy("feature").applyInArrow(merge, _MERGED).toArrow()
        if not len(merged):
            return None
        merged = merged.sort_by("feature")
        moments = Moments(*(merged[name].to_numpy()[None] for name in ("n", "mean", "ss")))
        values, shares = (map(np.array, merged[name].to_pylist()) for name in ("values", "shares"))
        return moments, list(zip(values, shares, strict=True))

    def _of_small(self, rows: DataFrame, stores: Survey) -> DataFrame:
        """Plan the cells of stores that a worker can hold."""
        d, keyed = len(self.standard.mean), is_keyed(rows)

        def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            with single_thread():
                for block in blocks(batches, d):
                    entity = block.columns[0] if keyed else None
                    block = block.without(int(keyed))
                    least, most = (
                        extreme.reduceat(block.columns, block.start, axis=1)
                        for extreme in (np.minimum, np.maximum)
                    )
                    store = np.repeat(np.arange(len(block)), block.size)
                    one = np.ones(len(store), np.int64)
                    values = self._values(block.columns, store, one, entity)
                    yield self._told(values, (least == most).all(axis=0))

        layout = Layout.of_survey(stores, d, parallelism(rows))
        return layout.apply(rows, "store").mapInArrow(work, _CELLS)

    def _of_large(self, rows: DataFrame, stores: Survey) -> DataFrame:
        """Plan the cells of stores that none can: those of chunks, then of these the store's.

        All rows of an entity are in one chunk, or rows that are alike where each is an entity.
        """
        d, keyed = len(self.standard.mean), is_keyed(rows)
        chunked = Chunked.of_survey(stores, d, self.max_values)

        def cut(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            with single_thread():
                for chunk, x, weight in chunks(batches, d, chunked.limit):
                    entity, x = x[:, 0] if keyed else None, x[:, int(keyed) :]
                    values = self._values(
                        x.T, np.zeros(len(x), np.int64), weight.astype(np.int64), entity
                    )
                    yield self._fine(values, chunked.place(chunk), x)

        def gate(table: pa.Table) -> pa.Table:
            values = [_owned(table, f) for f in range(d)]
            one = (np.zeros(len(own), np.int64) for own, _ in values)
            equal = len({None if row is None else tuple(row) for row in table["row"].to_pylist()})
            same = np.array([equal == 1 and table["row"][0].is_valid])
            each = ((own, at, who) for (own, who), at in zip(values, one, strict=True))
            return pa.Table.from_batches([self._told(each, same)])

        fine = chunked.cut(rows, [ENTITY] if keyed else []).mapInArrow(cut, _FINE)
        return fine.groupBy("place").applyInArrow(gate, _CELLS)

    def _values(
        self, x: Matrix, store: Counts, n: Counts, entity: Matrix | None
    ) -> Iterator[tuple[ClusterSummary, Counts, Owners]]:
        """Sort each feature, a row of x, within the stores: asinh of its z-scores."""
        for values in asinh(self.standard.transform(x.T)).T:
            order = np.lexsort((values, store))
            mean, own = values[order], None if entity is None else entity[order]
            owners = Owners.of_values(mean, n[order], store[order], own)
            ss = np.zeros_like(mean)[:, None]
            yield ClusterSummary(n[order], mean[:, None], ss), store[order], owners

    def _fine(
        self, features: Iterable[tuple[ClusterSummary, Counts, Owners]], place: int, x: Matrix
    ) -> pa.RecordBatch:
        """Bring the rows of a chunk, x, together in fine cells, for another worker of the store."""
        cells, behind = [], []
        for values, store, owners in features:
            size = np.array([max(1, -(-int(owners.owned.sum()) // (_FINER * self.cells)))])
            run = cell_of(store, owners.owned, size, 1)
            cells.append(values.merged(run))
            behind.append(owners.merged(run))
        row = x[0].tolist() if (x == x[0]).all() else None
        columns = _columns(cells)
        for name, type_ in _BEHIND.items():
            columns[name] = pa.array([getattr(own, name) for own in behind], type_)
        columns["place"] = pa.array([place] * len(cells), pa.int32())
        columns["row"] = pa.array([row] * len(cells), _VECTOR)
        return pa.RecordBatch.from_pydict(columns)

    def _told(
        self,
        features: Iterable[tuple[ClusterSummary, Counts, Owners]],
        equal: npt.NDArray[np.bool_],
    ) -> pa.RecordBatch:
        """Let cells of each feature through the gate."""
        told = [
            release_cells(values, store, equal, self.cells, self.rules, owners)
            for values, store, owners in features
        ]
        return pa.RecordBatch.from_pydict(_columns(told))


def _columns(cells: Sequence[ClusterSummary]) -> dict[str, pa.Array]:
    """Lay out the cells of each feature, a row each."""
    return {
        "feature": pa.array(range(len(cells)), pa.int32()),
        "n": pa.array([own.n for own in cells], pa.list_(pa.int64())),
        "mean": pa.array([own.mean[:, 0] for own in cells], _VECTOR),
        "ss": pa.array([own.ss[:, 0] for own in cells], _VECTOR),
    }


def _owned(table: pa.Table, feature: int) -> tuple[ClusterSummary, Owners]:
    """Put the cells of a feature together, and who is behind them; sorted."""
    own = table.filter(pc.field("feature") == feature).combine_chunks()
    behind = Owners(*(own[name].combine_chunks().flatten().to_numpy() for name in _BEHIND))
    cells = _summary(table, feature)
    order = _order(cells)
    return cells.ordered(order), behind.kept(order)


def _summary(table: pa.Table, feature: int) -> ClusterSummary:
    """Put the cells of a feature together."""
    own = table.filter(pc.field("feature") == feature).combine_chunks()
    n, mean, ss = (own[name].combine_chunks().flatten().to_numpy() for name in ("n", "mean", "ss"))
    return ClusterSummary(n, mean[:, None], ss[:, None])


def _order(cells: ClusterSummary) -> npt.NDArray[np.intp]:
    """Order of cells in which sums do not depend on where they come from."""
    return np.lexsort((cells.ss[:, 0], cells.n, cells.mean[:, 0]))
