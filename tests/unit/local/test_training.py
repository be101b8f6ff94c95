"""One store's fit: verdicts, and independence of the order of its rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparkfl.local import fitting
from sparkfl.local.fitting import LocalFit
from sparkfl.local.result import LocalResult, Strategy, Verdict
from sparkfl.local.stores import Block
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.members import Members
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import ClusterSummary


def local(k: int = 3, algorithm: str = "bisecting_kmeans") -> LocalFit:
    """Training in the space of the rows themselves."""
    return LocalFit(algorithm, k, 0, Rules(10), Scaling.identity(2))


@given(st.integers(1, 40), st.integers(1, 5), st.integers(0, 50))
@settings(max_examples=40, deadline=None)
def test_any_store_gets_a_verdict_and_releases_no_small_cluster(
    rows: int, k: int, seed: int
) -> None:
    values = np.random.default_rng(seed).integers(0, 4, size=(rows, 2)).astype(float)
    result = local(k).fit(values)
    if result.verdict == "ok":
        assert result.summary is not None
        assert result.summary.n.min() >= 10
        assert result.summary.n.sum() == result.rows == rows
    else:
        assert result.summary is None
        assert rows <= max(k, 9) or (values == values[0]).all()


def test_the_order_of_rows_does_not_matter() -> None:
    random = np.random.default_rng(0)
    rows = random.normal(size=(500, 2))
    first = local().fit(rows).summary
    second = local().fit(random.permutation(rows)).summary
    assert first is not None
    assert second is not None
    assert first.mean.tolist() == second.mean.tolist()
    assert first.ss.tolist() == second.ss.tolist()


def test_a_lone_customer_is_counted_and_merged() -> None:
    rows = np.concatenate([np.random.default_rng(0).normal(size=(50, 2)), [[500.0, 500.0]]])
    result = local(2).fit(rows)
    assert (result.verdict, result.merged_rows) == ("ok", 1)
    assert result.summary is not None
    assert result.summary.n.tolist() == [51]


def test_fewer_distinct_rows_than_k_give_as_many_clusters() -> None:
    result = local(3).fit(np.repeat([[0.0, 0.0], [9.0, 9.0]], 15, axis=0))
    assert result.summary is not None
    assert result.summary.n.tolist() == [15, 15]


def test_squares_that_are_no_finite_numbers_have_a_verdict_of_their_own() -> None:
    rows = np.random.default_rng(0).normal(size=(40, 2)) * 1e200
    result = LocalFit("kmeans", 1, 0, Rules(10), Scaling.identity(2)).fit(rows)
    assert (result.verdict, result.summary) == (Verdict.OVERFLOW, None)


def block(stores: list[np.ndarray]) -> Block:
    """Stores one after another."""
    size = np.array([len(rows) for rows in stores])
    return Block(pa.array(range(len(stores))), size, np.concatenate(stores).T)


@pytest.mark.parametrize("scaling", [Scaling.identity(2), None])
def test_a_store_is_fitted_alike_whatever_is_in_its_block(scaling: Scaling | None) -> None:
    random = np.random.default_rng(1)
    stores = [random.lognormal(size=(rows, 2)) for rows in (5, 37, 38, 1500, 300, 40)]
    fit = LocalFit("bisecting_kmeans", 3, 0, Rules(10), scaling)
    for rows, result in zip(stores, fit.fit_block(block(stores)), strict=True):
        alone = fit.fit(rows)
        assert (result.verdict, result.strategy) == (alone.verdict, alone.strategy)
        assert result.rows == len(rows)
        if result.summary is not None and alone.summary is not None:
            assert result.summary.mean.tolist() == alone.summary.mean.tolist()
            assert result.summary.ss.tolist() == alone.summary.ss.tolist()
        assert (result.scaling is None) == (scaling is not None or result.verdict != "ok")


def test_unless_told_a_store_has_a_cluster_for_every_twenty_customers() -> None:
    random = np.random.default_rng(1)
    stores = [random.normal(size=(rows, 2)) for rows in (45, 59, 100, 5000)]
    results = LocalFit("kmeans", None, 0, Rules(3), Scaling.identity(2)).fit_block(block(stores))
    assert [len(result.summary) for result in results if result.summary] == [3, 3, 5, 8]


def test_a_store_of_its_own_scaling_is_robust_against_a_wild_customer() -> None:
    random = np.random.default_rng(1)
    rows = np.append(random.normal(size=(300, 2)), [[1e9, 0.0]], axis=0)
    scaled, (own,) = LocalFit("kmeans", 3, 0, Rules(10)).scaled(fitting.Batch.of_rows(rows))
    assert own is not None
    assert own.asinh is not None
    np.testing.assert_allclose(
        np.sort(own.transform(rows), axis=0), np.sort(scaled.rows[0].T, axis=0), atol=1e-12
    )
    np.testing.assert_allclose(scaled.rows[0].std(axis=1, ddof=1), 1)
    np.testing.assert_allclose(scaled.rows[0].mean(axis=1), 0, atol=1e-12)


def test_the_strategy_follows_the_size() -> None:
    random = np.random.default_rng(1)
    strategies = [
        result.strategy
        for result in local().fit_block(
            block([random.normal(size=(n, 2)) for n in (9, 1024, 1025)])
        )
    ]
    assert strategies == [Strategy.NONE, Strategy.BATCHED, Strategy.IN_MEMORY]


def test_a_crash_becomes_a_verdict_without_the_message_and_harms_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def explode(batch: fitting.Batch, k: int, seed: int) -> np.ndarray:
        if (batch.rows > 1000).any():
            raise RuntimeError(f"customer {batch.rows}")
        return np.zeros(batch.weight.shape, dtype=np.int64)

    monkeypatch.setitem(fitting.ALGORITHMS, "explode", explode)  # type: ignore[arg-type]
    good = np.random.default_rng(0).normal(size=(20, 2))
    bad = np.where(np.arange(20)[:, None] == 3, 5000.0, good)
    results = local(algorithm="explode").fit_block(block([good, bad, good]))
    assert [r.verdict for r in results] == [Verdict.OK, Verdict.FAILED, Verdict.OK]
    assert (results[1].rows, results[1].detail) == (20, "RuntimeError in test_training.explode")


def summarised(
    fit: LocalFit, rows: np.ndarray, chunks: int, entity: np.ndarray | None = None
) -> LocalResult:
    """Fit a store chunk by chunk."""
    standard = None
    if fit.scaling is None and np.isfinite(rows.var()):
        whole = ClusterSummary.of_rows(rows, np.zeros(len(rows), dtype=np.int64))
        standard = Scaling.of_moments(whole)
    whose = [None] * chunks if entity is None else np.array_split(entity, chunks)
    parts = [
        fit.summarise(part, np.ones(len(part)), standard, own)
        for part, own in zip(np.array_split(rows, chunks), whose, strict=True)
    ]
    members = [own for _, own in parts if own is not None]
    who = Members.concatenate(members) if members else None
    groups = ClusterSummary.concatenate([summary for summary, _ in parts])
    return fit.fit_summaries(len(rows), groups, standard, who)


@pytest.mark.parametrize("scaling", [Scaling.identity(2), None])
def test_a_summarised_store_loses_no_row_and_finds_the_same_clusters(
    scaling: Scaling | None,
) -> None:
    random = np.random.default_rng(2)
    labels = random.choice(3, 30000, p=[0.7, 0.2, 0.1])
    rows = random.normal(size=(30000, 2)) + np.array([[0, 0], [9, 0], [0, 9]])[labels]
    fit = LocalFit("bisecting_kmeans", 3, 0, Rules(10), scaling)
    exact, merged = fit.fit(rows).summary, summarised(fit, rows, 7)
    assert exact is not None
    assert merged.summary is not None
    assert merged.strategy == Strategy.SUMMARISED
    np.testing.assert_allclose(merged.summary.mean, exact.mean, atol=0.02)
    np.testing.assert_allclose(merged.summary.n, exact.n, rtol=0.01)
    for ours, all_rows in zip(
        (merged.summary.total().mean, merged.summary.total().ss),
        (exact.total().mean, exact.total().ss),
        strict=True,
    ):
        np.testing.assert_allclose(ours, all_rows, rtol=1e-9, atol=1e-9)


def test_a_summarised_store_gets_the_verdicts_of_the_others() -> None:
    constant = np.full((50, 2), 3.0)
    huge = np.random.default_rng(0).normal(size=(50, 2)) * 1e200
    for rows, verdict in ((constant, Verdict.CONSTANT), (huge, Verdict.OVERFLOW)):
        with np.errstate(all="ignore"):
            assert summarised(local(), rows, 1).verdict == verdict
    assert summarised(local(), constant[:9], 1).verdict == Verdict.TOO_SMALL


def test_differences_without_a_square_are_none() -> None:
    rows = np.arange(40.0).reshape(20, 2) * 1e-200
    fit = LocalFit("kmeans", 2, 0, Rules(3), Scaling.identity(2))
    assert fit.fit(rows).verdict == Verdict.CONSTANT
    assert fit.fit(rows * 1e200).verdict == Verdict.OK


POLICY = Rules(10, "id", dominance=0.5, complementary=True, allow_identical=False)
STRICT = LocalFit("bisecting_kmeans", 3, 0, POLICY, Scaling.identity(2))


def shop(customers: int, rows_each: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Rows of customers, several each, in three groups of customers."""
    random = np.random.default_rng(seed)
    who = np.repeat(np.arange(float(customers)), rows_each)
    centre = np.array([[0, 0], [9, 0], [0, 9]])[(who % 3).astype(int)]
    return random.normal(size=(len(who), 2)) + centre, who


@pytest.mark.parametrize("way", ["batched", "summarised"])
@pytest.mark.parametrize("scaling", [Scaling.identity(2), None])
def test_ten_rows_of_a_customer_are_one_customer_in_every_layout(
    way: str, scaling: Scaling | None
) -> None:
    fit = replace(STRICT, scaling=scaling)
    for customers, each, expected in (
        (9, 300, Verdict.TOO_SMALL),
        (21, 30, Verdict.OK),
        (900, 3, Verdict.OK),
    ):
        rows, who = shop(customers, each)
        result = fit.fit(rows, who) if way == "batched" else summarised(fit, rows, 5, who)
        assert result.verdict == expected
        if customers == 21:
            # Seven customers a group: it takes two of them.
            assert [len(result.summary), result.summary.n.min()] == [1, 630]  # type: ignore[arg-type, union-attr]
        if customers == 900:
            np.testing.assert_allclose(result.summary.n, [900] * 3, atol=2)  # type: ignore[union-attr]
        assert result.merged_rows in (0, None)


@pytest.mark.parametrize("way", ["batched", "summarised"])
def test_a_customer_with_most_rows_or_most_of_a_sum_keeps_the_store_from_telling(way: str) -> None:
    rows, who = shop(90, 4)
    outlier = rows.copy()
    outlier[0] = 1e6
    for values, whose in ((rows, np.where(np.arange(len(who)) < 200, 0.0, who)), (outlier, who)):
        result = STRICT.fit(values, whose)
        if way == "summarised":
            result = summarised(STRICT, values, 4, whose)
        assert (result.verdict, result.summary) == (Verdict.DOMINATED, None)


@given(st.integers(0, 50))
@settings(max_examples=15, deadline=None)
def test_a_store_of_customers_is_fitted_alike_whatever_is_in_its_block(seed: int) -> None:
    stores = [shop(customers, 3, seed + customers) for customers in (4, 15, 40, 41, 400)]
    entity = np.concatenate([who for _, who in stores])
    results = STRICT.fit_block(block([rows for rows, _ in stores]), entity)
    for (rows, who), result in zip(stores, results, strict=True):
        alone = STRICT.fit(rows, who)
        assert (result.verdict, result.merged_rows) == (alone.verdict, alone.merged_rows)
        if result.summary is not None and alone.summary is not None:
            assert result.summary.mean.tolist() == alone.summary.mean.tolist()


def test_a_grid_is_in_deviations_where_rows_are_not_scaled() -> None:
    rows, who = shop(900, 2)
    fit = replace(STRICT, rules=replace(POLICY, grid=0.125))
    for unit in (1e-9, 1.0, 2.0**40):
        told = fit.fit(rows * unit, who).summary
        assert told is not None
        assert len(told) == 3
        steps = told.mean / (0.125 * np.exp2(np.floor(np.log2((rows * unit).std(axis=0)))))
        np.testing.assert_allclose(steps, np.round(steps), atol=1e-6)
        assert 0 < np.abs(steps).max() < 100


def test_what_a_store_tells_of_its_own_scaling_is_rounded() -> None:
    rows, who = shop(90, 2)
    fit = replace(STRICT, scaling=None, rules=replace(POLICY, round=5, grid=0.25))
    for result in (fit.fit(rows, who), summarised(fit, rows, 3, who)):
        assert result.summary is not None
        assert result.scaling is not None
        assert result.scaling.asinh is not None
        assert (result.summary.n % 5 == 0).all()
        assert (result.summary.mean % 0.25 == 0).all()
        assert (result.scaling.asinh.std % 2**-6 == 0).all()
