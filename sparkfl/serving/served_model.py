"""What SQL needs of a model that is in the registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from pyspark.sql import DataFrame

from sparkfl.transforms.clause import TransformList

__all__ = ["ServedModel"]


class ServedModel(Protocol):
    """A model read from its files: what it can be asked, and how it was trained."""

    @property
    def modelType(self) -> str:
        """The stored type."""

    @property
    def clause(self) -> TransformList | None:
        """The TRANSFORM it was trained with."""

    @property
    def capabilities(self) -> Mapping[str, Callable[..., DataFrame]]:
        """What it can be asked, each a plan: nothing runs when it is called.

        The first argument is the query to answer for, a DataFrame, or the session if the question
        has none. Options are keywords.
        """
