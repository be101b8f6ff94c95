"""How many categories the numbers of a column are, stage by stage, as MLlib's metadata has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pyspark.ml.feature import Bucketizer, StringIndexerModel, VectorAssembler, VectorSlicer

from sparkfl.models.steps import inputs_of

__all__ = ["Categories"]


class Categories:
    """Follows the numbers of categories through fitted stages; `Interaction` expands them.

    Parameters
    ----------
    size : callable
        ``size(column)``: how many elements a column has, 1 if it is a number.
    buckets : mapping of str to int
        How many categories are known of columns where others are not valid.
    """

    def __init__(self, size: Callable[[str], int], buckets: Mapping[str, int]) -> None:
        self._size, self._buckets = size, buckets
        self._known: dict[str, list[int]] = {}

    def of(self, column: str) -> list[int]:
        """Return, for each element of a column, how many categories it numbers; 1 if none."""
        return self._known.get(column) or [1] * self._size(column)

    def follow(self, stage: Any) -> None:
        """Note what a stage makes."""
        if isinstance(stage, StringIndexerModel):
            keeps = stage.getHandleInvalid() == "keep"
            own = [self._buckets.get(stage.getOutputCol(), len(stage.labels) + keeps) or 1]
        elif isinstance(stage, Bucketizer):
            own = [len(stage.getSplits()) - 1]
        elif isinstance(stage, VectorAssembler):
            own = [count for column in inputs_of(stage) for count in self.of(column)]
        elif isinstance(stage, VectorSlicer):
            counts = self.of(inputs_of(stage)[0])
            own = [counts[place] for place in stage.getIndices()]
        else:
            return
        self._known[stage.getOutputCol()] = own
