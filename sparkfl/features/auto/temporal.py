"""Candidates of times: hour, weekday and month, days between columns, days before the label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from sparkfl.columns import quote
from sparkfl.features.auto.candidate import Candidate, named
from sparkfl.features.auto.sample import OwnColumn

__all__ = ["temporal"]


def temporal(
    columns: Sequence[OwnColumn], label_time: str | None, taken: set[str]
) -> Iterator[Candidate]:
    """Give candidates.

    Hours, weekdays and months are those of the session's time zone, as everywhere in Spark.

    Parameters
    ----------
    columns : sequence of OwnColumn
        Columns of times, the best first.
    label_time : str or None
        The one of them that is the time of the label.
    taken : set of str
        Names that are taken, in lower case; new ones are added.
    """
    others = [own for own in columns if own.name != label_time]
    for own in others if label_time is not None else ():
        words = ["days_since", own.name]
        assert label_time is not None
        yield Candidate("temporal", named(words, taken), _days(label_time, own.name))
    for first, second in combinations(sorted(others, key=lambda own: own.name), 2):
        words = ["days_between", first.name, second.name]
        yield Candidate("temporal", named(words, taken), _days(second.name, first.name))
    for own in columns:
        parts = ["hour"] * own.has_hours + ["dayofweek", "month", "dayofmonth"]
        for part in parts:
            sql = f"{part}({quote(own.name)})"
            yield Candidate("temporal", named([part, own.name], taken), sql)


def _days(later: str, earlier: str) -> str:
    """Write the days from one time to another, with fractions."""
    ends = (f"unix_micros(CAST({quote(own)} AS TIMESTAMP))" for own in (later, earlier))
    return f"({' - '.join(ends)}) / 86400000000D"
