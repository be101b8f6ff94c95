"""Sums of days as time series, and the regression line through them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

__all__ = ["Daily", "Line"]

_WEEK = 7


@dataclass(frozen=True, eq=False)
class Line:
    """Moments of a series against its days; each of shape (windows,).

    Parameters
    ----------
    n : numpy.ndarray
        Days.
    mean : numpy.ndarray
        Mean of the sums.
    sxx, sxy, syy : numpy.ndarray
        Sums of squared and crossed deviations of days (x) and sums (y).
    """

    n: npt.NDArray[np.float64]
    mean: npt.NDArray[np.float64]
    sxx: npt.NDArray[np.float64]
    sxy: npt.NDArray[np.float64]
    syy: npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Daily:
    """Sums of the days that have any, one window after another.

    Parameters
    ----------
    day : numpy.ndarray of int64, shape (days,)
        Number of the day in its window, from 0, the oldest.
    sums : numpy.ndarray of float64, shape (days,)
        Sum of the day.
    size : numpy.ndarray of int64, shape (windows,)
        Days with a sum in each window.
    length : numpy.ndarray of int64, shape (windows,)
        Days of each window, with or without a sum.

    Examples
    --------
    >>> week = Daily(np.array([0, 2]), np.array([3.0, 6.0]), np.array([2]), np.array([3]))
    >>> week.line("zero").mean, week.line("missing").mean
    (array([3.]), array([4.5]))
    """

    day: npt.NDArray[np.int64]
    sums: npt.NDArray[np.float64]
    size: npt.NDArray[np.int64]
    length: npt.NDArray[np.int64]

    @cached_property
    def _owner(self) -> npt.NDArray[np.int64]:
        return np.repeat(np.arange(len(self.size)), self.size)

    def line(self, empty: str) -> Line:
        """Return the moments, with empty days as ``'zero'`` or ``'missing'``."""
        return self._of_all if empty == "zero" else self._of_present

    @cached_property
    def _of_all(self) -> Line:
        n = self.length.astype(np.float64)
        mean = _divided(self._folded(self.sums), n)
        centre = (n - 1) / 2
        deviation = self.sums - mean[self._owner]
        # All days' deviations from their centre add up to 0, so that empty ones need no term.
        sxy = self._folded((self.day - centre[self._owner]) * self.sums)
        with np.errstate(invalid="ignore"):
            syy = self._folded(deviation**2) + (n - self.size) * mean**2
        return Line(n, mean, n * (n**2 - 1) / 12, sxy, syy)

    @cached_property
    def _of_present(self) -> Line:
        n = self.size.astype(np.float64)
        mean = _divided(self._folded(self.sums), n)
        x = self.day - _divided(self._folded(self.day), n)[self._owner]
        y = self.sums - mean[self._owner]
        return Line(n, mean, self._folded(x**2), self._folded(x * y), self._folded(y**2))

    def of_weekdays(self, empty: str) -> npt.NDArray[np.float64]:
        """Mean sum of every seventh day, shape (windows, 7); NaN where there is no such day."""
        phase = self._owner * _WEEK + self.day % _WEEK
        cells = len(self.size) * _WEEK
        sums = np.bincount(phase, self.sums, cells).astype(np.float64).reshape(-1, _WEEK)
        if empty == "zero":
            days = (self.length[:, None] - np.arange(_WEEK) + _WEEK - 1) // _WEEK
        else:
            days = np.bincount(phase, minlength=cells).reshape(-1, _WEEK)
        return _divided(sums, days)

    def _folded(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
        """Add up each window; 0 for one without a day."""
        return np.bincount(self._owner, values, len(self.size)).astype(np.float64, copy=False)


def _divided(a: npt.NDArray[np.float64], b: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Divide; NaN where the denominator is 0."""
    result = np.full(a.shape, np.nan)
    np.divide(a, b, out=result, where=np.asarray(b) > 0)
    return result
