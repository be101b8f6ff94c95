"""What the clustering types have in common: silhouette, seed and weights."""

from __future__ import annotations

from pyspark.sql import DataFrame

from sparkfl.metrics.clustering import silhouette
from sparkfl.models.model_type import DEFAULT_SEED
from sparkfl.options import LONG, Option

__all__ = ["DISTANCES", "clustering_options", "evaluate_silhouette"]

DISTANCES = ("euclidean", "cosine")


def clustering_options(clusters: int, iterations: int) -> list[Option]:
    """Return the options of every clustering type, with its defaults."""
    return [
        Option("k", int, clusters, minimum=2, key="NUM_CLUSTERS", aliases=("K",)),
        Option("maxIter", int, iterations, minimum=1, aliases=("MAX_ITERATIONS",)),
        Option("seed", int, DEFAULT_SEED, minimum=LONG[0], maximum=LONG[1]),
    ]


def evaluate_silhouette(df: DataFrame, features: str, prediction: str) -> DataFrame:
    """Return the silhouette in one row; NULL where there are fewer than two clusters."""
    return silhouette(df, features, prediction)
