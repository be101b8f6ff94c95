"""What an external source is: its kind, its columns and its options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["SourceDefinition"]


@dataclass(frozen=True)
class SourceDefinition:
    """An external source, but for its name.

    Attributes
    ----------
    kind : str
        The word after USING.
    options : mapping of str to object
        As SQL has them, names in upper case.
    columns : tuple of (str, str)
        Names and types of its columns, in SQL; none where the reader knows them or they follow
        from the rows.

    Examples
    --------
    >>> SourceDefinition("csv", {"PATH": "/in/orders.csv", "THOUSANDS": ","}).kind
    'csv'
    """

    kind: str
    options: Mapping[str, object] = field(default_factory=dict)
    columns: tuple[tuple[str, str], ...] = ()
