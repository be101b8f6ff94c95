"""What a MODEL_TYPE is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from inspect import Parameter, signature
from typing import Any

from pyspark.ml import Estimator
from pyspark.sql import DataFrame

from sparkfl.models.tasks import Task
from sparkfl.options import Option, of_param

__all__ = ["DEFAULT_SEED", "ModelType"]

DEFAULT_SEED = -1689246527

# They go by the places of the classes, which no user knows.
_LEFT_OUT = ("thresholds",)


@dataclass(frozen=True)
class ModelType:
    """A value of MODEL_TYPE, as a row.

    Its options are the Params of its class, with their kinds, ranges, defaults and documentation,
    and those of its task. Of Params that name a column only the weight and the task's outputs are
    options: nothing else reaches the class or is shown.

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
        What its models can be asked besides predictions and metrics, such as ``centroids``:
        ``answer(model, spark, **options)`` gives a frame, as a plan.
    build : callable, optional
        ``build(**params)``: an unfitted estimator, if it is not ``estimator(**params)``.

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

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """Params that name what goes out: the prediction, then what is hidden by default."""
        return tuple(p for p in self.task.outputs if hasattr(self.estimator, p))

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """The options, in the order of the class."""
        outputs = {name: name.removesuffix("Col") for name in self.outputs}
        others = {n: p.default for n, p in self._keywords.items() if self._is_other(n)}
        own = [self._option(name, default) for name, default in {**outputs, **others}.items()]
        return (*self.task.options, *own)

    @property
    def _keywords(self) -> Mapping[str, Parameter]:
        """What the class takes when it is made."""
        return signature(self.estimator).parameters

    def _is_other(self, name: str) -> bool:
        """Tell whether a Param is an option that names no output."""
        names_column = name.endswith(("Col", "Cols")) and name != "weightCol"
        left_out = name in _LEFT_OUT or self.differs.get(name, {}) is None
        return not (names_column or left_out)

    def _option(self, name: str, default: object) -> Option:
        """Return the option of a Param."""
        seed = {"default": DEFAULT_SEED} if name == "seed" else {}
        changes = {"default": default, **seed, **(self.differs.get(name) or {})}
        return of_param(getattr(self.estimator, name), **changes)

    def unfitted(self, params: Mapping[str, Any]) -> Estimator[Any]:
        """Return the unfitted estimator."""
        keywords = {name: value for name, value in params.items() if name in self._keywords}
        made = (self.build or self.estimator)(**keywords)
        others = {name: value for name, value in params.items() if name not in keywords}
        return made._set(**others)
