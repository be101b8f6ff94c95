"""How many: events, values, days, and how large a share of them."""

from __future__ import annotations

import numpy as np

from sparkfl.features.aggregations.function import AggregateFunction
from sparkfl.features.aggregations.rows import Rows
from sparkfl.features.aggregations.windows import Floats, fold, over
from sparkfl.options import Option

__all__ = ["COUNTS"]

_STATISTICS = {"sum": "total", "avg": "mean", "count": "n"}


def _distinct(x: Rows) -> Floats:
    v = x.ordered
    first = np.ones(len(v), bool)
    first[1:] = (v[1:] != v[:-1]) | (x.owner[1:] != x.owner[:-1])
    return fold(np.add, first, x.size, 0.0)


def _ratio(x: Rows, recent: int, statistic: str) -> Floats:
    name = _STATISTICS[statistic]
    return over(getattr(x.recent(recent), name), getattr(x, name))


COUNTS = {
    "count": AggregateFunction(
        lambda x: x.n, "Number of events, or of values that are there.",
        categories=("{of}",), states=("n",), of_events=True, returns="bigint",
    ),
    "sum": AggregateFunction(lambda x: x.total, "Sum.", states=("n", "mean")),
    "distinct": AggregateFunction(
        _distinct, "Number of different values.", categories=("{of}",), returns="bigint"
    ),
    "active_days": AggregateFunction(
        lambda x: x.active_days, "Number of days, of UTC, with an event.",
        states=("n",), of_events=True, returns="bigint",
    ),
    "share": AggregateFunction(
        lambda whole, part: over(np.nan_to_num(part.total), whole.total),
        "Share of the events that a condition holds for, or of their sum.",
        slots=("{of}", "CASE WHEN {when} THEN {of} END"), states=("n", "mean"), of_events=True,
    ),
    "ratio": AggregateFunction(
        _ratio, "Sum, average or count of the last days of a window, over that of all of it.",
        states=("n", "mean"), of_events=True,
        parameters=(
            Option("recent", int, doc="Days that are compared.", minimum=1, required=True),
            Option("statistic", str, "sum", "What of them.", choices=tuple(_STATISTICS)),
        ),
    ),
}  # fmt: skip
"""Aggregations that count."""
