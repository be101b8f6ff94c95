"""Schemas of the tables that cross a room's border."""

from __future__ import annotations

from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    ByteType,
    DataType,
    DateType,
    DoubleType,
    IntegerType,
    LongType,
    ShortType,
    StringType,
    StructField,
    StructType,
)

__all__ = [
    "GLOBAL_MODEL",
    "PREDICTION",
    "STORE_TYPES",
    "UNRANKED",
    "anomalous_clusters",
    "changes",
    "evaluation",
    "influence",
    "local_models",
    "matches",
    "releases",
    "verdicts",
]

STORE_TYPES: dict[str, DataType] = {
    "string": StringType(),
    "tinyint": ByteType(),
    "smallint": ShortType(),
    "int": IntegerType(),
    "bigint": LongType(),
    "date": DateType(),
}
"""Types a store column may have, by their SQL names."""

_VECTOR = ArrayType(DoubleType(), False)
_SUMMARY = [
    StructField("n", LongType()),
    StructField("mean", _VECTOR),
    StructField("ss", _VECTOR),
]

GLOBAL_MODEL = StructType([StructField("cluster", IntegerType()), *_SUMMARY])
"""One row a global cluster; `mean` and `ss` per feature, in the clustering space."""

PREDICTION = StructType(
    [
        StructField("local_prediction", IntegerType()),
        StructField("prediction", IntegerType()),
        StructField("anomaly_score", DoubleType()),
        StructField("anomaly_severity", DoubleType()),
        StructField("is_anomaly", BooleanType()),
        StructField("anomaly_reason", StringType()),
    ]
)
"""Columns that `transform` adds."""

UNRANKED = StructType([field for field in PREDICTION if field.name != "anomaly_severity"])
"""Those of a model of format 3, which knows no distribution of scores."""


def releases(store: StructField) -> StructType:
    """One row a released cluster; `mean` and `ss` per feature, in the clustering space."""
    return StructType([store, StructField("cluster", IntegerType()), *_SUMMARY])


def verdicts(store: StructField) -> StructType:
    """One row a store: what became of it.

    `verdict` is one of :class:`sparkfl.local.result.Verdict`, `detail` the exception's type and
    place if it failed, or why it was held back and what can be done; `rows` were valid,
    `skipped_rows` had a feature that is NULL, NaN or infinite, `merged_rows` were in clusters too
    small to release; `strategy` is one of :class:`sparkfl.local.result.Strategy`, `content` a hash
    of the rows of a store that is large
    enough to release anything. `entity` says what its sizes count: the column of a release
    policy's ENTITY_KEY, or ``row``, where each row is taken for a customer. Under a policy counts
    are rounded, and of a store too small none is told: `rows` is 0, `merged_rows` NULL. Under one
    with an epsilon `rows` are customers as counted with noise, and `skipped_rows`, `merged_rows`
    and `content` NULL.
    """
    return StructType(
        [
            store,
            StructField("verdict", StringType()),
            StructField("detail", StringType()),
            StructField("rows", LongType()),
            StructField("skipped_rows", LongType()),
            StructField("released_clusters", IntegerType()),
            StructField("merged_rows", LongType()),
            StructField("strategy", StringType()),
            StructField("content", StringType()),
            StructField("entity", StringType()),
        ]
    )


def changes(store: StructField) -> StructType:
    """One row a store: what this version did to it.

    `change` is ``trained`` (it was not there before), ``retrained``, ``kept`` or ``gone``;
    `centroid_shift` the largest distance, in the clustering space, from a cluster it had released
    before to the nearest it releases now, NULL if it released none at one of the times.
    """
    return StructType(
        [store, StructField("change", StringType()), StructField("centroid_shift", DoubleType())]
    )


def local_models(store: StructField) -> StructType:
    """One row a released store; its own scaling, NULL where stores share one.

    `mean` and `std` make z-scores, `asinh_mean` and `asinh_std` scale asinh of them again.
    """
    return StructType(
        [
            store,
            StructField("centres", ArrayType(_VECTOR, False)),
            StructField("mean", _VECTOR),
            StructField("std", _VECTOR),
            StructField("asinh_mean", _VECTOR),
            StructField("asinh_std", _VECTOR),
        ]
    )


def matches(store: StructField) -> StructType:
    """One row a released cluster with its nearest global cluster (Euclidean distance)."""
    return StructType(
        [
            store,
            StructField("local_cluster", IntegerType()),
            StructField("global_cluster", IntegerType()),
            StructField("distance", DoubleType()),
        ]
    )


def anomalous_clusters(store: StructField) -> StructType:
    """One row a store of two or more released clusters: the one whose mean scores highest."""
    return StructType(
        [
            store,
            StructField("cluster", IntegerType()),
            StructField("n", LongType()),
            StructField("score", DoubleType()),
            StructField("reason", StringType()),
            StructField("mean", _VECTOR),
        ]
    )


def influence(store: StructField) -> StructType:
    """One row a store with released clusters: :class:`sparkfl.federation.influence.Influence`."""
    return StructType(
        [
            store,
            StructField("rows", LongType()),
            StructField("share", DoubleType()),
            StructField("mean_shift", DoubleType()),
            StructField("max_shift", DoubleType()),
        ]
    )


def evaluation(store: StructField) -> StructType:
    """One row a store; silhouettes in [-1, 1], `agreement` the adjusted Rand index."""
    return StructType(
        [
            store,
            StructField("rows", LongType()),
            StructField("local_silhouette", DoubleType()),
            StructField("global_silhouette", DoubleType()),
            StructField("agreement", DoubleType()),
        ]
    )
