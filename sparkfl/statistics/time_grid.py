"""Moments at equal distances: which ones a series has, and those that come after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from sparkfl.statistics.summary import Matrix

__all__ = ["TimeGrid", "regular_series", "time_grid"]

Moments = npt.NDArray[np.int64]

MOST_STEPS = 2**20
"""The most steps from the first value of a series to the last."""

_DAY = 86_400_000_000
_MONTH = np.timedelta64(1, "M")
_SEASONS = ((3_600_000_000, 24), (_DAY, 7), (7 * _DAY, 52))
_SEASONS_OF_MONTHS = {1: 12, 3: 4}


@dataclass(frozen=True)
class TimeGrid:
    """Moments at equal distances: so many microseconds, or so many months of the calendar.

    Attributes
    ----------
    first : int
        The first moment, in microseconds since 1970 by the wall clock; of a series that is
        numbered, its first number.
    step : int
        Microseconds, or numbers, from one to the next; 0 if it goes by months.
    months : int
        Months from one to the next; 0 if it does not go by months.
    month_end : bool
        Whether each is on the last day of its month.

    Examples
    --------
    >>> days = np.array(["2026-01-31", "2026-02-28", "2026-03-31"], "datetime64[us]")
    >>> grid = time_grid(days.astype(np.int64))
    >>> grid.months, grid.month_end, grid.season
    (1, True, 12)
    >>> grid.moments(np.array([3])).astype("datetime64[us]").astype(str).tolist()
    ['2026-04-30T00:00:00.000000']
    """

    first: int
    step: int = 0
    months: int = 0
    month_end: bool = False

    def places(self, moments: Moments) -> Moments:
        """Return the numbers of the grid's moments that are nearest, 0 for the first."""
        if not self.months:
            return np.rint((moments - self.first) / self.step).astype(np.int64)
        return np.rint((_months(moments) - _months(np.array([self.first]))) / self.months).astype(
            np.int64
        )

    def moments(self, places: Moments) -> Moments:
        """Return the grid's moments of these numbers."""
        if not self.months:
            return self.first + places * self.step
        first = np.array([self.first]).astype("datetime64[us]")
        month = first.astype("datetime64[M]")
        day, clock = first.astype("datetime64[D]"), first - first.astype("datetime64[D]")
        target = month + places * self.months
        last = (target + _MONTH).astype("datetime64[D]") - np.timedelta64(1, "D")
        same = target.astype("datetime64[D]") + (day - month.astype("datetime64[D]"))
        found = last if self.month_end else np.minimum(same, last)
        moments: Moments = (found.astype("datetime64[us]") + clock).astype(np.int64)
        return moments

    @property
    def season(self) -> int:
        """Steps after which such series often repeat: a day, a week or a year; 1 if none."""
        if self.months:
            return _SEASONS_OF_MONTHS.get(self.months, 1)
        return dict(_SEASONS).get(self.step, 1)


def time_grid(moments: Moments) -> TimeGrid:
    """Return the grid of a series: its step is the usual distance of one value to the next.

    Parameters
    ----------
    moments : numpy.ndarray, shape (n,)
        Distinct moments in order, as of `TimeGrid.first`.

    Raises
    ------
    ValueError
        If there are fewer than two, or the grid would have more than `MOST_STEPS`.

    Examples
    --------
    >>> time_grid(np.array([10, 20, 40, 50])).step
    10
    """
    if len(moments) < 2:
        raise ValueError("a series needs values at two moments at least")
    step = int(np.median(np.diff(moments)))
    months = _whole_months(step)
    if months:
        days = moments.astype("datetime64[us]").astype("datetime64[D]")
        ends = (days + np.timedelta64(1, "D")).astype("datetime64[M]") > days.astype(
            "datetime64[M]"
        )
        grid = TimeGrid(int(moments[0]), months=months, month_end=bool(ends.all()))
    else:
        grid = TimeGrid(int(moments[0]), max(step, 1))
    if (steps := int(grid.places(moments[-1:])[0])) >= MOST_STEPS:
        raise ValueError(
            f"from its first moment to its last it has {steps} steps of the usual distance, more "
            f"than {MOST_STEPS}; aggregate it in the query"
        )
    return grid


def regular_series(moments: Moments, values: Matrix) -> tuple[TimeGrid, Matrix]:
    """Return the values of a series on its grid, as `BigQuery ML` prepares a series.

    Values of one moment are averaged, and where there is none a straight line joins its
    neighbours.

    Parameters
    ----------
    moments : numpy.ndarray, shape (n,)
        When each value is of, in any order.
    values : numpy.ndarray, shape (n,)
        Finite numbers.

    Raises
    ------
    ValueError
        As `time_grid`.

    Examples
    --------
    >>> grid, values = regular_series(np.array([4, 1, 1, 2]), np.array([9.0, 1.0, 3.0, 5.0]))
    >>> grid.step, values.tolist()
    (1, [2.0, 5.0, 7.0, 9.0])
    """
    grid = time_grid(np.unique(moments))
    places = grid.places(moments)
    total, count = np.bincount(places, values), np.bincount(places)
    known = np.flatnonzero(count)
    whole: Any = np.interp(np.arange(len(count)), known, total[known] / count[known])
    return grid, whole


def _months(moments: Moments) -> Moments:
    return moments.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)


def _whole_months(step: int) -> int:
    """Return how many months a usual distance is, 0 if it is none of these."""
    days = step / _DAY
    ranges = ((1, 28, 31), (3, 90, 92), (6, 181, 184), (12, 365, 366))
    return next((months for months, least, most in ranges if least <= days <= most), 0)
