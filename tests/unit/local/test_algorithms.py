"""Every local algorithm keeps the same promises."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from sparkfl.local.algorithms import ALGORITHMS


def blobs(sizes: tuple[int, ...], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Well separated blobs, z-scored."""
    truth = np.repeat(np.arange(len(sizes)), sizes)
    rows = np.random.default_rng(seed).normal(size=(len(truth), 2)) + 20 * np.column_stack(
        [truth, truth % 2]
    )
    return (rows - rows.mean(axis=0)) / rows.std(axis=0), truth


@pytest.mark.parametrize("name", ALGORITHMS)
def test_separated_blobs_are_found_though_centred_on_zero(name: str) -> None:
    rows, truth = blobs((70, 20, 10))
    assert adjusted_rand_score(truth, ALGORITHMS[name](rows, 3, 0)) == 1.0


@pytest.mark.parametrize("name", ALGORITHMS)
def test_same_seed_same_labels(name: str) -> None:
    rows = np.random.default_rng(3).normal(size=(2000, 3))
    first, second = (ALGORITHMS[name](rows, 4, 7) for _ in range(2))
    assert first.tolist() == second.tolist()


@pytest.mark.parametrize("name", ALGORITHMS)
@pytest.mark.parametrize("k", [1, 2, 3])
def test_k_clusters_of_k_distinct_rows(name: str, k: int) -> None:
    rows = np.repeat(np.arange(float(k)), 5)[:, None]
    labels = ALGORITHMS[name](rows, k, 0)
    assert len(set(labels.tolist())) == k


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_weight_counts_as_copies(name: str) -> None:
    rows, _ = blobs((6, 6, 6))
    weight = np.arange(1, 19)
    weighted = ALGORITHMS[name](rows, 3, 0, weight.astype(float))
    copies = ALGORITHMS[name](np.repeat(rows, weight, axis=0), 3, 0)
    assert adjusted_rand_score(np.repeat(weighted, weight), copies) == 1.0
