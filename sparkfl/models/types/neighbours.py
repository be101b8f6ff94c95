"""The types that ask the nearest training rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sparkfl.models.estimators.lsh_neighbours import LSHNeighborsClassifier, LSHNeighborsRegressor
from sparkfl.models.frame_type import FrameType
from sparkfl.models.model_type import ModelType
from sparkfl.models.tasks import CLASSIFICATION, REGRESSION
from sparkfl.models.types.explained import SAMPLED
from sparkfl.options import Option

__all__ = ["NEIGHBOUR_TYPES"]

_OWN = (
    Option(
        "n_neighbors",
        int,
        5,
        "How many of the nearest training rows are asked.",
        minimum=1,
        key="NUM_NEIGHBORS",
        aliases=("N_NEIGHBORS", "K"),
    ),
    Option(
        "weights",
        str,
        "uniform",
        "Whether each counts the same, or by the reciprocal of its distance.",
        choices=("uniform", "distance"),
    ),
    Option(
        "algorithm",
        str,
        "auto",
        "How they are found, all of them exactly.",
        choices=("auto", "ball_tree", "kd_tree", "brute"),
    ),
    Option("leaf_size", int, 30, "Rows of a leaf of the trees.", minimum=1),
    Option(
        "metric",
        str,
        "minkowski",
        "Distance.",
        choices=("minkowski", "euclidean", "manhattan", "chebyshev", "cosine"),
        aliases=("DISTANCE_MEASURE", "DISTANCE_TYPE"),
    ),
    Option("p", int, 2, "Exponent of Minkowski's distance.", minimum=1),
)
_DOC = (
    "scikit-learn's nearest neighbours, found exactly; the training rows are in the model. Scale "
    "the features by TRANSFORM, if their units differ."
)
_HASHED: Mapping[str, Mapping[str, Any]] = {
    "numNeighbors": {"aliases": ("N_NEIGHBORS", "K")},
    "neighborWeights": {"key": "WEIGHTS"},
}
_HASHED_DOC = (
    "Nearest neighbours by Euclidean distance, found by locality-sensitive hashing (MLlib's "
    "BucketedRandomProjectionLSH), for more training rows than the driver can hold: they stay in "
    "Spark, and a prediction is a join. Some neighbours are missed; a row that shares no bucket "
    "with any is told the mean, or the shares of the classes, of the training. Scale the features "
    "by TRANSFORM, if their units differ."
)

NEIGHBOUR_TYPES: Mapping[str, ModelType | FrameType] = {
    "knn_classifier": FrameType(
        "sklearn.neighbors.KNeighborsClassifier",
        CLASSIFICATION,
        _DOC,
        own=_OWN,
        gives=("predictionCol", "probabilityCol"),
        capabilities=SAMPLED,
        weights=False,
        aliases=("knn", "k_nearest_neighbors", "k_nearest_neighbors_classifier"),
    ),
    "knn_regressor": FrameType(
        "sklearn.neighbors.KNeighborsRegressor",
        REGRESSION,
        _DOC,
        own=_OWN,
        capabilities=SAMPLED,
        weights=False,
        aliases=("knn_regression", "k_nearest_neighbors_regressor"),
    ),
    "lsh_knn_classifier": ModelType(
        LSHNeighborsClassifier,
        CLASSIFICATION,
        _HASHED_DOC,
        differs=_HASHED,
        aliases=("lsh_knn",),
    ),
    "lsh_knn_regressor": ModelType(
        LSHNeighborsRegressor,
        REGRESSION,
        _HASHED_DOC,
        differs=_HASHED,
        aliases=("lsh_knn_regression",),
    ),
}
