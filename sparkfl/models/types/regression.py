"""The regression types."""

from __future__ import annotations

from pyspark.ml.regression import LinearRegression

from sparkfl.models.model_type import ModelType
from sparkfl.models.tasks import REGRESSION

__all__ = ["REGRESSION_TYPES"]

REGRESSION_TYPES = {
    "linear_regression": ModelType(
        LinearRegression,
        REGRESSION,
        "MLlib's linear regression, by least squares or Huber's loss, with an elastic net.",
        differs={"maxIter": {"aliases": ("MAX_ITERATIONS",)}},
    ),
}
