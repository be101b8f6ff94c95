"""The clustering types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pyspark.ml.clustering import BisectingKMeans, GaussianMixture, KMeans
from pyspark.sql import DataFrame

from sparkfl.models.answers.anomalies import cluster_anomalies, explain_cluster
from sparkfl.models.answers.centroids import centroids
from sparkfl.models.answers.clusters import clusters, remembered_clusters
from sparkfl.models.answers.explain import of_features
from sparkfl.models.compiled import compiled_centres
from sparkfl.models.estimators.bisecting_kmeans import bisecting_kmeans
from sparkfl.models.model_type import ModelType
from sparkfl.models.tasks import CLUSTERING
from sparkfl.models.types.explained import ENCRYPTED, explained_by

__all__ = ["CLUSTERING_TYPES"]


def _asked(centres: Callable[[Any], Any]) -> Mapping[str, Callable[..., DataFrame]]:
    """Return what a clustering can be asked, given its centres."""
    return {
        "centroids": centroids(centres),
        "clusters": clusters,
        "detect": cluster_anomalies(centres),
        **explained_by(of_features(explain_cluster(centres))),
    }


def _centres(fitted: Any) -> Any:
    return fitted.clusterCenters()


def _means(fitted: Any) -> Any:
    return [gaussian.mean.toArray() for gaussian in fitted.gaussians]


_PARALLEL = "k-means||"
"""Starts as k-means++ does, in a few passes over the rows."""
_K = {"key": "NUM_CLUSTERS", "aliases": ("K",)}

CLUSTERING_TYPES = {
    "bisecting_kmeans": ModelType(
        BisectingKMeans,
        CLUSTERING,
        "MLlib's bisecting k-means, on data moved away from zero, where MLlib cannot split, and "
        "assigned to the nearest centre. It cuts the largest cluster; `CREATE FEDERATED MODEL` has "
        "a type of the same name that cuts the one with the largest inertia and restarts.",
        differs={
            "k": _K,
            "distanceMeasure": {"aliases": ("DISTANCE_TYPE",)},
            "minDivisibleClusterSize": {"above": 0.0, "minimum": None, "below": None},
        },
        capabilities={**_asked(_centres), **ENCRYPTED},
        remembers=(remembered_clusters(_centres),),
        build=bisecting_kmeans,
        compiles=compiled_centres,
    ),
    "gaussian_mixture": ModelType(
        GaussianMixture,
        CLUSTERING,
        "MLlib's mixture of Gaussians, by expectation maximisation.",
        differs={"k": _K},
        capabilities=_asked(_means),
        remembers=(remembered_clusters(_means),),
    ),
    "kmeans": ModelType(
        KMeans,
        CLUSTERING,
        "MLlib's k-means, started by k-means||.",
        differs={
            "k": _K,
            "distanceMeasure": {"key": "DISTANCE_TYPE", "aliases": ("DISTANCE_MEASURE",)},
            "initMode": {
                "key": "KMEANS_INIT_METHOD",
                "aliases": ("INIT_MODE",),
                "choices": ("random", _PARALLEL),
                "synonyms": dict.fromkeys(
                    ("k-means", "kmeans", "k-means++", "kmeans++"), _PARALLEL
                ),
            },
        },
        capabilities={**_asked(_centres), **ENCRYPTED},
        remembers=(remembered_clusters(_centres),),
        compiles=compiled_centres,
    ),
}
