"""What each peer does in a store: bisecting k-means by scikit-learn, centroids and counts."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import BisectingKMeans, KMeans

__all__ = ["fit", "merge"]

K = 3
GLOBAL_K = 8


def fit(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the centroids of a store and how many rows each has."""
    model = BisectingKMeans(n_clusters=K, random_state=0).fit(rows)
    return model.cluster_centers_, np.bincount(model.labels_, minlength=K)


def merge(centroids: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Cluster the centroids of all stores, weighted by their counts."""
    model = KMeans(GLOBAL_K, n_init=1, random_state=0).fit(centroids, sample_weight=counts)
    return model.cluster_centers_
