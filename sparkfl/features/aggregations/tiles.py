"""What aggregations are formulas of, merged from tiles: summaries of some events each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sparkfl.features.aggregations.windows import DAY, Floats, Windows, fold, over

__all__ = ["Tiles"]


@dataclass(frozen=True, eq=False)
class Tiles(Windows):
    """Tiles of windows: each holds some events of one day, at least one.

    Days may have several tiles, as when events come late. Moments are merged by Chan's and
    Pébay's formulas [1]_, so that nothing is lost but rounding.

    Parameters
    ----------
    times, size, until, days
        See `Windows`; the time of a tile is that of one of its events.
    state : mapping of str to numpy.ndarray
        What tiles keep, by the name of the attribute of `Rows` that it is: ``n`` and others.

    References
    ----------
    .. [1] Pébay, "Formulas for robust, one-pass parallel computation of covariances and
       arbitrary-order statistical moments", Sandia report SAND2008-6212, 2008.

    Examples
    --------
    >>> two = {"n": np.array([2.0, 1.0]), "mean": np.array([1.0, 4.0])}
    >>> tiles = Tiles(np.array([0, DAY]), np.array([2]), np.array([2 * DAY]), None, two)
    >>> tiles.mean, tiles.active_days
    (array([2.]), array([2.]))
    """

    state: Mapping[str, Floats]

    @property
    def totals(self) -> Floats:
        """Sum of each tile."""
        return self.state["n"] * self.state["mean"]

    @cached_property
    def n(self) -> Floats:
        """Number of events."""
        return fold(np.add, self.state["n"], self.size, 0.0)

    @cached_property
    def total(self) -> Floats:
        """Sum; NaN where there is nothing, as for all that follow."""
        return fold(np.add, self.totals, self.size)

    @cached_property
    def mean(self) -> Floats:
        """Mean."""
        return over(self.total, self.n)

    @cached_property
    def _deviation(self) -> Floats:
        return self.state["mean"] - np.repeat(self.mean, self.size)

    @cached_property
    def m2(self) -> Floats:
        """Sum of squared deviations from the mean."""
        n, d = self.state["n"], self._deviation
        return fold(np.add, self.state["m2"] + n * d**2, self.size)

    @cached_property
    def m3(self) -> Floats:
        """Sum of cubed deviations."""
        n, d = self.state["n"], self._deviation
        return fold(np.add, self.state["m3"] + 3 * d * self.state["m2"] + n * d**3, self.size)

    @cached_property
    def m4(self) -> Floats:
        """Sum of fourth powers of deviations."""
        n, d = self.state["n"], self._deviation
        lower = 4 * d * self.state["m3"] + 6 * d**2 * self.state["m2"]
        return fold(np.add, self.state["m4"] + lower + n * d**4, self.size)

    @cached_property
    def least(self) -> Floats:
        """Least value."""
        return fold(np.minimum, self.state["least"], self.size)

    @cached_property
    def most(self) -> Floats:
        """Greatest value."""
        return fold(np.maximum, self.state["most"], self.size)

    @cached_property
    def first_time(self) -> Floats:
        """Time of the first event."""
        return fold(np.minimum, self.state["first_time"], self.size)

    @cached_property
    def last_time(self) -> Floats:
        """Time of the last event."""
        return fold(np.maximum, self.state["last_time"], self.size)

    @cached_property
    def first(self) -> Floats:
        """Value of the first event; the least of several at the same time."""
        then = self.state["first_time"] == np.repeat(self.first_time, self.size)
        return fold(np.minimum, np.where(then, self.state["first"], np.inf), self.size)

    @cached_property
    def last(self) -> Floats:
        """Value of the last event; the greatest of several at the same time."""
        then = self.state["last_time"] == np.repeat(self.last_time, self.size)
        return fold(np.maximum, np.where(then, self.state["last"], -np.inf), self.size)

    def recent(self, days: int) -> Tiles:
        """Leave only the last days of each window."""
        return self.only(self.times >= np.repeat(self.until - days * DAY, self.size), days)

    def only(self, kept: np.ndarray, days: int | None) -> Tiles:
        """Leave only some tiles."""
        size = fold(np.add, kept, self.size, 0.0).astype(np.int64)
        state = {name: values[kept] for name, values in self.state.items()}
        return Tiles(self.times[kept], size, self.until, days, state)
