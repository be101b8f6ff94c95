"""Candidates of events: the aggregations of feature views, over windows before the label."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pyspark.sql.types import BooleanType, NumericType, StringType, StructType

from sparkfl.columns import quote
from sparkfl.features.auto.candidate import Candidate, named
from sparkfl.features.views import Aggregation

__all__ = ["Events", "relational"]

_OF_NUMBERS = ("sum", "avg", "max", "std_pop", "last")


@dataclass(frozen=True)
class Events:
    """A table of events of the entities, of which features are made as of the label's time.

    Parameters
    ----------
    table : str
        Its name; `""` if it is a query.
    time : str
        When an event was: a column, or an expression of a timestamp or a date.
    keys : mapping of str to str, optional
        Columns of the entity that have another name here.
    where : str, optional
        Condition of the events that count.
    query : str, optional
        The events as a query, in place of `table`.
    name : str, optional
        What it is called; by default its name.

    Examples
    --------
    >>> Events("shop.orders", "ordered_at").time
    'ordered_at'
    """

    table: str
    time: str
    keys: Mapping[str, str] = field(default_factory=dict)
    where: str | None = None
    query: str | None = None
    name: str = ""


def relational(
    schemas: Sequence[StructType],
    events: Sequence[Events],
    entity: Sequence[str],
    windows: Sequence[int],
    taken: set[str],
) -> Iterator[Candidate]:
    """Give candidates: counts and recency first, of each table in turn.

    Parameters
    ----------
    schemas : sequence of pyspark.sql.types.StructType
        Columns of the tables.
    events : sequence of Events
        The tables.
    entity : sequence of str
        Columns of the entity.
    windows : sequence of int
        Days of the windows; all time comes after them.
    taken : set of str
        Names that are taken, in lower case; new ones are added.
    """
    for source, (schema, table) in enumerate(zip(schemas, events, strict=True)):
        own = {key.lower() for key in [*(table.keys.get(e, e) for e in entity), table.time]}
        for function, of, window in _aggregations(schema, own, windows):
            made = Aggregation(function, of, window)
            words = [made.name] if len(events) == 1 else [table.name or table.table, made.name]
            name = named(words, taken)
            called = Aggregation(function, of, window, name)
            yield Candidate("relational", name, "", source, called)


def _aggregations(
    schema: StructType, own: set[str], windows: Sequence[int]
) -> Iterator[tuple[str, str | None, int | None]]:
    """Give functions, what they are of, and their windows."""
    others = [f for f in schema.fields if f.name.lower() not in own]
    numbers = [quote(f.name) for f in others if isinstance(f.dataType, NumericType)]
    texts = [quote(f.name) for f in others if isinstance(f.dataType, StringType | BooleanType)]
    spans = [*windows, None]
    yield "days_since_last", None, None
    for window in spans:
        yield "count", None, window
    for function in _OF_NUMBERS:
        for window in spans:
            for number in numbers:
                yield function, number, window
    for window in spans:
        yield "active_days", None, window
        for text in texts:
            yield "distinct", text, window
    for days in windows:
        yield "interpurchase_days", None, days
