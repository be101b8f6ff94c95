"""Scalers as what is subtracted, multiplied by and added, feature by feature, as MLlib has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyspark.ml.feature import (
    IDFModel,
    MaxAbsScalerModel,
    MinMaxScalerModel,
    RobustScalerModel,
    StandardScalerModel,
)

from sparkfl.statistics.summary import Matrix

__all__ = ["Linear", "linear_of"]


@dataclass(frozen=True)
class Linear:
    """``(x - shift) * factor + offset``, of arrays of shape (d,)."""

    shift: Matrix
    factor: Matrix
    offset: Matrix


def linear_of(stage: Any) -> Linear | None:
    """Return what a fitted stage does to each feature; None if it is no scaler that is known."""
    found = next((make for class_, make in _SCALERS.items() if isinstance(stage, class_)), None)
    return None if found is None else found(stage)


def _standard(stage: Any) -> Linear:
    return _centred(
        stage.mean.toArray(), stage.std.toArray(), stage.getWithMean(), stage.getWithStd()
    )


def _robust(stage: Any) -> Linear:
    return _centred(
        stage.median.toArray(),
        stage.range.toArray(),
        stage.getWithCentering(),
        stage.getWithScaling(),
    )


def _centred(centre: Matrix, width: Matrix, centred: bool, scaled: bool) -> Linear:
    nothing = np.zeros_like(centre)
    factor = _over(width, 0.0) if scaled else np.ones_like(width)
    return Linear(centre if centred else nothing, factor, nothing)


def _idf(stage: Any) -> Linear:
    factor = stage.idf.toArray()
    return Linear(np.zeros_like(factor), factor, np.zeros_like(factor))


def _max_abs(stage: Any) -> Linear:
    size = stage.maxAbs.toArray()
    nothing = np.zeros_like(size)
    return Linear(nothing, _over(size, 1.0), nothing)


def _min_max(stage: Any) -> Linear:
    """Put a feature that does not vary into the middle."""
    least, most = stage.originalMin.toArray(), stage.originalMax.toArray()
    low, width = stage.getMin(), stage.getMax() - stage.getMin()
    varies = most != least
    factor = np.divide(width, most - least, out=np.zeros_like(least), where=varies)
    return Linear(least, factor, np.where(varies, low, 0.5 * width + low))


def _over(width: Matrix, otherwise: float) -> Matrix:
    """Return reciprocals, and what takes the place of that of 0."""
    return np.divide(1.0, width, out=np.full_like(width, otherwise), where=width != 0)


_SCALERS: Mapping[type, Callable[[Any], Linear]] = {
    IDFModel: _idf,
    MaxAbsScalerModel: _max_abs,
    MinMaxScalerModel: _min_max,
    RobustScalerModel: _robust,
    StandardScalerModel: _standard,
}
