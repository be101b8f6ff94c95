"""Time series of daily sums: level, spread, trend and week."""

from __future__ import annotations

import numpy as np

from sparkfl.features.aggregations.function import AggregateFunction
from sparkfl.features.aggregations.rows import Rows
from sparkfl.features.aggregations.windows import Floats, over
from sparkfl.options import Option

__all__ = ["SERIES"]

_WEEK = 7


def _r2(x: Rows, empty: str) -> Floats:
    line = x.daily.line(empty)
    return np.minimum(over(line.sxy**2, line.sxx * line.syy), 1.0)


def _slope(x: Rows, empty: str) -> Floats:
    line = x.daily.line(empty)
    return over(line.sxy, line.sxx)


def _std(x: Rows, empty: str) -> Floats:
    line = x.daily.line(empty)
    return np.sqrt(over(line.syy, line.n))


def _seasonality(x: Rows, empty: str) -> Floats:
    means = x.daily.of_weekdays(empty)
    there = ~np.isnan(means)
    level = over(np.nansum(means, axis=1), there.sum(axis=1))
    variance = over(np.nansum((means - level[:, None]) ** 2, axis=1), there.sum(axis=1))
    return np.where(x.daily.line(empty).n >= _WEEK, np.sqrt(variance), np.nan)


_EMPTY = Option("empty", str, "zero", "What a day without events is.", choices=("zero", "missing"))
_DAYS = (
    " Days are counted back from the time that is asked for; those without events are 0, or left "
    "out with empty='missing'."
)

SERIES = {
    name: AggregateFunction(
        formula, doc + _DAYS, states=("n", "mean"), parameters=(_EMPTY,), of_events=True
    )
    for name, formula, doc in (
        ("moving_mean", lambda x, empty: x.daily.line(empty).mean, "Mean of the daily sums."),
        ("moving_std", _std, "Standard deviation of the daily sums (numpy's, over n)."),
        ("slope", _slope, "Slope of the regression of daily sums on the number of the day."),
        ("r2", _r2, "Coefficient of determination of that regression; NULL if all days are equal."),
        (
            "weekly_seasonality",
            _seasonality,
            "Standard deviation of the mean sums of every first, second … seventh day; NULL for "
            "fewer than seven days.",
        ),
    )
}
"""Aggregations of daily sums."""
