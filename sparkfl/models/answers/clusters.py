"""How large and how wide the clusters of a model are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pyspark.ml.stat import Summarizer
from pyspark.sql import functions as F

from sparkfl.metrics.centroids import cluster_table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from sparkfl.models.answers.model import Asked

__all__ = ["clusters", "remembered_clusters"]


def clusters(model: Asked, spark: SparkSession) -> DataFrame:
    """Return a row a cluster, also where none of the training rows is in it."""
    figures = model.facts.figures
    return cluster_table(spark, figures.get("sizes", ()), figures.get("spreads", ()))


def remembered_clusters(fitted: Any, training: DataFrame) -> dict[str, list[float]]:
    """Return the rows of each cluster, and their root mean squared distance from its mean."""
    features, prediction = fitted.getFeaturesCol(), fitted.getPredictionCol()
    described = Summarizer.metrics("count", "variance").summary(F.col(features))
    scored = fitted.transform(training).groupBy(prediction).agg(described.alias("found"))
    k = fitted.getOrDefault("k")
    sizes, spreads = np.zeros(k), np.full(k, np.nan)
    for row in scored.collect():
        n, variance = row.found["count"], row.found.variance.toArray()
        sizes[int(row[0])] = n
        spreads[int(row[0])] = np.sqrt(variance.sum() * (n - 1) / n)
    return {"sizes": sizes.tolist(), "spreads": spreads.tolist()}
