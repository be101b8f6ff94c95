"""How large and how wide the clusters of a model are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from pyspark.ml.stat import Summarizer
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkfl.metrics.centroids import cluster_table
from sparkfl.models.answers.anomalies import cluster_scores, score_knots
from sparkfl.models.answers.told import told
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from sparkfl.models.answers.model import Asked

Remembers = Callable[[Any, DataFrame], dict[str, list[float]]]

__all__ = ["clusters", "remembered_clusters"]

_MOST = 2**30
"""Numbers, about, that scores are remembered of."""


def clusters(model: Asked, spark: SparkSession) -> DataFrame:
    """Return a row a cluster, also where none of the training rows is in it."""
    figures = model.facts.figures
    return cluster_table(spark, figures.get("sizes", ()), figures.get("spreads", ()))


def remembered_clusters(of: Callable[[Any], Any]) -> Remembers:
    """Return what remembers the clusters of a training, given a fitted estimator's centres.

    These are the rows of each cluster and their root mean squared distance from its mean, and the
    scores of `cluster_scores` that the training rows have, at the shares `KNOTS` of them; of a
    sample, where they are more than 2^30 numbers, zeros and all.
    """

    def remembers(fitted: Any, training: DataFrame) -> dict[str, list[float]]:
        features, prediction = fitted.getFeaturesCol(), fitted.getPredictionCol()
        described = Summarizer.metrics("count", "variance").summary(F.col(features))
        rows = fitted.transform(training)
        centres = np.array(of(fitted))
        sizes, spreads = np.zeros(len(centres)), np.full(len(centres), np.nan)
        for row in rows.groupBy(prediction).agg(described.alias("found")).collect():
            n, variance = row.found["count"], row.found.variance.toArray()
            sizes[int(row[0])] = n
            spreads[int(row[0])] = np.sqrt(variance.sum() * (n - 1) / n)

        def tell(x: Matrix, cluster: Matrix) -> tuple[Sequence[Matrix], Matrix]:
            score, parts = cluster_scores(x, cluster, centres, spreads)
            return (score,), parts[:, :0]

        share = _MOST / max(sizes.sum() * centres.shape[1], 1.0)
        if share < 1:
            rows = rows.sample(share, seed=0)
        scored = told(tell, features, F.col(prediction), ["score"]).getField("score")
        knots = score_knots(rows, scored)
        return {"sizes": sizes.tolist(), "spreads": spreads.tolist(), "scores": knots}

    return remembers
