"""What a worker has to know of a view."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sparkfl.features.views.source import Source

__all__ = ["Planned", "Slots", "planned"]


@dataclass(frozen=True)
class Planned:
    """A feature, as a worker computes it.

    Attributes
    ----------
    function : str
        Name of the aggregation.
    source : int
        Number of the source.
    slots : tuple of int
        Which of the source's values it takes, -1 for 1.
    days : int or None
        Days of its window.
    parameters : mapping
        Parameters of the aggregation.
    """

    function: str
    source: int
    slots: tuple[int, ...]
    days: int | None
    parameters: Mapping[str, Any]


class Slots:
    """The values of a source that travel, each once.

    Examples
    --------
    >>> from sparkfl.features.views import Aggregation
    >>> features = [Aggregation("avg", "x"), Aggregation("sum", "x", 7), Aggregation("count")]
    >>> slots = Slots(0, Source("t", features, time="at"))
    >>> slots.read, [planned.slots for planned in slots.planned]
    ([('(x)', False)], [(0,), (0,), (-1,)])
    """

    def __init__(self, number: int, source: Source, columns: Collection[str] = ()) -> None:
        self.read: list[tuple[str, bool]] = []
        self.planned: list[Planned] = []
        self.owners: list[str] = []
        for feature in source.features:
            places = tuple(self._place(*slot, feature.name) for slot in feature.slots(columns))
            days = feature.window.days if feature.window else None
            planned = Planned(feature.function, number, places, days, dict(feature.parameters))
            self.planned.append(planned)

    def _place(self, text: str | None, category: bool, owner: str) -> int:
        """Find a value, or add it; `owner` is the feature that is named if it cannot be read."""
        if text is None:
            return -1
        if (text, category) not in self.read:
            self.read.append((text, category))
            self.owners.append(owner)
        return self.read.index((text, category))


def planned(slots: Sequence[Slots]) -> list[Planned]:
    """List the features of all sources, in their order.

    Examples
    --------
    >>> planned([])
    []
    """
    return [feature for each in slots for feature in each.planned]
