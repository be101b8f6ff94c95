"""What a MODEL_TYPE is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

from pyspark.ml import Estimator
from pyspark.sql import DataFrame

from sparkfl.models.compiled import Compiled
from sparkfl.models.extras import EXTRAS
from sparkfl.models.tasks import Task
from sparkfl.options import Option, of_param

__all__ = ["DEFAULT_SEED", "ModelType"]

DEFAULT_SEED = -1689246527

# They go by the places of the classes, which no user knows.
_LEFT_OUT = ("thresholds",)
_IF_NAMED = ("leafCol", "linkPredictionCol", "quantilesCol", "varianceCol")


@dataclass(frozen=True)
class ModelType:
    """A value of MODEL_TYPE, as a row.

    Its options are the Params of its class, with their kinds, ranges, defaults and documentation,
    and those of its task. Of Params that name a column those are options that are in
    `sparkfl.models.extras.EXTRAS`, and the task's outputs: nothing else reaches the class or is
    shown.

    Attributes
    ----------
    estimator : type
        Its class in `pyspark.ml`.
    task : Task
        What it is for.
    doc : str
        What it is, in a sentence or two.
    differs : mapping of str to mapping
        Attributes of `Option` that are other than the class's, by the name of the Param; None in
        place of the attributes leaves a Param out.
    capabilities : mapping of str to callable
        What its models can be asked besides what those of all types can, such as ``centroids``:
        ``answer(model, spark, **options)`` gives a frame, as a plan.
    build : callable, optional
        ``build(**params)``: an unfitted estimator, if it is not ``estimator(**params)``.
    completes : callable, optional
        ``completes(params, width, classes)``: Params that follow from how many features and
        classes there are.
    remembers : tuple of callable
        ``remembers(fitted, training)``: figures of the training, which a saved model has not.
    compiles : callable, optional
        ``compiles(fitted, files)``: its prediction as a function of the SQL extension, None if that
        is not exact; `files` are those of the fitted estimator, None before it is saved.
    counts : callable, optional
        ``counts(params)``: whether it takes features from 0 up only.
    binary : bool
        Whether it tells two classes apart, and no more.
    aliases : tuple of str
        Other values of MODEL_TYPE.

    Examples
    --------
    >>> from sparkfl.models.types import MODEL_TYPES
    >>> [option.key for option in MODEL_TYPES["gaussian_mixture"].options][-4:]
    ['MAX_ITER', 'SEED', 'AGGREGATION_DEPTH', 'WEIGHT_COL']
    """

    estimator: Callable[..., Estimator[Any]]
    task: Task
    doc: str
    differs: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)
    capabilities: Mapping[str, Callable[..., DataFrame]] = field(default_factory=dict)
    build: Callable[..., Estimator[Any]] | None = None
    completes: Callable[[Mapping[str, Any], int, int], Mapping[str, Any]] | None = None
    remembers: tuple[Callable[[Any, DataFrame], Mapping[str, Sequence[float]]], ...] = ()
    compiles: Callable[[Any, Path | None], Compiled | None] | None = None
    counts: Callable[[Mapping[str, Any]], bool] | None = None
    binary: bool = False
    aliases: tuple[str, ...] = ()

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """Params that name what goes out: the prediction, then what is hidden by default."""
        own = [option.param for option in self.task.options]
        return tuple(p for p in self.task.outputs if hasattr(self.estimator, p) or p in own)

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """The options, in the order of the class."""
        names = [name for name in self.outputs if hasattr(self.estimator, name)]
        outputs = {n: None if n in _IF_NAMED else n.removesuffix("Col") for n in names}
        others = {n: p.default for n, p in self._keywords.items() if self._is_other(n)}
        weighted = self.task.weighted if "weightCol" in others else ()
        own = [self._option(name, default) for name, default in {**outputs, **others}.items()]
        scored = self.task.of_spark if "rawPredictionCol" in outputs else ()
        return (*self.task.options, *scored, *weighted, *own)

    @property
    def _keywords(self) -> Mapping[str, Parameter]:
        """What the class takes when it is made."""
        return signature(self.estimator).parameters

    def _is_other(self, name: str) -> bool:
        """Tell whether a Param is an option that names no output."""
        names_column = name.endswith(("Col", "Cols")) and name not in EXTRAS
        left_out = name in _LEFT_OUT or self.differs.get(name, {}) is None
        return not (names_column or left_out)

    def _option(self, name: str, default: object) -> Option:
        """Return the option of a Param."""
        seed = {"default": DEFAULT_SEED} if name == "seed" else {}
        changes = {"default": default, **seed, **(self.differs.get(name) or {})}
        return of_param(getattr(self.estimator, name), **changes)

    def unfitted(self, params: Mapping[str, Any]) -> Estimator[Any]:
        """Return the unfitted estimator."""
        own = {n: v for n, v in params.items() if hasattr(self.estimator, n)}
        keywords = {name: value for name, value in own.items() if name in self._keywords}
        made = (self.build or self.estimator)(**keywords)
        others = {name: value for name, value in own.items() if name not in keywords}
        return self.task.wrap(made._set(**others), params)
