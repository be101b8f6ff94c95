"""Rows of sources become tiles: what days, or parts of them, add up to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sparkfl.features.aggregations import AGGREGATIONS, DAY, Rows
from sparkfl.features.aggregations.windows import Counts, Floats
from sparkfl.features.views.blocks import entities
from sparkfl.features.views.events import Events, TileEvents
from sparkfl.features.views.plan import Planned

__all__ = ["TILE", "Kept", "Tiling", "kept"]

TILE = 1_000_000
"""Added to the number of a source, for rows that are tiles of it."""

Kept = tuple[tuple[int, str], ...]
"""What tiles of a source have, in order: values and what is kept of each."""


def kept(features: Sequence[Planned]) -> dict[int, Kept]:
    """Tell what tiles keep, of the sources whose features days add up to.

    Examples
    --------
    >>> mean = Planned("avg", 0, (0,), 7, {})
    >>> kept([mean, Planned("median", 1, (0,), 7, {}), Planned("avg", 1, (0,), 7, {})])
    {0: ((0, 'mean'), (0, 'n'))}
    """
    states: dict[int, set[tuple[int, str]]] = {}
    for feature in features:
        own = {(slot, s) for slot in feature.slots for s in AGGREGATIONS[feature.function].states}
        states.setdefault(feature.source, set()).update(own)
    whole = {f.source for f in features if not AGGREGATIONS[f.function].states}
    return {source: tuple(sorted(own)) for source, own in states.items() if source not in whole}


@dataclass(frozen=True)
class Tiling:
    """How rows of sources become tiles.

    Attributes
    ----------
    keys : int
        Columns that name an entity; before them is their hash, after them time, source and values.
    kept : mapping of int to Kept
        What is kept, of the sources that can be tiled.
    until : int or None
        An end of windows, in microseconds: no tile goes over the end of one of the days before it.
    """

    keys: int
    kept: Mapping[int, Kept]
    until: int | None = None

    def shrink(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Make tiles of the rows of whole or half entities; what cannot be tiled stays.

        Rows of an entity may be in any order, and are in any order then.

        Examples
        --------
        >>> rows = {"hash": [7, 7], "k": ["a", "a"], "time": [2, 1], "source": [0, 0]}
        >>> batch = pa.record_batch({**rows, "values": [[3.0], [5.0]]})
        >>> Tiling(1, {0: ((0, "mean"), (0, "n"))}).shrink(batch).to_pylist()
        [{'hash': 7, 'k': 'a', 'time': 1, 'source': 1000000, 'values': [4.0, 2.0]}]
        """
        rows = Unpacked.read(batch, self.keys)
        stays = np.flatnonzero(~np.isin(rows.source, list(self.kept)))
        parts, owners = [batch.take(pa.array(stays))], [rows.entity[stays]]
        number, values = (batch.schema.field(self.keys + i) for i in (2, 3))
        for source, own in self.kept.items():
            first, matrix = self._tiles(rows, rows.of(source), own)
            columns = [batch.column(i).take(pa.array(first)) for i in range(self.keys + 2)]
            tile = pa.array(np.full(len(first), source + TILE), number.type)
            columns += [tile, _lists(matrix, values.type)]
            parts.append(pa.RecordBatch.from_arrays(columns, schema=batch.schema))
            owners.append(rows.entity[first])
        # Entities stay one after another.
        order = np.argsort(np.concatenate(owners), kind="stable")
        return pa.concat_batches(parts).take(pa.array(order))

    def events(self, rows: Unpacked, source: int) -> Events:
        """Take the events of a source: its tiles, if there are any, with tiles of other rows."""
        places, tiles = rows.of(source), rows.of(source + TILE)
        borders = np.arange(rows.entities + 1)
        if not len(tiles):
            start = np.searchsorted(rows.entity[places], borders)
            return Events(rows.times[places], start, rows.flat, rows.place[places])
        own = self.kept[source]
        matrix = rows.flat[rows.place[tiles][:, None] + np.arange(len(own))]
        if len(places):
            first, made = self._tiles(rows, places, own)
            tiles, matrix = np.concatenate([first, tiles]), np.concatenate([made, matrix])
        order = np.lexsort((rows.times[tiles], rows.entity[tiles]))
        tiles, matrix = tiles[order], matrix[order]
        start = np.searchsorted(rows.entity[tiles], borders)
        place = np.arange(len(tiles)) * len(own)
        return TileEvents(rows.times[tiles], start, matrix.ravel(), place, own)

    def _tiles(self, rows: Unpacked, places: Counts, own: Kept) -> tuple[Counts, Floats]:
        """Make tiles of the rows of one source: the first row of each, and what is kept."""
        times, entity = rows.times[places], rows.entity[places]
        days = [times // DAY, *([] if self.until is None else [(self.until - 1 - times) // DAY])]
        new = np.ones(len(places), bool)
        new[1:] = np.any([own[1:] != own[:-1] for own in (entity, *days)], axis=0)
        first = np.flatnonzero(new)
        size = np.diff(np.append(first, len(places)))
        made: dict[int, Rows] = {}
        for slot in {slot for slot, _ in own}:
            values = rows.flat[rows.place[places] + slot] if slot >= 0 else np.ones(len(places))
            every = Rows(times, size, times[first], None, values)
            known = np.isfinite(values)
            made[slot] = every if known.all() else every.only(known, None)
        with np.errstate(all="ignore"):
            matrix = np.stack([getattr(made[slot], state) for slot, state in own], axis=1)
        return places[first], matrix


@dataclass(frozen=True, eq=False)
class Unpacked:
    """Columns of a block.

    Attributes
    ----------
    times, source, entity : numpy.ndarray of int64, shape (rows,)
        Time and source of each row, and the number of its entity in the block.
    entities : int
        Number of entities.
    flat : numpy.ndarray of float64
        All values.
    place : numpy.ndarray of int64, shape (rows,)
        First value of each row.
    begin : numpy.ndarray of int64, shape (entities,)
        First row of each entity.
    """

    times: Counts
    source: Counts
    entity: Counts
    entities: int
    flat: Floats
    place: Counts
    begin: Counts

    def of(self, source: int) -> Counts:
        """Find the rows of a source, by entity and time."""
        places = np.flatnonzero(self.source == source)
        times, entity = self.times[places], self.entity[places]
        least, most = (times.min(), times.max()) if len(places) else (0, 0)
        if self.entities * (float(most) - float(least) + 1) < 2**62:
            # One number is sorted twice as fast as two.
            return places[np.argsort(entity * (most - least + 1) + (times - least))]
        return places[np.lexsort((times, entity))]

    @classmethod
    def read(cls, block: pa.RecordBatch, keys: int) -> Unpacked:
        """Read a block: hash, key columns, time, source, values."""
        entity, first = entities(block, keys)
        values = block.column(keys + 3)
        return cls(
            times=block.column(keys + 1).to_numpy(),
            source=block.column(keys + 2).to_numpy(),
            entity=entity,
            entities=len(first),
            flat=values.values.to_numpy(zero_copy_only=False),
            place=values.offsets.to_numpy()[:-1].astype(np.int64),
            begin=first,
        )


def _lists(matrix: Floats, type_: pa.DataType) -> pa.Array:
    """Write the rows of a matrix as lists."""
    offsets = np.arange(len(matrix) + 1, dtype=np.int32) * matrix.shape[1]
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(matrix.ravel())).cast(type_)
