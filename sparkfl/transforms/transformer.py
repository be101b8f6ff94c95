"""What a transformer of the TRANSFORM clause is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

from pyspark.ml import Estimator, Transformer

from sparkfl.options import Option, of_param
from sparkfl.transforms.imputation import Imputation

__all__ = ["Domain", "Stage", "TransformFunction"]

Stage = Estimator[Any] | Transformer
Domain = tuple[float, float, bool]
"""Least and greatest number that a stage takes, and whether it takes whole numbers only."""


@dataclass(frozen=True)
class TransformFunction:
    """A function that TRANSFORM knows, as a row.

    Attributes
    ----------
    stages : tuple of type
        Its classes in `pyspark.ml.feature`, of which each takes what the one before makes; none
        for a function that imputes.
    accepts : tuple of str
        Kinds of column it takes, see `sparkfl.columns.kind_of`.
    returns : str
        Kind of column it makes; ``same`` is that of its input.
    doc : str
        What it does, in a sentence.
    arguments : tuple of str or Option
        What follows the column in SQL, in order: names of Params of the classes, or options that
        they do not have; lists are written ``array(…)``.
    differs : mapping of str to mapping
        Attributes of `Option` that are other than the class's, by the name of the Param.
    fixed : mapping of str to object
        Params that are no arguments.
    many : bool
        Whether it takes several columns.
    apart : bool
        Whether it takes them one by one; else those of the query come to it as one vector.
    reads : mapping of str to str
        Kind as which it reads a column of the query, by the column's own; by default that one.
    buckets : callable, optional
        ``buckets(fitted)``: into how many buckets, from 0, a fitted stage sorts values. With
        ``handleInvalid='keep'`` it puts what it has not seen into one more.
    keeps : bool
        Whether it has a bucket for NULL, with ``handleInvalid='keep'``; so has what has `buckets`.
    domain : callable, optional
        ``domain(stage)``: the numbers that a stage takes, fitted or not, where it fails on others;
        of vectors, the largest sizes of their elements.
    imputes : callable, optional
        ``imputes(params)``: what takes the place of a value that is missing.
    labelled : bool
        Whether it learns from the label.
    grouped : bool
        Whether its last column is that of groups, such as stores.
    together : str
        As what the columns of the query that come to it together are read: ``vector``, or, with
        no value in the place of what is missing, ``holed``, a vector with NaN there, or
        ``missing``, a vector of 1 for what is missing, of columns of any kind, and else 0.
    filters : callable, optional
        ``filters(params)``: whether it leaves rows out of the training, see `RowFilter`.

    Examples
    --------
    >>> from sparkfl.transforms import TRANSFORMERS
    >>> [option.key for option in TRANSFORMERS["standard_scaler"].parameters]
    ['WITH_STD', 'WITH_MEAN']
    """

    stages: tuple[Callable[..., Stage], ...]
    accepts: tuple[str, ...]
    returns: str
    doc: str
    arguments: tuple[str | Option, ...] = ()
    differs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    many: bool = False
    apart: bool = False
    reads: Mapping[str, str] = field(default_factory=dict)
    buckets: Callable[[Any], int] | None = None
    keeps: bool = False
    domain: Callable[[Any], Domain] | None = None
    imputes: Callable[[Mapping[str, Any]], Imputation] | None = None
    labelled: bool = False
    grouped: bool = False
    together: str = "vector"
    filters: Callable[[Mapping[str, Any]], bool] | None = None

    @property
    def parameters(self) -> tuple[Option, ...]:
        """The parameters, with the ranges and defaults of the class."""
        return tuple(a if isinstance(a, Option) else self._option(a) for a in self.arguments)

    def _option(self, name: str) -> Option:
        """Return the option of a Param."""
        owner = next(stage for stage in self.stages if hasattr(stage, name))
        known = signature(owner).parameters
        default = {"default": known[name].default} if name in known else {}
        return of_param(getattr(owner, name), **{**default, **self.differs.get(name, {})})

    @property
    def has_bucket(self) -> bool:
        """Whether ``handleInvalid='keep'`` means something to it."""
        return self.keeps or self.buckets is not None

    def make(
        self, inputs: list[str], output: str, params: Mapping[str, Any], keep: bool
    ) -> list[Stage]:
        """Return the stages that make column `output`, with or without a bucket for the unseen."""
        invalid = {"handleInvalid": "keep" if keep else "error"} if self.has_bucket else {}
        given = {**self.fixed, **invalid, **params}
        if self.grouped:
            *inputs, group = inputs
            given["groupCol"] = group
        made = []
        for place, class_ in enumerate(self.stages):
            last = place == len(self.stages) - 1
            column = output if last else f"{output}_{place}"
            own = {name: value for name, value in given.items() if hasattr(class_, name)}
            made.append(_stage(class_, inputs, column, self.many and place == 0, own))
            inputs = [column]
        return made


def _stage(
    class_: Callable[..., Stage], inputs: list[str], output: str, many: bool, params: dict[str, Any]
) -> Stage:
    """Return a stage; its input is called features where it selects some of them."""
    known = signature(class_).parameters
    one = "inputCol" if "inputCol" in known else "featuresCol"
    several = many and "inputCols" in known
    columns: dict[str, Any] = {"inputCols": inputs} if several else {one: inputs[0]}
    keywords = {name: value for name, value in params.items() if name in known}
    others = {name: value for name, value in params.items() if name not in known}
    return class_(**columns, outputCol=output, **keywords)._set(**others)
