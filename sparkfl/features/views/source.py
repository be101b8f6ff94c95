"""A table of events, and the features that are made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sparkfl.columns import check_text, expressions, listed
from sparkfl.errors import ParameterError
from sparkfl.features.views.aggregation import Aggregation
from sparkfl.features.views.relation import relation_name

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["Source"]


@dataclass(frozen=True, eq=False)
class Source:
    """A table of events, each of an entity and, mostly, of a time.

    Parameters
    ----------
    table : pyspark.sql.DataFrame or str
        The events, or the name or path of their table, see :func:`sparkfl.tables.read_table`.
    features : sequence of Aggregation
        What is made of them.
    time : str, optional
        When an event was: a column or an expression of type timestamp or date; a date, and a
        timestamp without time zone, is taken for one of UTC. A source without it holds for ever,
        as a table of customers does, and has no windows.
    arrival : str, optional
        When an event became known: a column or an expression likewise. By it, a refresh finds
        what has come since the last, late events too.
    where : str, optional
        Condition of the events that count, over the columns and `columns`.
    columns : mapping of str to str, optional
        Further columns by name, as expressions of SQL over those of the table.
    keys : mapping of str to str, optional
        Columns of the entity that have another name here, by their name in the view.
    name : str, optional
        What messages call it; by default the name of the table.
    query : str, optional
        The events as a query of SQL, in place of `table`, which is ``""`` then.

    Raises
    ------
    ParameterError
        If it has no features, or is neither a table nor a query, or has windows and no time.

    Examples
    --------
    >>> visits = Source("shop.visits", [Aggregation("count", window="7 days")], time="at")
    >>> visits.name, [feature.name for feature in visits.features]
    ('shop.visits', ['count_7d'])
    """

    table: DataFrame | str
    features: Sequence[Aggregation]
    time: str | None = None
    arrival: str | None = None
    where: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    query: str | None = None

    def __post_init__(self) -> None:
        named = relation_name("A source", self.table, self.query, self.name)
        object.__setattr__(self, "name", named)
        for what in ("time", "arrival", "where"):
            if getattr(self, what) is not None:
                check_text(f"{what} of {named}", getattr(self, what))
        for what in ("columns", "keys"):
            expressions(f"{what} of {named}", getattr(self, what))
        given = listed(f"features of {named}", self.features, Aggregation)
        object.__setattr__(self, "features", given)
        if not self.features:
            raise ParameterError(f"The source {named} has no features; give it an Aggregation.")
        for feature in self.features:
            if self.time is None and feature.window is not None:
                raise ParameterError(
                    f"{feature.name} looks back {feature.window}, and its source {named} has no "
                    "time; name the column of its time."
                )

    @property
    def days(self) -> int | None:
        """Days of the longest window; None where one sees all time."""
        windows = [feature.window.days if feature.window else None for feature in self.features]
        return None if None in windows else max(d for d in windows if d is not None)
