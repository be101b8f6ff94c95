"""A column of the pipeline: what it is made of, and what takes the place of missing values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sparkfl.transforms import Imputation

__all__ = ["Reading"]


@dataclass(frozen=True)
class Reading:
    """A column of the pipeline: one input, or several numbers and vectors as one vector.

    Attributes
    ----------
    column : str
        Its name in the pipeline.
    kind : str
        As what it is read: 'number', 'string', 'tokens', 'vector', or 'missing', which is a vector
        of 1 for each part that is not valid, and else 0.
    parts : tuple of int
        The inputs, by their places.
    sizes : tuple of int
        How many numbers each part of a vector has; 0 for what is to be measured yet.
    fill : tuple of float or str
        What replaces values that are not valid, one for each element; NaN for nothing. If empty,
        nothing replaces any.
    keep : bool
        Whether NULL is a value like any other; in a vector it is NaN.
    impute : tuple of Imputation or None
        How `fill` is found in training, one for each part.
    """

    column: str
    kind: str
    parts: tuple[int, ...]
    sizes: tuple[int, ...] = (1,)
    fill: tuple[float | str, ...] = ()
    keep: bool = False
    impute: tuple[Imputation | None, ...] = ()

    @property
    def width(self) -> int:
        """How many elements it has."""
        return sum(self.sizes)

    @property
    def whole(self) -> bool:
        """Whether something takes the place of every value that is not valid."""
        return bool(self.fill) and not any(_nothing(value) for value in self.fill)

    def fills(self, place: int) -> bool:
        """Tell whether something replaces the values of the part in a place."""
        start = sum(self.sizes[:place])
        fill = self.fill[start : start + self.sizes[place]]
        return bool(fill) and not any(_nothing(value) for value in fill)

    def elements(self) -> list[Imputation | None]:
        """Return how `fill` is found, for each element."""
        if not any(self.impute):
            return []
        parts = zip(self.impute, self.sizes, strict=True)
        return [imputation for imputation, size in parts for _ in range(size)]

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Reading:
        """Return what a reading is of `dataclasses.asdict`."""
        return cls(
            value["column"],
            value["kind"],
            tuple(value["parts"]),
            tuple(value["sizes"]),
            tuple(value["fill"]),
            value["keep"],
        )


def _nothing(value: float | str) -> bool:
    return isinstance(value, float) and math.isnan(value)
