"""What a MODEL_TYPE is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pyspark.ml import Estimator
from pyspark.sql import DataFrame

from sparkfl.options import Option

__all__ = ["DEFAULT_SEED", "ModelType"]

DEFAULT_SEED = -1689246527


@dataclass(frozen=True)
class ModelType:
    """A value of MODEL_TYPE.

    Attributes
    ----------
    estimator : callable
        ``estimator(features, prediction, params)``: an unfitted `pyspark.ml` estimator.
    evaluate : callable
        ``evaluate(df, features, prediction)``: a DataFrame of one row of metrics, as a plan.
    options : mapping of str to Option
        The keys of OPTIONS it has, besides those every type has.
    hidden : tuple of str
        Further columns of its output, which model_predict shows if asked.
    capabilities : mapping of str to callable
        What its models can be asked besides predict and evaluate: ``answer(model, spark,
        **options)`` for a fitted one.
    """

    estimator: Callable[[str, str, Mapping[str, object]], Estimator[Any]]
    evaluate: Callable[[DataFrame, str, str], DataFrame]
    options: Mapping[str, Option]
    hidden: tuple[str, ...] = ()
    capabilities: Mapping[str, Callable[..., DataFrame]] = field(default_factory=dict)
