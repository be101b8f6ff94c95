"""The TRANSFORM clause as data: its items, their arguments, and the clause as it was typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Argument", "ColumnRef", "Literal", "TransformItem", "TransformList"]

Literal = str | int | float | bool | None


@dataclass(frozen=True)
class ColumnRef:
    """A column, or a field of a struct column, by its path."""

    path: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.path)


Argument = ColumnRef | Literal | tuple["Argument", ...]


@dataclass(frozen=True)
class TransformItem:
    """One item of TRANSFORM: ``function(arguments) [AS] alias``."""

    function: str
    arguments: tuple[Argument, ...]
    alias: str


@dataclass(frozen=True)
class TransformList:
    """The items of a TRANSFORM clause, and the clause as it was typed."""

    items: tuple[TransformItem, ...]
    text: str = field(compare=False)

    def to_json(self) -> dict[str, object]:
        """Return the clause as JSON values, for a model's files."""
        items = [[i.function, [_to_json(a) for a in i.arguments], i.alias] for i in self.items]
        return {"items": items, "text": self.text}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> TransformList:
        """Return the clause that `to_json` gave."""
        items = tuple(
            TransformItem(function, tuple(_from_json(a) for a in arguments), alias)
            for function, arguments, alias in value["items"]
        )
        return cls(items, value["text"])


def _to_json(argument: Argument) -> object:
    """Return a column as ``{"column": path}``, an array as a list, a literal as it is."""
    if isinstance(argument, ColumnRef):
        return {"column": list(argument.path)}
    return [_to_json(a) for a in argument] if isinstance(argument, tuple) else argument


def _from_json(value: Any) -> Argument:
    """Return the argument that `_to_json` gave."""
    if isinstance(value, dict):
        return ColumnRef(tuple(value["column"]))
    if isinstance(value, list):
        return tuple(_from_json(v) for v in value)
    literal: Literal = value
    return literal
