"""What a worker does: blocks of sorted events in, features out; numpy and Arrow only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sparkfl.features.aggregations import AGGREGATIONS
from sparkfl.features.aggregations.windows import Counts, Floats
from sparkfl.features.views.blocks import blocks
from sparkfl.features.views.compute import compute
from sparkfl.features.views.events import Events
from sparkfl.features.views.plan import Planned
from sparkfl.features.views.tiling import Tiling, Unpacked, kept

__all__ = ["NEVER", "Shrinking", "Work"]

NEVER = -(2**62)
"""Time of a question that has none: all of its features are NULL."""

_EVENTS = 2**20
"""Events in the windows that are open at once, about."""


@dataclass(frozen=True)
class Work:
    """Computes the features of a view.

    Batches have the hash of the entity, its `keys` columns, ``time``, ``source`` and ``values``,
    and are sorted by the hash; where times are asked for by rows, these come as a last source, and
    what else they have as a last column.

    Attributes
    ----------
    keys : int
        Columns that name an entity.
    sources : int
        Number of sources.
    features : tuple of Planned
        The features.
    names : tuple of str
        Names of the columns that are made.
    as_of : int or None
        When all entities are asked for, in microseconds; None if rows ask.
    """

    keys: int
    sources: int
    features: tuple[Planned, ...]
    names: tuple[str, ...]
    as_of: int | None

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Turn sorted events into a row an entity, or a row each that asked."""
        tiling = Tiling(self.keys, kept(self.features), self.as_of)
        # The windows of many times begin and end anywhere: no tile fits them all.
        shrink = tiling.shrink if tiling.kept and self.as_of is not None else None
        for block in blocks(batches, shrink=shrink):
            rows = Unpacked.read(block, self.keys)
            sources = [tiling.events(rows, source) for source in range(self.sources)]
            if self.as_of is None:
                own = np.flatnonzero(rows.source == self.sources)
                payload = block.column(self.keys + 4)
                yield from self._asked(payload, sources, rows.entity[own], rows.times[own], own)
            else:
                every, until = np.arange(rows.entities), np.full(rows.entities, self.as_of)
                found = compute(self.features, sources, every, until)
                first = pa.array(rows.begin)
                yield self._batch(
                    [block.column(i + 1).take(first) for i in range(self.keys)], found
                )

    def _asked(
        self,
        payload: pa.StructArray,
        sources: list[Events],
        entity: Counts,
        until: Counts,
        own: Counts,
    ) -> Iterator[pa.RecordBatch]:
        """Answer the rows that ask, so many at a time that their windows can be held."""
        events = sum(np.diff(source.start)[entity] for source in sources)
        part = np.cumsum(np.maximum(events, 1)) // _EVENTS
        for rows in np.split(np.arange(len(own)), np.flatnonzero(np.diff(part)) + 1):
            if len(rows):
                found = compute(self.features, sources, entity[rows], until[rows])
                known = np.where(until[rows] == NEVER, np.nan, 1.0)
                asked = payload.take(pa.array(own[rows])).flatten()
                yield self._batch(asked, [feature * known for feature in found])

    def _batch(self, columns: list[pa.Array], found: list[Floats]) -> pa.RecordBatch:
        """Put columns and features together."""
        made = [
            _ARROW[AGGREGATIONS[feature.function].returns](values)
            for feature, values in zip(self.features, found, strict=True)
        ]
        return pa.RecordBatch.from_arrays([*columns, *made], names=list(self.names))


@dataclass(frozen=True)
class Shrinking:
    """Makes tiles of sorted events.

    Attributes
    ----------
    tiling : Tiling
        How.
    """

    tiling: Tiling

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Turn sorted events into tiles; those that cannot be, stay."""
        for block in blocks(batches, shrink=self.tiling.shrink):
            yield self.tiling.shrink(block)


def _double(values: Floats) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))


def _bigint(values: Floats) -> pa.Array:
    missing = np.isnan(values)
    return pa.array(np.where(missing, 0, values).astype(np.int64), mask=missing)


def _timestamp(values: Floats) -> pa.Array:
    return _bigint(values).cast(pa.timestamp("us", "UTC"))


_ARROW: dict[str, Callable[[Floats], pa.Array]] = {
    "double": _double,
    "bigint": _bigint,
    "timestamp": _timestamp,
}
