"""By how much each feature moves a prediction from what is predicted on average."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from pyspark.sql import functions as F

from sparkfl.columns import INTERNAL, check_taken, without_internal
from sparkfl.models.answers.explanation import EXPLAINED, FIGURES, exact, row_class
from sparkfl.models.answers.told import Tell, ranked, told
from sparkfl.models.answers.trees import read_trees
from sparkfl.models.names import VALID, inner
from sparkfl.statistics.summary import Matrix
from sparkfl.statistics.tree_shap import Tree, tree_shap

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from sparkfl.models.answers.model import Asked

__all__ = [
    "explain_predict",
    "explain_trees",
    "global_explain",
    "mean_sizes",
    "of_features",
]

Explainer = Callable[["Asked", "DataFrame"], tuple["DataFrame", "Column"]]
"""Gives the rows of a query with the model's columns, and for each row what is explained."""


def of_features(tell: Callable[[Asked], Tell]) -> Explainer:
    """Return what explains by the features and the prediction of each row."""

    def explained(model: Asked, query: DataFrame) -> tuple[DataFrame, Column]:
        told_by, rows = tell(model), model.run(query)
        prediction = F.col(inner("predictionCol"))
        return rows, told(told_by, model.features, prediction, FIGURES)

    return explained


def explain_trees(model: Asked) -> Tell:
    """Explain trees by their Shapley values, exactly.

    What is explained is the probability of the class that is predicted, of two the positive one; of
    boosted trees for two classes half of its log-odds; of a regression the prediction.
    """
    files = model.files_of_estimator()
    own = [files]
    if hasattr(model.fitted, "models"):
        own = [files / f"model_{place}" for place in range(len(model.fitted.models))]
    ensembles = [read_trees(path) for path in own]

    def tell(x: Matrix, prediction: Matrix) -> tuple[Sequence[Matrix], Matrix]:
        told_by = [_shapley(trees, x) for trees in ensembles]
        values = np.concatenate([parts for parts, _ in told_by], axis=2)
        baseline = np.concatenate([usual for _, usual in told_by])
        place = row_class(prediction, len(baseline))
        return exact(baseline[place], values[np.arange(len(x)), :, place])

    return tell


def _shapley(trees: Sequence[tuple[float, Tree]], x: Matrix) -> tuple[Matrix, Matrix]:
    """Return Shapley values, shape (rows, d, outputs), and means; of two classes the positive's."""
    classes = trees[0][1].value.shape[1]
    values, baseline = np.zeros((*x.shape, classes)), np.zeros(classes)
    for weight, tree in trees:
        own, mean = tree_shap(tree, x)
        values += weight * own
        baseline += weight * mean
    return (values[:, :, 1:], baseline[1:]) if classes == 2 else (values, baseline)


def explain_predict(explainer: Explainer) -> Callable[..., DataFrame]:
    """Return the answer to `model_explain_predict`."""

    def answer(model: Asked, query: DataFrame, top_k: int) -> DataFrame:
        shown = next(iter(model.outputs.values()))
        check_taken(query.columns, [shown, *EXPLAINED])
        told_of = INTERNAL + "explained"
        rows, found = explainer(model, query)
        rows = rows.withColumn(told_of, F.when(F.col(VALID), found))
        parts = F.col(told_of).getField("parts")
        rows = rows.withColumns(
            {
                shown: F.when(F.col(VALID), model.decoded()),
                **{name: F.col(told_of).getField(name) for name in FIGURES},
                "attributions": ranked(parts, model.feature_names(), "attribution", top_k),
            }
        )
        return without_internal(rows)

    return answer


def global_explain(explainer: Explainer) -> Callable[..., DataFrame]:
    """Return the answer to `model_global_explain`: mean sizes of attributions over a query."""

    def answer(model: Asked, query: DataFrame) -> DataFrame:
        rows, found = explainer(model, query)
        parts, error = found.getField("parts"), found.getField("approximation_error")
        rows = rows.where(F.col(VALID)).select(parts.alias("parts"), error.alias("error"))
        return mean_sizes(rows, "parts", model.feature_names(), F.col("error"))

    return answer


def mean_sizes(
    rows: DataFrame, parts: str, names: Sequence[str], error: Column | None = None
) -> DataFrame:
    """Return the mean size of each feature's part, the largest first, and the mean error."""
    error = F.lit(0.0) if error is None else error
    named = F.posexplode(F.array(*[F.lit(name) for name in names]))
    pairs = rows.select(parts, error.alias("error"), named.alias("place", "feature"))
    size = F.abs(F.col(parts)[F.col("place")])
    means = pairs.groupBy("feature").agg(
        F.avg(size).alias("attribution"), F.avg("error").alias("approximation_error")
    )
    return means.orderBy(F.col("attribution").desc())
