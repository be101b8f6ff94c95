"""A prediction as a function of the features, and the features as arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyspark.ml.feature import VectorAssembler

from sparkfl.execution.numbers import Numbers
from sparkfl.models.scalers import linear_of

__all__ = ["Compiled", "compiled_features"]


@dataclass(frozen=True)
class Compiled:
    """A function of the SQL extension, with its numbers.

    Attributes
    ----------
    name : str
        Its name, without ``sparkfl_``.
    numbers : Numbers
        Those of the model.
    finish : callable
        ``finish(value)``: the prediction as MLlib has it, of the text of a value.
    """

    name: str
    numbers: Numbers
    finish: Callable[[str], str] = lambda value: value

    def sql(self, *features: str) -> str:
        """Write the prediction of features: an array, or each by itself."""
        return self.finish(f"sparkfl_{self.name}({', '.join([self.numbers.sql, *features])})")


def compiled_features(arrays: Mapping[str, str], stages: Iterable[Any]) -> dict[str, str]:
    """Write the vectors of a pipeline that are known as arrays.

    Parameters
    ----------
    arrays : mapping of str to str
        Texts of the vectors that it begins with.
    stages : iterable
        Its fitted stages; of what is scaled without an offset the array is known, too.
    """
    known = dict(arrays)
    for stage in stages:
        if isinstance(stage, VectorAssembler):
            names = stage.getInputCols()
            if all(name in known for name in names):
                parts = [known[name] for name in names]
                known[stage.getOutputCol()] = _concatenated(parts)
            continue
        linear = linear_of(stage)
        if linear is not None and not linear.offset.any() and stage.getInputCol() in known:
            numbers = Numbers(np.concatenate([linear.shift, linear.factor])).sql
            array = known[stage.getInputCol()]
            known[stage.getOutputCol()] = f"sparkfl_scaled({numbers}, {array})"
    return known


def _concatenated(arrays: Sequence[str]) -> str:
    return arrays[0] if len(arrays) == 1 else f"concat({', '.join(arrays)})"
