"""Principal components: the prediction is where a row is in fewer dimensions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pyspark.ml.functions import vector_to_array
from pyspark.sql import functions as F

from sparkfl.errors import ParameterError
from sparkfl.models.estimators.principal_components import PrincipalComponents
from sparkfl.models.names import COMPONENTS, SCALED, inner
from sparkfl.models.tasks.task import Label, Scored, Task
from sparkfl.options import Option

if TYPE_CHECKING:
    from pyspark.ml import Estimator
    from pyspark.sql import Column, DataFrame

__all__ = ["DIMENSIONALITY_REDUCTION"]


def _squares(name: str) -> Column:
    """Return the squared length of a vector."""
    return F.aggregate(vector_to_array(F.col(name)), F.lit(0.0), lambda sum_, x: sum_ + x * x)


def _components() -> Column:
    return vector_to_array(F.col(COMPONENTS))


def _error() -> Column:
    """Return the mean squared error of a row, which is what its components do not explain."""
    left = F.greatest(_squares(SCALED) - _squares(COMPONENTS), F.lit(0.0))
    return left / F.size(vector_to_array(F.col(SCALED)))


def _evaluate(scored: Scored, _label: Label | None) -> DataFrame:
    size = F.size(vector_to_array(F.col(SCALED)))
    error, whole = F.col(inner("errorCol")), _squares(SCALED) / size
    return scored.rows.agg(
        F.avg(error).alias("reconstruction_error"),
        (1 - F.sum(error) / F.nullif(F.sum(whole), F.lit(0.0))).alias("explained_variance_ratio"),
    )


def _check(params: Mapping[str, Any], rows: int, names: Mapping[str, str]) -> None:
    """Require two rows, and one way of telling how many components there are."""
    if rows < 2:
        raise ParameterError(
            "Principal components need 2 rows that differ; there is 1 row to train on. Give more."
        )
    if "k" in params and "explainedVarianceRatio" in params:
        raise ParameterError(
            f"{names['k']} and {names['explainedVarianceRatio']} both tell how many components "
            "there are; give one of them."
        )


def _wrap(_estimator: Estimator[Any], params: Mapping[str, Any]) -> Estimator[Any]:
    return PrincipalComponents(
        params["featuresCol"],
        params.get("k"),
        params.get("explainedVarianceRatio"),
        params["scaleFeatures"],
    )


DIMENSIONALITY_REDUCTION = Task(
    "dimensionality_reduction",
    "`reconstruction_error`, the mean over rows and features of the squared difference between the "
    "standardised features and what their components make of them, and `explained_variance_ratio`, "
    "the share of the features' squares that the components keep: of the training rows the share "
    "of their variance.",
    _evaluate,
    ("predictionCol", "errorCol"),
    options=(
        Option("predictionCol", "column", "prediction", "The column of the components, an array."),
        Option(
            "errorCol",
            "column",
            "reconstruction_error",
            "The column of the mean squared error of a row's standardised features.",
        ),
        Option(
            "explainedVarianceRatio",
            float,
            None,
            "Least share of the variance that the components have together, in place of their "
            "number.",
            key="PCA_EXPLAINED_VARIANCE_RATIO",
            aliases=("EXPLAINED_VARIANCE_RATIO",),
            above=0.0,
            maximum=1.0,
        ),
        Option(
            "scaleFeatures",
            bool,
            True,
            "Whether features have unit variance; they are centred in any case.",
        ),
    ),
    check=_check,
    wrap=_wrap,
    derived={"predictionCol": _components, "errorCol": _error},
    returns="array<double>",
)
