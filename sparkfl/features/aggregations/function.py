"""What an aggregation is: a row of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sparkfl.features.aggregations.windows import Floats
from sparkfl.options import Option

__all__ = ["AggregateFunction"]


@dataclass(frozen=True)
class AggregateFunction:
    """An aggregation of events, for the windows of many customers at once.

    Attributes
    ----------
    formula : callable
        ``formula(rows, **parameters)`` returns a float for each window, NaN where it is not
        defined; it takes a `Rows` for each of `slots`.
    doc : str
        What it is, in a sentence.
    slots : tuple of str
        What it reads of an event, in Spark SQL, evaluated before the shuffle: ``{of}``, ``{when}``
        and ``{by}`` stand for the expressions of the user.
    categories : tuple of str
        Those of them that name categories: of any type, told apart and nothing else.
    states : tuple of str
        What is kept of a day's events so that days add up to it; none if it needs the events.
    together : bool
        Whether only events count that have all of the slots.
    of_events : bool
        Whether it may go without ``of``, and then takes every event for 1.
    parameters : tuple of Option
        What else it takes.
    returns : {'double', 'bigint', 'timestamp'}
        Type of the feature; NaN becomes NULL.

    Examples
    --------
    >>> from sparkfl.features.aggregations import AGGREGATIONS, Rows
    >>> AGGREGATIONS["range"].formula(Rows.of_lists([[1.0, 4.0]])).tolist()
    [3.0]
    """

    formula: Callable[..., Floats]
    doc: str
    slots: tuple[str, ...] = ("{of}",)
    categories: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    together: bool = False
    of_events: bool = False
    parameters: tuple[Option, ...] = ()
    returns: Literal["double", "bigint", "timestamp"] = "double"

    @property
    def arguments(self) -> tuple[str, ...]:
        """Which of ``of``, ``when`` and ``by`` it takes."""
        text = " ".join(self.slots)
        return tuple(name for name in ("of", "when", "by") if "{" + name + "}" in text)

    def __call__(self, *rows: Any, **parameters: Any) -> Floats:
        """Compute it, with the defaults of the parameters that are not given."""
        defaults: Mapping[str, Any] = {option.param: option.default for option in self.parameters}
        return self.formula(*rows, **{**defaults, **parameters})
