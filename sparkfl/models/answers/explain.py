"""By how much each feature moves a prediction from what is predicted on average."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from pyspark.ml.stat import Summarizer
from pyspark.sql import functions as F

from sparkfl.columns import INTERNAL, check_taken, without_internal
from sparkfl.errors import CapabilityError
from sparkfl.models.answers.told import Tell, ranked, told
from sparkfl.models.answers.trees import read_trees
from sparkfl.models.answers.weights import coefficients
from sparkfl.models.names import VALID, inner
from sparkfl.statistics.summary import Matrix
from sparkfl.statistics.tree_shap import tree_shap

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from sparkfl.models.answers.model import Asked

__all__ = [
    "EXPLAINED",
    "FIGURES",
    "explain_linear",
    "explain_predict",
    "explain_trees",
    "global_explain",
    "mean_sizes",
    "of_features",
    "remembered_means",
]

FIGURES = ("explained_value", "baseline")
EXPLAINED = (*FIGURES, "attributions")
"""The columns of an explanation."""
Explainer = Callable[["Asked", "DataFrame"], tuple["DataFrame", "Column"]]
"""Gives the rows of a query with the model's columns, and for each row what is explained."""


def remembered_means(fitted: Any, training: DataFrame) -> dict[str, list[float]]:
    """Return the means of the features in training."""
    features = fitted.getFeaturesCol()
    mean = Summarizer.metrics("mean").summary(F.col(features))
    row = training.select(mean.alias("found")).first()
    assert row is not None
    return {"means": row.found.mean.toArray().tolist()}


def of_features(tell: Callable[[Asked], Tell]) -> Explainer:
    """Return what explains by the features and the prediction of each row."""

    def explained(model: Asked, query: DataFrame) -> tuple[DataFrame, Column]:
        told_by, rows = tell(model), model.run(query)
        prediction = F.col(inner("predictionCol"))
        return rows, told(told_by, model.features, prediction, FIGURES)

    return explained


def explain_linear(model: Asked) -> Tell:
    """Explain a sum of weights: each feature's weight times how far it is from its mean.

    For classes the sum is the log-odds, or the score of the class that is predicted.
    """
    means = np.array(model.facts.figures.get("means", ()), float)
    if not len(means):
        raise CapabilityError(
            "The model was trained before the means of its features were remembered; REFRESH MODEL "
            "makes a version that knows them."
        )
    matrix = coefficients(model.fitted)
    weights, intercepts = matrix[:, :-1], matrix[:, -1]

    def tell(x: Matrix, prediction: Matrix) -> tuple[Sequence[Matrix], Matrix]:
        own = (
            np.nan_to_num(prediction).astype(np.int64)
            if len(weights) > 1
            else np.zeros(len(x), int)
        )
        parts = weights[own] * (x - means)
        baseline = intercepts[own] + (weights[own] * means).sum(axis=1)
        return (baseline + parts.sum(axis=1), baseline), parts

    return tell


def explain_trees(model: Asked) -> Tell:
    """Explain trees by their Shapley values, exactly.

    What is explained is the probability of the class that is predicted, of two the positive one; of
    boosted trees for two classes half of its log-odds; of a regression the prediction.
    """
    trees = read_trees(model.files_of_estimator())
    classes = trees[0][1].value.shape[1]

    def tell(x: Matrix, prediction: Matrix) -> tuple[Sequence[Matrix], Matrix]:
        values = np.zeros((*x.shape, classes))
        baseline = np.zeros(classes)
        for weight, tree in trees:
            own, mean = tree_shap(tree, x)
            values += weight * own
            baseline += weight * mean
        if classes == 2:
            parts, base = values[:, :, 1], np.full(len(x), baseline[1])
        else:
            own_class = np.nan_to_num(prediction).astype(np.int64) if classes > 1 else 0
            parts = values[np.arange(len(x)), :, own_class]
            base = np.broadcast_to(baseline[own_class], len(x))
        return (base + parts.sum(axis=1), base), parts

    return tell


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
                "explained_value": F.col(told_of).getField("explained_value"),
                "baseline": F.col(told_of).getField("baseline"),
                "attributions": ranked(parts, model.feature_names(), "attribution", top_k),
            }
        )
        return without_internal(rows)

    return answer


def global_explain(explainer: Explainer) -> Callable[..., DataFrame]:
    """Return the answer to `model_global_explain`: mean sizes of attributions over a query."""

    def answer(model: Asked, query: DataFrame) -> DataFrame:
        rows, found = explainer(model, query)
        rows, parts = rows.where(F.col(VALID)), found.getField("parts")
        return mean_sizes(rows.select(parts.alias("parts")), "parts", model.feature_names())

    return answer


def mean_sizes(rows: DataFrame, parts: str, names: Sequence[str]) -> DataFrame:
    """Return the mean size of each feature's part, the largest first."""
    named = F.posexplode(F.array(*[F.lit(name) for name in names]))
    pairs = rows.select(parts, named.alias("place", "feature"))
    sized = pairs.select("feature", F.abs(F.col(parts)[F.col("place")]).alias("size"))
    means = sized.groupBy("feature").agg(F.avg("size").alias("attribution"))
    return means.orderBy(F.col("attribution").desc())
