"""The windows of many customers at once, and what can be told of events by their times alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from sparkfl.features.aggregations.daily import Daily

__all__ = ["DAY", "Counts", "Floats", "Windows", "fold", "over"]

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

DAY = 86_400_000_000
"""Microseconds of a day."""


@dataclass(frozen=True, eq=False)
class Windows(ABC):
    """Events in windows of time, one window after another, each in the order of time.

    A window belongs to a customer and the time that is asked for; windows may be empty.

    Parameters
    ----------
    times : numpy.ndarray of int64, shape (events,)
        Microseconds since 1970-01-01 UTC.
    size : numpy.ndarray of int64, shape (windows,)
        Events in each window.
    until : numpy.ndarray of int64, shape (windows,)
        End of each window, in microseconds: all of its events are earlier.
    days : int or None
        Days that a window goes back; None for all time.
    """

    times: Counts
    size: Counts
    until: Counts
    days: int | None

    @cached_property
    def owner(self) -> Counts:
        """Window of each event."""
        return np.repeat(np.arange(len(self.size)), self.size)

    @property
    @abstractmethod
    def totals(self) -> Floats:
        """Sum of each event's values, an event of one value by default."""

    @cached_property
    def active_days(self) -> Floats:
        """Days, of UTC, with an event."""
        return fold(np.add, _first_of_run(self.owner, self.times // DAY), self.size, 0.0)

    @cached_property
    def daily(self) -> Daily:
        """Sums of each day, counted back from the end of the window."""
        back = (np.repeat(self.until, self.size) - 1 - self.times) // DAY
        length = np.full(len(self.size), self.days or 0)
        if self.days is None:
            some = self.size > 0
            length[some] = back[(np.cumsum(self.size) - self.size)[some]] + 1
        starts = np.flatnonzero(_first_of_run(self.owner, back))
        owner = self.owner[starts]
        return Daily(
            day=length[owner] - 1 - back[starts],
            sums=np.add.reduceat(self.totals, starts) if len(starts) else np.empty(0),
            size=np.bincount(owner, minlength=len(self.size)),
            length=length,
        )


def fold(
    ufunc: np.ufunc, values: npt.NDArray[np.generic], size: Counts, empty: float = np.nan
) -> Floats:
    """Reduce the values of each window; `empty` for windows without any.

    Examples
    --------
    >>> fold(np.add, np.array([1.0, 2.0, 5.0]), np.array([2, 0, 1])).tolist()
    [3.0, nan, 5.0]
    """
    result = np.full(len(size), empty)
    some = size > 0
    starts = (np.cumsum(size) - size)[some]
    if len(starts):
        if values.dtype == np.bool_:
            values = values.astype(np.int64)
        result[some] = ufunc.reduceat(values, starts)
    return result


def over(numerator: npt.ArrayLike, denominator: npt.ArrayLike) -> Floats:
    """Divide; NaN where the denominator is 0.

    Examples
    --------
    >>> over(np.array([1.0, 2.0]), np.array([4.0, 0.0])).tolist()
    [0.25, nan]
    """
    below = np.asarray(denominator, dtype=np.float64)
    above = np.broadcast_to(np.asarray(numerator, dtype=np.float64), below.shape)
    result = np.full(below.shape, np.nan)
    np.divide(above, below, out=result, where=below != 0)
    return result


def _first_of_run(owner: Counts, value: Counts) -> npt.NDArray[np.bool_]:
    """Tell which events begin another window or have another value than the one before."""
    first = np.ones(len(owner), dtype=bool)
    np.not_equal(value[1:], value[:-1], out=first[1:])
    first[1:] |= owner[1:] != owner[:-1]
    return first
