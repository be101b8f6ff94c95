"""Two algorithms have one name: the federated one is no worse than MLlib's on the same rows."""

from __future__ import annotations

import numpy as np
import pytest
from pyspark.sql import SparkSession

from sparkfl import FederatedClustering
from sparkfl.models.training import train


def blobs(seed: int) -> np.ndarray:
    """Groups of uneven sizes and spreads, where it matters which cluster is cut."""
    rng = np.random.default_rng(seed)
    sizes, spreads = rng.integers(20, 300, 6), rng.uniform(0.2, 3.0, 6)
    centres = rng.uniform(-20, 20, (6, 3))
    parts = [rng.normal(c, s, (n, 3)) for c, s, n in zip(centres, spreads, sizes, strict=True)]
    return np.concatenate(parts)


def inertia(x: np.ndarray, centres: np.ndarray) -> float:
    """Sum of squared distances to the nearest centre."""
    away = ((x[:, None, :] - centres[None]) ** 2).sum(axis=2)
    return float(away.min(axis=1).sum())


@pytest.mark.parametrize("seed", range(4))
def test_inertia_is_no_worse_than_that_of_mllib(spark: SparkSession, seed: int) -> None:
    x = blobs(seed)
    df = spark.createDataFrame(
        [("shop", *map(float, row)) for row in x], "store_id string, a double, b double, c double"
    ).coalesce(1)
    k = 3 + seed
    federated = FederatedClustering(
        inputCols=["a", "b", "c"], k=k, globalK=1, minClusterSize=3, scaling="none", seed=seed
    ).fit(df)
    assert federated.getAlgorithm() == "bisecting_kmeans"
    options = {"MODEL_TYPE": "bisecting_kmeans", "K": k, "SEED": seed}
    single = train(df.select("a", "b", "c"), options, None)
    theirs = np.array(single.pipeline.stages[-1].clusterCenters())
    ours = federated.data.local("shop").centres
    assert len(ours) == len(theirs) == k
    assert inertia(x, ours) <= inertia(x, theirs) * (1 + 1e-9)
