"""A trial of a search for the best options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Trial"]


@dataclass(frozen=True)
class Trial:
    """A trial of a search for the best options.

    Attributes
    ----------
    number : int
        From 1.
    options : mapping of str to object
        What was tried.
    metrics : mapping of str to float
        Those of the rows that were held out; none where it failed.
    objective : float or None
        The metric that the search goes by.
    error : str or None
        Why it failed.
    seconds : float
        How long it took.
    best : bool
        Whether its model was kept.
    """

    number: int
    options: Mapping[str, Any]
    metrics: Mapping[str, float] = field(default_factory=dict)
    objective: float | None = None
    error: str | None = None
    seconds: float = 0.0
    best: bool = False
