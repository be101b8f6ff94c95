"""The clustering types."""

from __future__ import annotations

from pyspark.ml.clustering import BisectingKMeans, GaussianMixture, KMeans

from sparkfl.models.centroids import centroids
from sparkfl.models.estimators.bisecting_kmeans import bisecting_kmeans
from sparkfl.models.model_type import ModelType
from sparkfl.models.tasks import CLUSTERING

__all__ = ["CLUSTERING_TYPES"]

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
        capabilities={"centroids": centroids(lambda fitted: fitted.clusterCenters())},
        build=bisecting_kmeans,
    ),
    "gaussian_mixture": ModelType(
        GaussianMixture,
        CLUSTERING,
        "MLlib's mixture of Gaussians, by expectation maximisation.",
        differs={"k": _K},
        capabilities={
            "centroids": centroids(lambda fitted: [g.mean.toArray() for g in fitted.gaussians])
        },
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
                "choices": ("random", "k-means||"),
            },
        },
        capabilities={"centroids": centroids(lambda fitted: fitted.clusterCenters())},
    ),
}
