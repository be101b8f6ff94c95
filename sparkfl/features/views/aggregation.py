"""One feature: what is aggregated of a source, over which window."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sparkfl.columns import check_text, quote
from sparkfl.errors import ParameterError
from sparkfl.features.aggregations import AGGREGATIONS, AggregateFunction
from sparkfl.features.views.window import Window
from sparkfl.options import resolve

__all__ = ["Aggregation"]


@dataclass(frozen=True, init=False)
class Aggregation:
    """A feature of a source.

    Expressions are Spark SQL over the columns of the source, evaluated for each event before the
    one shuffle. Values that are NULL, NaN or infinite are left out.

    Parameters
    ----------
    function : str
        Name of a row of :data:`sparkfl.features.aggregations.AGGREGATIONS`.
    of : str, optional
        What is aggregated. Functions that count events take every one for 1 without it.
    window : Window, str or int, optional
        How far back: ``'30 days'``, or days; by default all time.
    name : str, optional
        Name of the feature; by default ``function_of_30d``.
    where : str, optional
        Condition of the events that count. To Spark, NaN is greater than any number.
    when : str, optional
        Condition of ``share``.
    by : str, optional
        What tells baskets apart, for ``basket_size`` and ``basket_variety``.
    **parameters
        Those of the function: ``q=0.95``, ``empty='missing'``.

    Raises
    ------
    ParameterError
        If there is no such function, it does not take one of the arguments or needs another, or
        a parameter is not valid.

    Examples
    --------
    >>> Aggregation("percentile", "amount", "30 days", q=0.95).name
    'percentile_0_95_amount_30d'
    >>> Aggregation("average", "amount")
    Traceback (most recent call last):
    sparkfl.errors.ParameterError: There is no aggregation 'average'; ...
    """

    function: str
    of: str | None
    window: Window | None
    name: str
    where: str | None
    when: str | None
    by: str | None
    parameters: Mapping[str, Any]

    def __init__(
        self,
        function: str,
        of: str | None = None,
        window: Window | str | int | None = None,
        name: str = "",
        where: str | None = None,
        when: str | None = None,
        by: str | None = None,
        **parameters: Any,
    ) -> None:
        row = _row(function)
        for argument, value in (("of", of), ("when", when), ("by", by)):
            _check_argument(function, row, argument, value)
        if where is not None:
            check_text(f"where of {function}", where)
        if name:
            check_text(f"The name of a feature by {function}", name)
        span = Window.parse(window)
        given = resolve(parameters, row.parameters, function)
        recent = given.get("recent")
        if recent is not None and span is not None and recent > span.days:
            raise ParameterError(
                f"{function} compares the last {recent} days with {span}; give a longer window."
            )
        own: dict[str, Any] = {
            "function": function, "of": of, "window": span, "where": where, "when": when,
            "by": by, "parameters": given,
            "name": name or _name(function, of or when, span, parameters),
        }  # fmt: skip
        for attribute in own:
            object.__setattr__(self, attribute, own[attribute])

    @property
    def row(self) -> AggregateFunction:
        """The function."""
        return AGGREGATIONS[self.function]

    def slots(self, columns: Collection[str] = ()) -> list[tuple[str | None, bool]]:
        """Tell what is read of an event: the SQL, None for 1, and whether it is a category.

        What is the name of one of `columns` is that column, whatever is in the name.
        """
        given = {"{of}": self.of, "{when}": self.when, "{by}": self.by}
        read = []
        for slot in self.row.slots:
            text = slot
            for place, value in given.items():
                text = text.replace(place, "1D" if value is None else _sql(value, columns))
            plain = self.of is None and slot == "{of}"
            if self.where:
                text, plain = f"CASE WHEN ({self.where}) THEN {text} END", False
            read.append((None if plain else text, not plain and slot in self.row.categories))
        return read


def _row(function: str) -> AggregateFunction:
    """Find the function."""
    if str(function) in AGGREGATIONS:
        return AGGREGATIONS[function]
    close = difflib.get_close_matches(str(function), AGGREGATIONS, 1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    raise ParameterError(
        f"There is no aggregation {function!r}; {hint}There are {', '.join(sorted(AGGREGATIONS))}."
    )


def _check_argument(function: str, row: AggregateFunction, name: str, value: object) -> None:
    """Refuse an expression that is not taken, or lacks."""
    if value is not None and (not isinstance(value, str) or not value.strip()):
        raise ParameterError(f"{name} of {function} must be an expression of SQL; got {value!r}.")
    if value is not None and name not in row.arguments:
        raise ParameterError(
            f"{function} takes no {name!r}; it was given {value!r}. For a condition there is where."
        )
    needed = name in row.arguments and not (name == "of" and row.of_events)
    if value is None and needed:
        raise ParameterError(f"{function} needs {name!r}, an expression of SQL.")


def _sql(text: str, columns: Collection[str]) -> str:
    return quote(text) if text in columns else f"({text})"


def _name(
    function: str, of: str | None, window: Window | None, parameters: Mapping[str, Any]
) -> str:
    """Make a name that says it all."""
    words = [
        function,
        *map(str, parameters.values()),
        of or "",
        f"{window.days}d" if window else "",
    ]
    plain = (re.sub(r"\W+", "_", word).strip("_") for word in words)
    return "_".join(filter(None, plain))
