"""A prediction as a function of the features, and the features as arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import functions as F

from sparkfl.execution.numbers import Numbers
from sparkfl.models.scalers import linear_of

if TYPE_CHECKING:
    from pyspark.sql import Column

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
        ``finish(value)``: the prediction as MLlib has it.
    """

    name: str
    numbers: Numbers
    finish: Callable[[Column], Column] = lambda value: value

    def column(self, *features: Column) -> Column:
        """Return the prediction of features: an array, or each by itself."""
        numbers = F.expr(self.numbers.sql)
        return self.finish(F.call_function(f"sparkfl_{self.name}", numbers, *features))


def compiled_features(arrays: Mapping[str, Column], stages: Iterable[Any]) -> dict[str, Column]:
    """Return the vectors of a pipeline that are known as arrays.

    Parameters
    ----------
    arrays : mapping of str to pyspark.sql.Column
        The vectors that it begins with.
    stages : iterable
        Its fitted stages; of what is scaled without an offset the array is known, too.
    """
    known = dict(arrays)
    for stage in stages:
        if isinstance(stage, VectorAssembler):
            names = stage.getInputCols()
            if all(name in known for name in names):
                parts = [known[name] for name in names]
                known[stage.getOutputCol()] = parts[0] if len(parts) == 1 else F.concat(*parts)
            continue
        linear = linear_of(stage)
        if linear is not None and not linear.offset.any() and stage.getInputCol() in known:
            numbers = F.expr(Numbers(np.concatenate([linear.shift, linear.factor])).sql)
            array = known[stage.getInputCol()]
            known[stage.getOutputCol()] = F.call_function("sparkfl_scaled", numbers, array)
    return known
