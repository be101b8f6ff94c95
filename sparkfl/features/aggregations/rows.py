"""What aggregations are formulas of, computed from the events themselves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sparkfl.features.aggregations.windows import DAY, Floats, Windows, fold, over

__all__ = ["Rows"]


@dataclass(frozen=True, eq=False)
class Rows(Windows):
    """Events of windows with a finite value each.

    Parameters
    ----------
    times, size, until, days
        See `Windows`.
    values : numpy.ndarray of float64, shape (events,)
        What is aggregated.

    Examples
    --------
    >>> rows = Rows.of_lists([[1.0, 3.0], [], [5.0]])
    >>> rows.mean.tolist(), rows.n.tolist()
    ([2.0, nan, 5.0], [2.0, 0.0, 1.0])
    """

    values: Floats

    @classmethod
    def of_lists(
        cls,
        values: list[list[float]],
        times: list[list[int]] | None = None,
        until: list[int] | None = None,
        days: int | None = None,
    ) -> Rows:
        """Make windows of lists, for tests and examples: an event a day by default."""
        size = np.array([len(own) for own in values], np.int64)
        clock = [[day * DAY for day in range(n)] for n in size.tolist()] if times is None else times
        ends = [own[-1] + 1 if own else 1 for own in clock] if until is None else until
        flat = np.array([t for own in clock for t in own], np.int64)
        numbers = np.array([v for own in values for v in own], np.float64)
        return cls(flat, size, np.array(ends, np.int64), days, numbers)

    @property
    def totals(self) -> Floats:
        """The values."""
        return self.values

    @cached_property
    def n(self) -> Floats:
        """Number of events."""
        return self.size.astype(np.float64)

    @cached_property
    def total(self) -> Floats:
        """Sum; NaN where there is nothing, as for all that follow."""
        return fold(np.add, self.values, self.size)

    @cached_property
    def mean(self) -> Floats:
        """Mean."""
        return over(self.total, self.n)

    @cached_property
    def _deviation(self) -> Floats:
        return self.values - np.repeat(self.mean, self.size)

    @cached_property
    def _squares(self) -> Floats:
        return self._deviation**2

    @cached_property
    def m2(self) -> Floats:
        """Sum of squared deviations from the mean."""
        return fold(np.add, self._squares, self.size)

    @cached_property
    def m3(self) -> Floats:
        """Sum of cubed deviations."""
        return fold(np.add, self._squares * self._deviation, self.size)

    @cached_property
    def m4(self) -> Floats:
        """Sum of fourth powers of deviations."""
        return fold(np.add, self._squares**2, self.size)

    @cached_property
    def least(self) -> Floats:
        """Least value."""
        return fold(np.minimum, self.values, self.size)

    @cached_property
    def most(self) -> Floats:
        """Greatest value."""
        return fold(np.maximum, self.values, self.size)

    @cached_property
    def first_time(self) -> Floats:
        """Time of the first event, in microseconds: whole below 2**53, the year 2255."""
        return fold(np.minimum, self.times, self.size)

    @cached_property
    def last_time(self) -> Floats:
        """Time of the last event."""
        return fold(np.maximum, self.times, self.size)

    @cached_property
    def first(self) -> Floats:
        """Value of the first event; the least of several at the same time."""
        then = self.times == np.repeat(self.first_time, self.size)
        return fold(np.minimum, np.where(then, self.values, np.inf), self.size)

    @cached_property
    def last(self) -> Floats:
        """Value of the last event; the greatest of several at the same time."""
        then = self.times == np.repeat(self.last_time, self.size)
        return fold(np.maximum, np.where(then, self.values, -np.inf), self.size)

    @cached_property
    def ordered(self) -> Floats:
        """Values in ascending order, window by window."""
        return self.values[np.lexsort((self.values, self.owner))]

    @cached_property
    def gaps(self) -> Rows:
        """Days between instants with an event, as the values of as many windows."""
        apart = np.diff(self.times) * (self.owner[1:] == self.owner[:-1])
        places = np.flatnonzero(apart)
        size = np.bincount(self.owner[1:][places], minlength=len(self.size))
        return Rows(self.times[1:][places], size, self.until, self.days, apart[places] / DAY)

    def recent(self, days: int) -> Rows:
        """Leave only the last days of each window."""
        kept = self.times >= np.repeat(self.until - days * DAY, self.size)
        return self.only(kept, days)

    def only(self, kept: np.ndarray, days: int | None) -> Rows:
        """Leave only some events."""
        size = fold(np.add, kept, self.size, 0.0).astype(np.int64)
        return Rows(self.times[kept], size, self.until, days, self.values[kept])
