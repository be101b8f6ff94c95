"""Private k-means: with little noise it is k-means; with more, still nothing bypasses the noise."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans

from sparkfl.local import private_kmeans
from sparkfl.local.private_fit import PrivateFit
from sparkfl.local.result import Verdict
from sparkfl.privacy.bounds import Bounds
from sparkfl.privacy.noise import Noise
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.summary import ClusterSummary

NO_NOISE = {m: Noise(m, 1e-9) for m in ("gaussian", "laplace")}
ONE = Noise.of("gaussian", 1.0, 1e-6)


def blobs(n: int, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    centres = np.array([[-0.6, 0.5], [0.5, 0.4], [0.1, -0.6]])
    return np.clip(centres[random.integers(3, size=n)] + 0.05 * random.normal(size=(n, 2)), -1, 1)


@pytest.mark.parametrize("mechanism", ["gaussian", "laplace"])
def test_without_noise_it_tells_what_the_rows_are(mechanism: str) -> None:
    """Counts, means and sums of squares are those of the rows, where none is cut short."""
    rows = blobs(900)
    found = private_kmeans.fit(rows, 3, 0, NO_NOISE[mechanism]).summary
    labels = KMeans(3, n_init=5, random_state=0).fit_predict(rows)
    truth = ClusterSummary.of_rows(rows, labels).canonical()
    found = found.canonical()
    order = [int(((found.mean - m) ** 2).sum(axis=1).argmin()) for m in truth.mean]
    assert sorted(order) == [0, 1, 2]
    np.testing.assert_array_equal(found.n[order], truth.n)
    np.testing.assert_allclose(found.mean[order], truth.mean, atol=1e-3)
    np.testing.assert_allclose(found.ss[order], truth.ss, rtol=0.05)


def test_a_customer_counts_once() -> None:
    rows = np.repeat(blobs(300), 4, axis=0)
    found = private_kmeans.fit(
        rows, 3, 0, NO_NOISE["gaussian"], 1.0, np.repeat(np.arange(300.0), 4)
    )
    assert found.n == pytest.approx(300, abs=0.01)
    assert found.summary.n.sum() == 300


def test_with_epsilon_one_five_hundred_customers_keep_their_clusters() -> None:
    """Most of what clusters explain is left, in the mean over ten draws of noise."""
    rows = blobs(500)
    costs = []
    for _ in range(10):
        found = private_kmeans.fit(rows, 3, 0, ONE)
        centres = found.summary.mean
        costs.append(((rows[:, None] - centres[None]) ** 2).sum(axis=2).min(axis=1).mean())
    total = ((rows - rows.mean(axis=0)) ** 2).sum(axis=1).mean()
    assert np.mean(costs) < 0.5 * total


@pytest.mark.parametrize("d", [1, 4, 47])
@pytest.mark.parametrize("n", [0, 1, 20])
def test_a_store_of_hardly_anybody_has_a_result_like_any_other(n: int, d: int) -> None:
    fit = PrivateFit(None, 0, Rules(10, epsilon=1.0), Bounds(np.zeros(d), np.ones(d)), ONE)
    for _ in range(5):
        found = fit.fit(np.full((n, d), 0.5))
        assert found.verdict in (Verdict.OK, Verdict.TOO_SMALL)
        assert found.skipped is None
        assert found.content is None
        assert found.merged_rows is None


def test_the_two_sides_of_a_bound_are_one_draw() -> None:
    """A store of equal customers is not held back, for that would tell that they are equal."""
    fit = PrivateFit(3, 0, Rules(10, epsilon=1.0), Bounds(np.zeros(2), np.ones(2)), ONE)
    found = fit.fit(np.full((5000, 2), 0.25))
    assert found.verdict == Verdict.OK
    weights = found.summary.n / found.summary.n.sum()
    np.testing.assert_allclose(weights @ found.summary.mean, [0.25, 0.25], atol=0.05)


def test_clusters_obey_the_minimum_size_as_counted_with_noise() -> None:
    rules = Rules(50, epsilon=1.0, round=5)
    fit = PrivateFit(8, 0, rules, Bounds(-np.ones(2), np.ones(2)), ONE)
    for seed in range(5):
        found = fit.fit(blobs(300, seed))
        assert (found.summary.n >= 50).all()
        assert (found.summary.n % 5 == 0).all()
        assert found.rows % 5 == 0


def test_no_two_draws_are_alike_and_no_seed_makes_them_so() -> None:
    rows = blobs(400)
    one, other = (private_kmeans.fit(rows, 3, 0, ONE) for _ in range(2))
    assert one.n != other.n
    assert not np.isin(one.summary.mean, other.summary.mean).any()
