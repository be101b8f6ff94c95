"""What else scores anomalies: methods that see all rows, or a store's own, or the seed's recipe."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from sklearn.ensemble import IsolationForest

from benchmarks.labelled import LabelledSet
from sparkfl.local import bisecting_kmeans
from sparkfl.local.batch import Batch
from sparkfl.statistics.nearest import nearest
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import ClusterSummary

__all__ = ["DETECTORS", "FOREST"]

Detector = Callable[[LabelledSet, int], np.ndarray]

FOREST = "isolation forest, pooled rows"
_CLUSTERS = 3


def pooled_forest(data: LabelledSet, seed: int) -> np.ndarray:
    """Score by one isolation forest over the rows of all stores."""
    return _forest(data.rows, seed)


def store_forests(data: LabelledSet, seed: int) -> np.ndarray:
    """Score each store by a forest of its own."""
    return _by_store(data, lambda rows: _forest(rows, seed))


def one_cluster(data: LabelledSet, seed: int) -> np.ndarray:
    """Score by the diagonal Mahalanobis distance from the mean of all rows."""
    del seed
    return (_standardised(data.rows) ** 2).sum(axis=1)


def seed_recipe(data: LabelledSet, seed: int) -> np.ndarray:
    """Score as the public recipe does.

    Z-scores of each store, three clusters a store by bisecting k-means, three clusters of their
    centroids, each counting once; the score is the distance from the nearest of those.
    """
    scaled, centroids = np.empty_like(data.rows), []
    for store in np.unique(data.stores):
        own = data.stores == store
        scaled[own] = _standardised(data.rows[own])
        centroids.append(_bisected(scaled[own], seed))
    return nearest(scaled, _bisected(np.concatenate(centroids), seed))[1]


DETECTORS: Mapping[str, Detector] = {
    FOREST: pooled_forest,
    "isolation forest a store": store_forests,
    "one global cluster, pooled rows": one_cluster,
    "the seed's recipe": seed_recipe,
}


def _forest(rows: np.ndarray, seed: int) -> np.ndarray:
    return -IsolationForest(random_state=seed).fit(rows).score_samples(rows)


def _by_store(data: LabelledSet, score: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    scores = np.empty(len(data.frame))
    for store in np.unique(data.stores):
        own = data.stores == store
        scores[own] = score(data.rows[own])
    return scores


def _standardised(rows: np.ndarray) -> np.ndarray:
    whole = ClusterSummary.of_rows(rows, np.zeros(len(rows), dtype=np.int64))
    return Scaling.of_moments(whole).transform(rows)


def _bisected(rows: np.ndarray, seed: int) -> np.ndarray:
    """Centroids of bisecting k-means."""
    labels = bisecting_kmeans.fit(Batch.of_rows(rows), min(_CLUSTERS, len(rows)), seed)[0]
    return ClusterSummary.of_rows(rows, labels).mean
