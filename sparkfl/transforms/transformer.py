"""What a transformer of the TRANSFORM clause is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

from pyspark.ml import Estimator, Transformer

from sparkfl.options import Option, of_param

__all__ = ["Stage", "TransformFunction"]

Stage = Estimator[Any] | Transformer


@dataclass(frozen=True)
class TransformFunction:
    """A function that TRANSFORM knows, as a row.

    Attributes
    ----------
    stage : type
        Its class in `pyspark.ml.feature`.
    accepts : tuple of str
        Kinds of column it takes, see `sparkfl.columns.kind_of`.
    returns : str
        Kind of column it makes.
    doc : str
        What it does, in a sentence.
    arguments : tuple of str
        Names of the Params that follow the column in SQL, in order; lists are written
        ``array(…)``.
    differs : mapping of str to mapping
        Attributes of `Option` that are other than the class's, by the name of the Param.
    many : bool
        Whether it takes several columns.
    reads : str
        Kind as which it reads a column of the query; by default the column's own.
    buckets : callable, optional
        ``buckets(fitted)``: into how many buckets, from 0, a fitted stage sorts values. With
        ``handleInvalid='keep'`` it puts what it has not seen into one more.

    Examples
    --------
    >>> from sparkfl.transforms import TRANSFORMERS
    >>> [option.key for option in TRANSFORMERS["standard_scaler"].parameters]
    ['WITH_STD', 'WITH_MEAN']
    """

    stage: Callable[..., Stage]
    accepts: tuple[str, ...]
    returns: str
    doc: str
    arguments: tuple[str, ...] = ()
    differs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    many: bool = False
    reads: str = ""
    buckets: Callable[[Any], int] | None = None

    @property
    def parameters(self) -> tuple[Option, ...]:
        """The parameters, with the ranges and defaults of the class."""
        known = signature(self.stage).parameters
        changes = {a: {"default": known[a].default, **self.differs.get(a, {})} for a in known}
        return tuple(of_param(getattr(self.stage, a), **changes[a]) for a in self.arguments)

    def make(self, inputs: list[str], output: str, params: Mapping[str, Any], keep: bool) -> Stage:
        """Return the stage that makes column `output`, with or without a bucket for the unseen."""
        columns = {"inputCols": inputs} if self.many else {"inputCol": inputs[0]}
        invalid = {"handleInvalid": "keep" if keep else "error"} if self.buckets else {}
        return self.stage(**columns, outputCol=output, **invalid, **params)
