"""Predictions as native Spark expressions: a plan, no action and no Python worker."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from sparkfl.federation_data import FederationData

__all__ = ["assign", "drop_working_columns", "score"]

_PREFIX = "__sparkfl_"


def assign(df: DataFrame, data: FederationData) -> tuple[DataFrame, list[Column]]:
    """Add `local_prediction` and `prediction`, and working columns of the scaled features.

    Working columns are staged in projections of their own, so that Spark computes each once.

    Returns
    -------
    tuple of DataFrame and list of Column
        The frame, and its features in the clustering space: all NULL if one is not finite.
    """
    inputs, features = data.inputs, range(len(data.inputs.features))
    store = inputs.store(df)
    df = df.withColumns({f"{_PREFIX}x{i}": x for i, x in enumerate(inputs.columns(df))})
    models = _models(df, data)
    df = df.join(F.broadcast(models), store == models[f"{_PREFIX}store"], "left")
    valid = reduce(Column.__and__, [_working("x", i).isNotNull() for i in features])
    mean, factor = _scaling(data)
    df = df.withColumns(
        {
            f"{_PREFIX}z{i}": F.when(valid, (_working("x", i) - mean[i]) * factor[i])
            for i in features
        }
    )
    scaled = [_working("z", i) for i in features]
    size = max((len(c) for c in data.tables["local_models"]["centres"].to_pylist()), default=0)
    centre = [F.get(F.col(f"{_PREFIX}centres"), F.lit(j)) for j in range(size)]
    local = [[F.get(c, F.lit(i)) for i in features] for c in centre]
    global_ = [[F.lit(x) for x in c.tolist()] for c in data.clusters.mean]
    df = _nearest(df, scaled, local, "local_prediction")
    return _nearest(df, scaled, global_, "prediction"), scaled


def score(df: DataFrame, scaled: Sequence[Column], data: FederationData) -> DataFrame:
    """Add `anomaly_score`, `is_anomaly` and `anomaly_reason` to an assigned frame."""
    far, near = data.rule.total(scaled)
    df = _argmin(df, near, f"{_PREFIX}large")
    shares = data.rule.shares(scaled, F.col(f"{_PREFIX}large"))
    df = df.withColumns({f"{_PREFIX}share{i}": share for i, share in enumerate(shares)})
    shares = [_working("share", i) for i in range(len(shares))]
    df = df.withColumn("anomaly_score", far + F.col(f"{_PREFIX}large_least"))
    return df.withColumns(
        {
            "is_anomaly": F.col("anomaly_score") >= data.threshold,
            "anomaly_reason": data.rule.reason(scaled, shares, data.inputs.features),
        }
    )


def drop_working_columns(df: DataFrame) -> DataFrame:
    """Leave out what `assign` and `score` added for themselves."""
    return df.drop(*(name for name in df.columns if name.startswith(_PREFIX)))


def _working(kind: str, i: int) -> Column:
    """Refer to a working column."""
    return F.col(f"{_PREFIX}{kind}{i}")


def _models(df: DataFrame, data: FederationData) -> DataFrame:
    """Table of local models under working names."""
    table = data.tables["local_models"]
    names = [f"{_PREFIX}{name}" for name in ("store", "centres", "mean", "std")]
    return df.sparkSession.createDataFrame(table.rename_columns(names))


def _scaling(data: FederationData) -> tuple[list[Column], list[Column]]:
    """Mean and reciprocal deviation of each feature: the store's own if it has one."""
    mean = [F.lit(x) for x in data.scaling.mean.tolist()]
    factor = [F.lit(x) for x in data.scaling.factor.tolist()]
    if data.params["scaling"] != "store":
        return mean, factor
    own_mean, own_std = F.col(f"{_PREFIX}mean"), F.col(f"{_PREFIX}std")
    for i in range(len(mean)):
        std = F.get(own_std, F.lit(i))
        mean[i] = F.coalesce(F.get(own_mean, F.lit(i)), mean[i])
        own_factor = F.when(std == 0, 0.0).otherwise(1.0 / std)
        factor[i] = F.coalesce(own_factor, factor[i])
    return mean, factor


def _nearest(
    df: DataFrame, scaled: Sequence[Column], centres: Sequence[Sequence[Column]], name: str
) -> DataFrame:
    """Add the number of the nearest centre; centres that a store has not are NULL."""
    squares = [
        reduce(add, [(x - c) * (x - c) for x, c in zip(scaled, centre, strict=True)])
        for centre in centres
    ]
    return _argmin(df, squares, name)


def _argmin(df: DataFrame, distances: Sequence[Column], name: str) -> DataFrame:
    """Add the number of the least distance, the lowest on a tie, and the distance."""
    working = f"{_PREFIX}{name}" if not name.startswith(_PREFIX) else name
    df = df.withColumns({f"{working}{j}": distance for j, distance in enumerate(distances)})
    columns = [F.col(f"{working}{j}") for j in range(len(distances))]
    df = df.withColumn(f"{working}_least", F.least(*columns) if len(columns) > 1 else columns[0])
    least = F.col(f"{working}_least")
    return df.withColumn(
        name, F.coalesce(*(F.when(d <= least, F.lit(j)) for j, d in enumerate(columns)))
    )
