"""Random windows of customers, and their aggregations one customer at a time by others' hands."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from scipy import stats

from sparkfl.features.aggregations import DAY, Rows

__all__ = ["ORACLES", "Customer", "customers", "rows"]

ASKED = 40 * DAY + DAY // 3
"""When all windows end, not at midnight."""
SPAN = 30


@dataclass(frozen=True)
class Customer:
    """One window: times, values and when it ends."""

    t: np.ndarray
    v: np.ndarray

    @property
    def series(self) -> pd.Series:
        """Daily sums by number of the day, only of days with events."""
        day = SPAN - 1 - (ASKED - 1 - self.t) // DAY
        return pd.Series(self.v).groupby(day).sum()

    @property
    def filled(self) -> pd.Series:
        return self.series.reindex(range(SPAN), fill_value=0.0)


@st.composite
def _one(draw: st.DrawFn) -> Customer:
    """Ties in time and value, few and many events, none."""
    n = draw(st.integers(0, 12))
    step = draw(st.sampled_from([1, DAY // 2, DAY]))
    first = (ASKED - SPAN * DAY) // step + 1
    t = draw(st.lists(st.integers(first, (ASKED - 1) // step), min_size=n, max_size=n))
    value = st.one_of(
        st.sampled_from([0.0, 1.0, -2.0]), st.floats(-1e4, 1e4, allow_subnormal=False)
    )
    v = draw(st.lists(value.map(lambda x: round(x, 3)), min_size=n, max_size=n))
    order = np.argsort(np.array(t, np.int64), kind="stable")
    return Customer(np.array(t, np.int64)[order] * step, np.array(v, float)[order])


customers = st.lists(_one(), min_size=1, max_size=6)


def rows(own: list[Customer], values: list[np.ndarray] | None = None) -> Rows:
    """All customers' windows at once."""
    size = np.array([len(c.t) for c in own])
    until = np.full(len(own), ASKED)
    numbers = np.concatenate(values if values is not None else [c.v for c in own])
    return Rows(np.concatenate([c.t for c in own]), size, until, SPAN, numbers)


def _line(series: pd.Series) -> tuple[float, float]:
    if len(series) < 2:
        return np.nan, np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = stats.linregress(series.index, series)
    return fit.slope, fit.rvalue**2


def _week(series: pd.Series, filled: bool) -> float:
    if len(series) < 7:
        return np.nan
    data = series.reindex(range(SPAN), fill_value=0.0 if filled else np.nan).to_numpy()
    return float(
        np.nanstd([np.nanmean(data[i::7]) for i in range(7) if (~np.isnan(data[i::7])).any()])
    )


def _gaps(c: Customer) -> np.ndarray:
    return np.diff(np.unique(c.t)) / DAY


def _some(f: Callable[[np.ndarray], float]) -> Callable[[Customer], float]:
    """NaN where there is no value."""

    def of(c: Customer) -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return float(f(c.v)) if len(c.v) else np.nan

    return of


def _recent(c: Customer) -> np.ndarray:
    return c.v[c.t >= ASKED - 7 * DAY]


def _cv(v: np.ndarray) -> float:
    return v.std() / v.mean() if v.mean() > 0 else 0.0


ORACLES: dict[tuple[str, str], Callable[[Customer], float]] = {
    ("count", ""): lambda c: len(c.v),
    ("sum", ""): _some(np.sum),
    ("distinct", ""): lambda c: pd.Series(c.v).nunique(),
    ("active_days", ""): lambda c: pd.Series(pd.to_datetime(c.t, unit="us")).dt.date.nunique(),
    ("ratio", "recent=7"): lambda c: (
        _recent(c).sum() / c.v.sum() if len(_recent(c)) and c.v.sum() else np.nan
    ),
    ("ratio", "recent=7,statistic=count"): lambda c: (
        len(_recent(c)) / len(c.v) if len(c.v) else np.nan
    ),
    ("avg", ""): _some(np.mean),
    ("min", ""): _some(np.min),
    ("max", ""): _some(np.max),
    ("range", ""): _some(np.ptp),
    ("std_pop", ""): _some(np.std),
    ("std_samp", ""): lambda c: pd.Series(c.v).std(),
    ("cv", ""): _some(_cv),
    ("variation", ""): _some(lambda v: v.std() / v.mean() if v.mean() else np.nan),
    ("skewness", ""): _some(stats.skew),
    ("kurtosis", ""): _some(stats.kurtosis),
    ("median", ""): _some(np.median),
    ("percentile", "q=0.25"): _some(lambda v: np.percentile(v, 25)),
    ("percentile", "q=0.95"): _some(lambda v: np.percentile(v, 95)),
    ("percentile", "q=1.0"): _some(np.max),
    ("approx_percentile", "q=0.75"): _some(lambda v: np.quantile(v, 0.75, method="inverted_cdf")),
    ("moving_mean", ""): lambda c: c.filled.mean(),
    ("moving_mean", "empty=missing"): lambda c: c.series.mean(),
    ("moving_std", ""): lambda c: np.std(c.filled.to_numpy()),
    ("moving_std", "empty=missing"): lambda c: np.std(c.series.to_numpy()) if len(c.v) else np.nan,
    ("slope", ""): lambda c: _line(c.filled)[0],
    ("slope", "empty=missing"): lambda c: _line(c.series)[0],
    ("r2", ""): lambda c: _line(c.filled)[1],
    ("r2", "empty=missing"): lambda c: _line(c.series)[1],
    ("weekly_seasonality", ""): lambda c: _week(c.filled, True),
    ("weekly_seasonality", "empty=missing"): lambda c: _week(c.series, False),
    ("first", ""): lambda c: c.v[c.t == c.t[0]].min() if len(c.v) else np.nan,
    ("last", ""): lambda c: c.v[c.t == c.t[-1]].max() if len(c.v) else np.nan,
    ("first_time", ""): lambda c: c.t[0] if len(c.t) else np.nan,
    ("last_time", ""): lambda c: c.t[-1] if len(c.t) else np.nan,
    ("days_since_first", ""): lambda c: (ASKED - c.t[0]) / DAY if len(c.t) else np.nan,
    ("days_since_last", ""): lambda c: (ASKED - c.t[-1]) / DAY if len(c.t) else np.nan,
    ("lifetime", ""): lambda c: (c.t[-1] - c.t[0]) / DAY if len(c.t) else np.nan,
    ("interpurchase_days", ""): lambda c: _gaps(c).mean() if len(_gaps(c)) else np.nan,
    ("interpurchase_cv", ""): lambda c: (
        _gaps(c).std() / _gaps(c).mean() if len(_gaps(c)) else np.nan
    ),
}
"""By aggregation and parameters; those of several slots have tests of their own."""
