"""The events of some entities in a worker, and the windows that are cut from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sparkfl.features.aggregations import DAY, Rows, Tiles
from sparkfl.features.aggregations.windows import Counts, Floats

__all__ = ["Cut", "Events", "TileEvents", "bisect"]


@dataclass(frozen=True, eq=False)
class Events:
    """Events of one source, sorted by entity and time.

    Parameters
    ----------
    times : numpy.ndarray of int64, shape (events,)
        Microseconds since 1970-01-01 UTC.
    start : numpy.ndarray of int64, shape (entities + 1,)
        First event of each entity, and the number of all.
    flat : numpy.ndarray of float64
        Values of these and other events, one event after another.
    place : numpy.ndarray of int64, shape (events,)
        First value of each.
    """

    times: Counts
    start: Counts
    flat: Floats
    place: Counts

    @cached_property
    def _columns(self) -> dict[int, Floats]:
        return {}

    def column(self, slot: int) -> Floats:
        """Return one value of each event."""
        if slot not in self._columns:
            self._columns[slot] = self.flat[self.place + slot]
        return self._columns[slot]

    def rows(self, cut: Cut, slot: int, known: tuple[int, ...]) -> Rows | Tiles:
        """Return a value of the events of windows that have all of some values; -1 is 1."""
        taken = {s: self.column(s)[cut.places] for s in {slot, *known} - {-1}}
        values = taken[slot] if slot >= 0 else np.ones(len(cut.places))
        everything = Rows(cut.times, cut.size, cut.until, cut.days, values)
        there = np.ones(len(cut.places), bool)
        for s in set(known) - {-1}:
            there &= np.isfinite(taken[s])
        return everything if there.all() else everything.only(there, cut.days)

    def cut(self, entity: Counts, until: Counts, days: int | None) -> Cut:
        """Cut a window for each of some entities and times: what is earlier, not at that time."""
        start, stop = self.start[entity], self.start[entity + 1]
        high = bisect(self.times, start, stop, until)
        low = start if days is None else bisect(self.times, start, high, until - days * DAY)
        size = high - low
        skipped = np.repeat(low - (np.cumsum(size) - size), size)
        return Cut(self, skipped + np.arange(len(skipped)), size, until, days)


@dataclass(frozen=True, eq=False)
class TileEvents(Events):
    """Tiles of one source, sorted by entity and time.

    Parameters
    ----------
    times, start, flat, place
        See `Events`.
    kept : sequence of tuple of int and str
        What each tile has: of which value what.
    """

    kept: Sequence[tuple[int, str]]

    def rows(self, cut: Cut, slot: int, known: tuple[int, ...]) -> Rows | Tiles:
        """Return what is kept of a value, of the tiles of windows that have any."""
        del known
        state = {
            name: self.column(place)[cut.places]
            for place, (own, name) in enumerate(self.kept)
            if own == slot
        }
        everything = Tiles(cut.times, cut.size, cut.until, cut.days, state)
        return everything.only(state["n"] > 0, cut.days)


@dataclass(frozen=True, eq=False)
class Cut:
    """Windows of a source: which events are in them.

    Parameters
    ----------
    events : Events
        All events of the source.
    places : numpy.ndarray of int64
        Those in the windows, one window after another.
    size, until, days
        See `sparkfl.features.aggregations.windows.Windows`.
    """

    events: Events
    places: Counts
    size: Counts
    until: Counts
    days: int | None

    @cached_property
    def times(self) -> Counts:
        """Times of the events in the windows."""
        return self.events.times[self.places]

    @cached_property
    def _made(self) -> dict[tuple[int, tuple[int, ...]], Rows | Tiles]:
        return {}

    def rows(self, slot: int, known: tuple[int, ...]) -> Rows | Tiles:
        """Return a value of the events that have all of some values; -1 is 1 for every event."""
        if (slot, known) not in self._made:
            self._made[slot, known] = self.events.rows(self, slot, known)
        return self._made[slot, known]


def bisect(times: Counts, start: Counts, stop: Counts, bound: Counts) -> Counts:
    """Find the first event of each range whose time is not before a bound.

    Examples
    --------
    >>> times = np.array([1, 5, 5, 2, 9])
    >>> bisect(times, np.array([0, 3]), np.array([3, 5]), np.array([5, 10])).tolist()
    [1, 5]
    """
    low, high = start.copy(), stop.copy()
    left = np.flatnonzero(low < high)
    while len(left):
        middle = (low[left] + high[left]) >> 1
        earlier = times[middle] < bound[left]
        low[left[earlier]] = middle[earlier] + 1
        high[left[~earlier]] = middle[~earlier]
        left = left[low[left] < high[left]]
    return low
