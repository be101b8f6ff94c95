"""The places of a function's arguments, and what stands in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sparkfl.sqlext.functions import ARGUMENTS, FUNCTIONS, TableFunction

__all__ = ["Asked", "Place", "bind", "function_of", "name_place", "places_of"]

_PLACE = re.compile(r"(\[?),?\s*(\w+)")
_BY_NAME = {name: row for row in FUNCTIONS.values() for name in (row.name, *row.aliases)}


class Asked:
    """A query among the arguments.

    Parameters
    ----------
    text : str
        The query.
    """

    def __init__(self, text: str) -> None:
        self.text = text


@dataclass(frozen=True)
class Place:
    """A place among a function's arguments.

    Attributes
    ----------
    kind : str
        A key of ``arguments`` in ``functions.json``.
    optional : bool
        Whether it may be left out.
    """

    kind: str
    optional: bool

    @property
    def value_type(self) -> str:
        """What stands there."""
        return ARGUMENTS[self.kind]["type"]

    @property
    def is_scalar(self) -> bool:
        """Whether it is a value of the function's own, and goes among its options."""
        own = self.value_type == "version" and self.kind != "version"
        return own or self.value_type in ("boolean", "integer", "number", "text", "time")

    def takes(self, value: Any) -> bool:
        """Tell whether a value may stand there."""
        if isinstance(value, Asked) or self.value_type == "query":
            return isinstance(value, Asked) and self.value_type == "query"
        if isinstance(value, Mapping) or self.value_type == "options":
            return isinstance(value, Mapping) and self.value_type == "options"
        if self.value_type == "model":
            return True
        if isinstance(value, bool) or self.value_type == "boolean":
            return isinstance(value, bool) and self.value_type == "boolean"
        types: Mapping[str, tuple[type, ...]] = {
            "version": (int, str, type(None)),
            "integer": (int,),
            "number": (int, float, Decimal),
            "text": (str,),
            "time": (str, date),
        }
        return isinstance(value, types[self.value_type])


def function_of(name: str) -> TableFunction | None:
    """Return the table function of a name, in any case; None if there is none."""
    return _BY_NAME.get(name.lower())


def places_of(function: TableFunction) -> list[Place]:
    """Return the places of a function's arguments, in order.

    Examples
    --------
    >>> places_of(function_of("MODEL_CLUSTERS"))
    [Place(kind='model', optional=False), Place(kind='version', optional=True)]
    """
    return [Place(kind, bool(mark)) for mark, kind in _PLACE.findall(function.arguments)]


def name_place(function: TableFunction) -> str | None:
    """Return the kind of the place that names a model or a feature view; None if there is none.

    Examples
    --------
    >>> name_place(function_of("feature_view")), name_place(function_of("models"))
    ('view', None)
    """
    return next((p.kind for p in places_of(function) if p.value_type == "model"), None)


def bind(places: Sequence[Place], values: Sequence[Any]) -> dict[str, Any] | None:
    """Return the value in each place; None where they do not fit.

    Examples
    --------
    >>> bind(places_of(function_of("model_forecast")), ["m", 30])
    {'model': 'm', 'version': 30}
    """
    if not places:
        return None if values else {}
    place, *later = places
    if values and place.takes(values[0]):
        rest = bind(later, values[1:])
        if rest is not None:
            return {place.kind: values[0], **rest}
    return bind(later, values) if place.optional else None
