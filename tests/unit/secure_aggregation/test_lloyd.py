"""Federated Lloyd against scikit-learn's on all rows together."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.cluster import KMeans

from sparkfl.errors import ParameterError
from sparkfl.secure_aggregation import Step
from sparkfl.secure_aggregation.lloyd import assigned, lloyd
from sparkfl.secure_aggregation.rehearsal import rehearse
from sparkfl.secure_aggregation.vectors import clusters_of, clusters_vector
from sparkfl.statistics.summary import ClusterSummary, Matrix


def parts(seed: int, sizes: tuple[int, ...], d: int) -> list[Matrix]:
    rng = np.random.default_rng(seed)
    centres = rng.normal(0.0, 5.0, size=(4, d))
    return [centres[rng.integers(0, 4, n)] + rng.normal(size=(n, d)) for n in sizes]


@pytest.mark.parametrize(("sizes", "d"), [((1, 30, 200), 1), ((60, 1, 90, 250), 5)])
def test_it_is_pooled_lloyd_from_the_same_centres(sizes: tuple[int, ...], d: int) -> None:
    """Every round by a session of its own, one of them with a store that leaves at the end."""
    stores = parts(3, sizes, d)
    start = np.random.default_rng(1).normal(0.0, 5.0, size=(4, d))

    def total_of(centres: Matrix) -> ClusterSummary:
        own = [clusters_vector(assigned(rows, centres, min_size=1)) for rows in stores]
        leave = {"1": Step.UNMASKING} if len(stores) > 3 else {}
        total = rehearse({str(i): vector for i, vector in enumerate(own)}, leave).total
        return clusters_of(total, 4, d)

    found = lloyd(start, total_of)
    rows = np.concatenate(stores)
    pooled = KMeans(4, init=start, n_init=1, max_iter=50, tol=0.0, algorithm="lloyd").fit(rows)
    assert found.converged
    assert found.rounds < 50
    assert_allclose(found.centres, pooled.cluster_centers_, rtol=0, atol=1e-9)
    assert_allclose(found.clusters.ss.sum(), pooled.inertia_, rtol=1e-9)


def test_a_store_adds_nothing_of_few() -> None:
    rows = np.concatenate([np.zeros((9, 2)), np.full((10, 2), 7.0)])
    told = assigned(rows, np.array([[0.0, 0.0], [8.0, 8.0], [99.0, 99.0]]))
    assert told.n.tolist() == [0, 10, 0]
    assert told.mean.tolist() == [[0, 0], [7, 7], [0, 0]]
    none = assigned(np.empty((0, 2)), np.zeros((3, 2)))
    assert none.n.tolist() == [0, 0, 0]


def test_a_centre_without_rows_stays() -> None:
    start = np.array([[0.0], [100.0]])
    found = lloyd(start, lambda centres: assigned(np.ones((20, 1)), centres))
    assert found.centres.tolist() == [[1.0], [100.0]]


def test_rounds_are_the_most() -> None:
    rows = parts(5, (300,), 2)[0]
    found = lloyd(rows[:4], lambda centres: assigned(rows, centres, 1), rounds=2)
    assert (found.rounds, found.converged) == (2, False)
    with pytest.raises(ParameterError, match="rounds is 0"):
        lloyd(rows[:4], lambda centres: assigned(rows, centres), rounds=0)
    with pytest.raises(ParameterError, match=r"shape \(300, 2\) and the centres \(4, 1\)"):
        assigned(rows, rows[:4, :1])
