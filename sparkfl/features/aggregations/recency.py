"""When: the first and the last event, and how long it takes from one to the next."""

from __future__ import annotations

import numpy as np

from sparkfl.features.aggregations.function import AggregateFunction
from sparkfl.features.aggregations.rows import Rows
from sparkfl.features.aggregations.windows import DAY, Floats, over

__all__ = ["RECENCY"]


def _gap_cv(x: Rows) -> Floats:
    return over(np.sqrt(over(x.gaps.m2, x.gaps.n)), x.gaps.mean)


RECENCY = {
    "first": AggregateFunction(
        lambda x: x.first, "Earliest value; the least of several at the same time.",
        states=("n", "first", "first_time"),
    ),
    "last": AggregateFunction(
        lambda x: x.last, "Latest value; the greatest of several at the same time.",
        states=("n", "last", "last_time"),
    ),
    "first_time": AggregateFunction(
        lambda x: x.first_time, "Time of the first event.",
        states=("n", "first_time"), of_events=True, returns="timestamp",
    ),
    "last_time": AggregateFunction(
        lambda x: x.last_time, "Time of the last event.",
        states=("n", "last_time"), of_events=True, returns="timestamp",
    ),
    "days_since_first": AggregateFunction(
        lambda x: (x.until - x.first_time) / DAY, "Days since the first event, with fractions.",
        states=("n", "first_time"), of_events=True,
    ),
    "days_since_last": AggregateFunction(
        lambda x: (x.until - x.last_time) / DAY, "Days since the last event: recency.",
        states=("n", "last_time"), of_events=True,
    ),
    "lifetime": AggregateFunction(
        lambda x: (x.last_time - x.first_time) / DAY, "Days from the first event to the last.",
        states=("n", "first_time", "last_time"), of_events=True,
    ),
    "interpurchase_days": AggregateFunction(
        lambda x: x.gaps.mean, "Mean days from one event to the next at another time.",
        of_events=True,
    ),
    "interpurchase_cv": AggregateFunction(
        _gap_cv, "Coefficient of variation of the days from one event to the next.",
        of_events=True,
    ),
}  # fmt: skip
"""Aggregations of times."""
