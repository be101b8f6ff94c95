"""One store's fit: verdicts, and independence of the order of its rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparkfl.local import training
from sparkfl.local.scaling import Scaling
from sparkfl.local.training import LocalTraining


def local(k: int = 3, algorithm: str = "bisecting_kmeans") -> LocalTraining:
    """Training in the space of the rows themselves."""
    return LocalTraining(algorithm, k, 0, 10, Scaling.identity(2))


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


def test_overflow_is_not_finite() -> None:
    rows = np.random.default_rng(0).normal(size=(40, 2)) * 1e200
    with np.errstate(over="ignore", invalid="ignore"):
        verdict = LocalTraining("kmeans", 1, 0, 10, Scaling.identity(2)).fit(rows).verdict
    assert verdict == "rejected_nonfinite"


def test_a_crash_becomes_a_verdict_without_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(rows: np.ndarray, k: int, seed: int, sample_weight: object = None) -> np.ndarray:
        raise RuntimeError(f"customer {rows[0]}")

    monkeypatch.setitem(training.ALGORITHMS, "explode", explode)  # type: ignore[arg-type]
    columns = [pa.array(["s"] * 20), *(pa.array(np.arange(20.0)) for _ in range(2))]
    batch = pa.RecordBatch.from_arrays(columns, ["store", "f0", "f1"])
    result = local(algorithm="explode")._fit_batches(pa.scalar("s"), iter([batch]))
    assert result.verdict == "failed: RuntimeError in test_training.explode"
    assert result.rows == 20
