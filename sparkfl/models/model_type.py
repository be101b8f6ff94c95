"""What a MODEL_TYPE is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
    options : sequence of Option
        The keys of OPTIONS it has, besides those every type has.
    hidden : tuple of str
        Further columns of its output, shown when `advanced_statistics_show_hidden_fields` is set.
    """

    estimator: Callable[[str, str, Mapping[str, object]], Estimator[Any]]
    evaluate: Callable[[DataFrame, str, str], DataFrame]
    options: Sequence[Option]
    hidden: tuple[str, ...] = ()
