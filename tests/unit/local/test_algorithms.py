"""Every local algorithm keeps the same promises."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import BisectingKMeans, KMeans
from sklearn.metrics import adjusted_rand_score

from sparkfl.local.algorithms import ALGORITHMS
from sparkfl.local.batch import Batch, batches, size_class
from sparkfl.statistics.summary import ClusterSummary


def blobs(sizes: tuple[int, ...], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Well separated blobs, z-scored."""
    truth = np.repeat(np.arange(len(sizes)), sizes)
    rows = np.random.default_rng(seed).normal(size=(len(truth), 2)) + 20 * np.column_stack(
        [truth, truth % 2]
    )
    return (rows - rows.mean(axis=0)) / rows.std(axis=0), truth


def fit(name: str, rows: np.ndarray, k: int, seed: int, weight: object = None) -> np.ndarray:
    """Labels of one store."""
    return ALGORITHMS[name](Batch.of_rows(rows, weight), k, seed)[0]  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ALGORITHMS)
def test_separated_blobs_are_found_though_centred_on_zero(name: str) -> None:
    rows, truth = blobs((70, 20, 10))
    assert adjusted_rand_score(truth, fit(name, rows, 3, 0)) == 1.0


@pytest.mark.parametrize("name", ALGORITHMS)
def test_same_seed_same_labels(name: str) -> None:
    rows = np.random.default_rng(3).normal(size=(2000, 3))
    first, second = (fit(name, rows, 4, 7) for _ in range(2))
    assert first.tolist() == second.tolist()


@pytest.mark.parametrize("name", ALGORITHMS)
@pytest.mark.parametrize("k", [1, 2, 3])
def test_k_clusters_of_k_distinct_rows(name: str, k: int) -> None:
    rows = np.repeat(np.arange(float(k)), 5)[:, None]
    labels = fit(name, rows, k, 0)
    assert len(set(labels.tolist())) == k


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_weight_counts_as_copies(name: str) -> None:
    rows, _ = blobs((6, 6, 6))
    weight = np.arange(1, 19)
    weighted = fit(name, rows, 3, 0, weight.astype(float))
    copies = fit(name, np.repeat(rows, weight, axis=0), 3, 0)
    assert adjusted_rand_score(np.repeat(weighted, weight), copies) == 1.0


def inertia(rows: np.ndarray, labels: np.ndarray) -> float:
    """Sum of squares around the means."""
    return float(ClusterSummary.of_rows(rows, labels).ss.sum())


@pytest.mark.parametrize("rows", [90, 3000])
@pytest.mark.parametrize("k", [2, 5])
def test_inertia_is_that_of_scikit_learn_with_restarts(rows: int, k: int) -> None:
    random = np.random.default_rng(rows + k)
    data = [
        random.normal(size=(rows, 3)),
        random.lognormal(size=(rows, 3)),
        random.random((rows, 3)),
    ]
    ours = {name: [inertia(x, fit(name, x, k, 0)) for x in data] for name in ALGORITHMS}
    bisecting = BisectingKMeans(k, n_init=10, random_state=0, bisecting_strategy="biggest_inertia")
    theirs = {
        "kmeans": [KMeans(k, n_init=10, random_state=0).fit(x).inertia_ for x in data],
        "bisecting_kmeans": [inertia(x, bisecting.fit_predict(x)) for x in data],
    }
    for name in ALGORITHMS:
        assert np.mean(np.divide(ours[name], theirs[name])) < 1.03, name


@pytest.mark.parametrize("name", ALGORITHMS)
@pytest.mark.parametrize("rows", [40, 900])
def test_neighbours_in_a_batch_change_nothing(name: str, rows: int) -> None:
    random = np.random.default_rng(5)
    sizes = np.array([rows, rows - 1, rows])
    columns = np.round(random.normal(size=(2, sizes.sum())), 1)
    start = np.cumsum(sizes) - sizes
    together = Batch.of_columns(columns, start, sizes).sorted()
    labels = ALGORITHMS[name](together, 4, 1)
    for store in range(3):
        one = slice(store, store + 1)
        alone = Batch.of_columns(columns, start[one], sizes[one]).sorted()
        size = sizes[store]
        assert ALGORITHMS[name](alone, 4, 1)[0, :size].tolist() == labels[store, :size].tolist()


def test_batches_hold_every_store_once_beside_its_like() -> None:
    sizes = np.random.default_rng(0).integers(1, 3000, 500)
    groups = list(batches(sizes))
    assert sorted(np.concatenate(groups).tolist()) == list(range(500))
    for group in groups:
        assert len({size_class(int(size)) for size in sizes[group]}) == 1
        assert sizes[group].max() <= 1024 or len(group) == 1
    assert all(rows <= size_class(rows) <= max(1.25 * rows, 4) for rows in range(1, 5000))
