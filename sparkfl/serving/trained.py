"""What a training statement gives to the registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sparkfl.registry import Registrable, Trial

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TABLES", "Trained"]

TABLES = "sparkfl.tables"
"""The tag of the tables that a training read, and their versions."""


@dataclass(frozen=True)
class Trained:
    """A trained model and the figures to keep with it.

    Attributes
    ----------
    model : Registrable
        The model.
    metrics : mapping of str to float
        Figures of the whole.
    tables : mapping of str to pandas.DataFrame
        Figures a store.
    tags : mapping of str to str
        Tags of the version.
    trials : sequence of Trial
        Those of the search that it is the best of.
    options : mapping of str to object
        Those that train it again, if the statement has others.
    """

    model: Registrable
    metrics: Mapping[str, float] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    trials: Sequence[Trial] = ()
    options: Mapping[str, object] = field(default_factory=dict)
