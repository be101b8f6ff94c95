"""What the clustering types have in common: silhouette, seed and weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pyspark.sql import DataFrame

from sparkfl.metrics.clustering import silhouette
from sparkfl.models.centroids import centroids
from sparkfl.models.model_type import DEFAULT_SEED
from sparkfl.options import Option

__all__ = ["CAPABILITIES", "DISTANCES", "clustering_options", "evaluate_silhouette"]

DISTANCES = ("euclidean", "cosine")

CAPABILITIES: Mapping[str, Callable[..., DataFrame]] = {"centroids": centroids}
"""What every clustering can be asked."""


def clustering_options(clusters: int, iterations: int) -> Mapping[str, Option]:
    """Return the options of every clustering type, with its defaults."""
    return {
        "NUM_CLUSTERS": Option("k", int, clusters, minimum=2, aliases=("K",)),
        "MAX_ITER": Option("maxIter", int, iterations, minimum=1, aliases=("MAX_ITERATIONS",)),
        "SEED": Option("seed", int, DEFAULT_SEED),
    }


def evaluate_silhouette(df: DataFrame, features: str, prediction: str) -> DataFrame:
    """Return the silhouette in one row; NULL where there are fewer than two clusters."""
    return silhouette(df, features, prediction)
