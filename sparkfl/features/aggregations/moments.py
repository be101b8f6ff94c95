"""Where values lie and how they spread."""

from __future__ import annotations

import numpy as np

from sparkfl.features.aggregations.function import AggregateFunction
from sparkfl.features.aggregations.rows import Rows
from sparkfl.features.aggregations.windows import Floats, over

__all__ = ["MOMENTS"]

_EPS = float(np.finfo(np.float64).eps)


def _std_samp(x: Rows) -> Floats:
    return np.sqrt(over(x.m2, np.where(x.n > 1, x.n - 1, 0)))


def _std_pop(x: Rows) -> Floats:
    return np.sqrt(over(x.m2, x.n))


def _standardized(x: Rows, moment: Floats, power: float) -> Floats:
    """Divide a moment by a power of the variance; undefined for constant values, as in scipy."""
    variance = over(x.m2, x.n)
    with np.errstate(invalid="ignore"):
        varies = variance > (_EPS * x.mean) ** 2
    return over(over(moment, x.n), np.where(varies, variance, 0) ** power)


def _cv(x: Rows) -> Floats:
    with np.errstate(invalid="ignore"):
        ratio = np.where(x.mean > 0, over(_std_pop(x), x.mean), 0.0)
    return np.where(x.n > 0, ratio, np.nan)


_MEAN = ("n", "mean")
_VARIANCE = (*_MEAN, "m2")

MOMENTS = {
    "avg": AggregateFunction(lambda x: x.mean, "Mean.", states=_MEAN),
    "min": AggregateFunction(lambda x: x.least, "Least value.", states=("n", "least")),
    "max": AggregateFunction(lambda x: x.most, "Greatest value.", states=("n", "most")),
    "range": AggregateFunction(
        lambda x: x.most - x.least, "Greatest value less the least.",
        states=("n", "least", "most"),
    ),
    "std_samp": AggregateFunction(
        _std_samp, "Standard deviation of a sample, over n - 1: Spark's stddev.", states=_VARIANCE
    ),
    "std_pop": AggregateFunction(
        _std_pop, "Standard deviation of a population, over n: numpy's std.", states=_VARIANCE
    ),
    "variation": AggregateFunction(
        lambda x: over(_std_pop(x), x.mean),
        "Coefficient of variation, std_pop over mean; NULL for a mean of 0.", states=_VARIANCE,
    ),
    "cv": AggregateFunction(
        _cv, "Coefficient of variation; 0 where the mean is not above 0.", states=_VARIANCE
    ),
    "skewness": AggregateFunction(
        lambda x: _standardized(x, x.m3, 1.5),
        "Skewness as scipy.stats.skew has it (biased); NULL for values that are all equal.",
        states=(*_VARIANCE, "m3"),
    ),
    "kurtosis": AggregateFunction(
        lambda x: _standardized(x, x.m4, 2) - 3,
        "Excess kurtosis as scipy.stats.kurtosis has it (Fisher, biased); NULL for values that "
        "are all equal.",
        states=(*_VARIANCE, "m3", "m4"),
    ),
}  # fmt: skip
"""Aggregations of moments and extremes."""
