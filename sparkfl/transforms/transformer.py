"""What a transformer of the TRANSFORM clause is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.ml import Estimator, Transformer

from sparkfl.options import Option

__all__ = ["Stage", "TransformFunction"]

Stage = Estimator[Any] | Transformer


@dataclass(frozen=True)
class TransformFunction:
    """A function that TRANSFORM knows.

    Attributes
    ----------
    accepts : tuple of str
        Kinds of input: 'number' (numeric or boolean) and 'vector' (vector or numeric array).
    returns : str
        Kind of output, 'number' or 'vector'.
    stages : callable
        ``stages(inputs, output, params)``: the `pyspark.ml` stages that make column `output`.
    parameters : sequence of Option
        Its positional parameters, in order.
    many : bool
        Whether it takes several columns.
    """

    accepts: tuple[str, ...]
    returns: str
    stages: Callable[[list[str], str, Mapping[str, object]], list[Stage]]
    parameters: Sequence[Option]
    many: bool = False
