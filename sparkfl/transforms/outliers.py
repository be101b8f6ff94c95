"""Transformers for values far from the others: flagged, clipped, or their rows dropped."""

from __future__ import annotations

import numpy as np
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.param import Param, Params, TypeConverters

from sparkfl.options import Option
from sparkfl.transforms.elementwise import ElementwiseEstimator
from sparkfl.transforms.transformer import TransformFunction

__all__ = ["OUTLIERS", "GroupScaler", "OutlierLimits"]


class OutlierLimits(ElementwiseEstimator):
    """Limits so many interquartile ranges below the first quartile and above the third (Tukey).

    Examples
    --------
    >>> from pyspark.ml.linalg import Vectors
    >>> rows = [(Vectors.dense(float(x)),) for x in (1, 2, 3, 4, 100)]
    >>> df = spark.createDataFrame(rows, ["x"])
    >>> fitted = OutlierLimits(inputCol="x", outputCol="y").fit(df)
    >>> fitted.getOrDefault("first"), fitted.getOrDefault("second")
    ([-1.0], [7.0])
    """

    action: Param[str] = Param(
        Params._dummy(), "action", "clip, flag or drop", typeConverter=TypeConverters.toString
    )
    factor: Param[float] = Param(
        Params._dummy(), "factor", "interquartile ranges", typeConverter=TypeConverters.toFloat
    )
    relativeError: Param[float] = Param(
        Params._dummy(), "relativeError", "of ranks", typeConverter=TypeConverters.toFloat
    )

    def __init__(self, *, inputCol: str | None = None, outputCol: str | None = None) -> None:
        super().__init__(inputCol=inputCol, outputCol=outputCol)
        self._setDefault(action="clip", factor=1.5, relativeError=0.0)

    @property
    def operation(self) -> str:
        """What is done to an outlier."""
        return str(self.getOrDefault("action"))

    def aggregates(self) -> tuple[str, ...]:
        """Return the quartiles: between two values where a rank is, as numpy has it."""
        error = self.getOrDefault("relativeError")
        if error:
            least = max(1, round(1 / error))
            return tuple(f"percentile_approx({{0}}, {q}D, {least})" for q in (0.25, 0.75))
        return ("percentile({0}, 0.25D)", "percentile({0}, 0.75D)")

    def figures(self, measured: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the limits."""
        low, high = measured
        reach = self.getOrDefault("factor") * (high - low)
        return low - reach, high + reach


class GroupScaler(ElementwiseEstimator):
    """Mean and deviation of each group; what does not vary becomes 0.

    Examples
    --------
    >>> from pyspark.ml.linalg import Vectors
    >>> rows = [(Vectors.dense(1.0), "a"), (Vectors.dense(3.0), "a"), (Vectors.dense(7.0), "b")]
    >>> df = spark.createDataFrame(rows, ["x", "g"])
    >>> fitted = GroupScaler(inputCol="x", outputCol="y")._set(groupCol="g").fit(df)
    >>> [round(float(row.y[0]), 3) for row in fitted.transform(df).collect()]
    [-0.707, 0.707, 0.0]
    """

    @property
    def operation(self) -> str:
        """Subtract and multiply."""
        return "scale"

    def aggregates(self) -> tuple[str, ...]:
        """Return mean and deviation, that of a sample; of one row 0."""
        return ("avg({0})", "coalesce(stddev_samp({0}), 0.0D)")

    def figures(self, measured: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what is subtracted, and multiplied by."""
        mean, deviation = measured
        factor = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=deviation != 0)
        return mean, factor


_ARGUMENTS = (
    Option(
        "action",
        str,
        "clip",
        "What becomes of an outlier: it is moved to the limit, 1 stands for it and 0 for all "
        "others, or its row is left out of the training and has no prediction.",
        choices=("clip", "flag", "drop"),
    ),
    Option("factor", float, 1.5, "How many interquartile ranges are no outlier.", minimum=0.0),
    Option(
        "relativeError",
        float,
        0.0,
        "How far the ranks of the quartiles may be off, for less memory; 0 for the exact ones.",
        minimum=0.0,
        below=1.0,
    ),
)

OUTLIERS = {
    "group_iqr_outliers": TransformFunction(
        (VectorAssembler, OutlierLimits),
        ("number", "boolean", "date", "vector"),
        "vector",
        "As iqr_outliers, with the limits of each group of the last column, such as a store; of a "
        "new one those of all rows: `group_iqr_outliers(array(a, b), store_id, 'clip')`.",
        arguments=_ARGUMENTS,
        many=True,
        grouped=True,
        filters=lambda params: params["action"] == "drop",
    ),
    "group_standard_scaler": TransformFunction(
        (VectorAssembler, GroupScaler),
        ("number", "boolean", "date", "vector"),
        "vector",
        "Scales each element to mean 0 and deviation 1 in each group of the last column, such as "
        "a store; of a new one by the figures of all rows, a constant element to 0.",
        many=True,
        grouped=True,
    ),
    "iqr_outliers": TransformFunction(
        (VectorAssembler, OutlierLimits),
        ("number", "boolean", "date", "vector"),
        "vector",
        "Clips or flags values that are more than 1.5 interquartile ranges outside the quartiles "
        "of the training rows, or drops their rows; several columns become one vector.",
        arguments=_ARGUMENTS,
        many=True,
        filters=lambda params: params["action"] == "drop",
    ),
}
