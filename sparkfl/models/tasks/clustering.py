"""Clustering: the prediction is a cluster, and how compact and apart clusters are judges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sparkfl.errors import ParameterError
from sparkfl.metrics.clustering import clustering
from sparkfl.models.tasks.task import Label, Scored, Task

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["CLUSTERING"]


def _evaluate(scored: Scored, _label: Label | None) -> DataFrame:
    distance = "cosine" if scored.distance == "cosine" else "squaredEuclidean"
    return clustering(scored.rows, scored.features, scored.prediction, distance)


def _check(params: Mapping[str, Any], rows: int, names: Mapping[str, str]) -> None:
    """Require a row a cluster."""
    if rows < params.get("k", 0):
        raise ParameterError(
            f"{names['k']} = {params['k']}, but there are {rows} rows to train on; ask for fewer "
            "clusters or give more rows."
        )


CLUSTERING = Task(
    "clustering",
    "`silhouette`, the mean over all rows, by cosines where the model's distance is the cosine, "
    "else by squared Euclidean distances, `davies_bouldin` and `calinski_harabasz`; NULL where "
    "there are fewer than two clusters.",
    _evaluate,
    ("predictionCol", "probabilityCol"),
    check=_check,
    returns="int",
)
