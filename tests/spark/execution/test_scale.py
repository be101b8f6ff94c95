"""Stores of every size: strategies, skew, scikit-learn, resuming, updating."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from sparkfl import FederatedClustering
from sparkfl.errors import ParameterError, SchemaError
from sparkfl.execution import training
from sparkfl.execution.checkpoint import Checkpoint
from sparkfl.execution.survey import survey
from sparkfl.execution.training import LocalTraining
from sparkfl.federation.estimator import FederatedClusteringModel
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.scaling import Scaling

SIZES = {"a": 3, "b": 40, "c": 900, "d": 1500, "e": 6000}


@pytest.fixture(scope="module")
def customers(spark: SparkSession) -> DataFrame:
    random = np.random.default_rng(0)
    rows = []
    for store, n in SIZES.items():
        labels = random.choice(3, n, p=[0.6, 0.3, 0.1])
        x = random.normal(size=(n, 2)) + np.array([[0, 0], [12, 0], [0, 12]])[labels]
        rows += [(store, *row) for row in x.tolist()]
    return spark.createDataFrame(rows, "store_id string, x double, y double").cache()


def fit(df: DataFrame, **options: object) -> dict[str, training.LocalResult]:
    """Fit the stores where their rows are."""
    local = LocalTraining("bisecting_kmeans", 3, 0, Rules(10), Scaling.identity(2), **options)  # type: ignore[arg-type]
    rows = df.select(F.col("store_id").alias("store"), F.array("x", "y").alias("features"))
    return local.fit_stores(rows, 2)


def test_a_store_too_large_for_a_worker_is_summarised_and_finds_the_same(
    customers: DataFrame,
) -> None:
    held, summarised = fit(customers), fit(customers, max_values=2000)
    strategies = {store: result.strategy for store, result in summarised.items()}
    assert strategies == {
        "a": "none",
        "b": "batched",
        "c": "batched",
        "d": "summarised",
        "e": "summarised",
    }
    for store in ("d", "e"):
        ours, exact = summarised[store].summary, held[store].summary
        assert ours is not None
        assert exact is not None
        assert ours.n.sum() == SIZES[store]
        np.testing.assert_allclose(ours.total().mean, exact.total().mean, atol=1e-9)
        np.testing.assert_allclose(ours.mean, exact.mean, atol=0.1)
    for store in ("b", "c"):
        ours, exact = summarised[store].summary, held[store].summary
        assert ours is not None
        assert exact is not None
        assert ours.mean.tolist() == exact.mean.tolist()


def test_partitioning_changes_nothing_about_a_summarised_store(customers: DataFrame) -> None:
    one = fit(customers.coalesce(1), max_values=2000)["e"].summary
    other = fit(customers.repartition(5, F.rand(3)), max_values=2000)["e"].summary
    assert one is not None
    assert other is not None
    assert one.mean.tolist() == other.mean.tolist()
    assert one.ss.tolist() == other.ss.tolist()


def test_the_summary_says_which_strategy_ran_and_why(customers: DataFrame) -> None:
    model = FederatedClustering(inputCols=["x", "y"], globalK=3).fit(customers)
    assert {strategy: use.stores for strategy, use in model.summary.strategies.items()} == {
        "none": 1,
        "batched": 2,
        "in_memory": 2,
    }
    names = [stage.name for stage in model.summary.stages]
    assert names == [
        "survey of the stores",
        "scaling",
        "local training and release",
        "global model",
        "threshold",
    ]
    assert "one call of numpy" in str(model.summary)
    assert sum(use.rows for use in model.summary.strategies.values()) == sum(SIZES.values())


def test_any_estimator_of_scikit_learn_trains_a_store(customers: DataFrame) -> None:
    estimator = FederatedClustering(
        inputCols=["x", "y"],
        globalK=3,
        algorithm="sklearn.cluster.AgglomerativeClustering",
        algorithmParams={"linkage": "average"},
    )
    model = estimator.fit(customers.where("store_id IN ('a', 'b', 'c')"))
    verdicts = {row.store_id: (row.verdict, row.strategy) for row in model.verdicts.collect()}
    assert verdicts == {
        "a": ("too_small", "none"),
        "b": ("ok", "estimator"),
        "c": ("ok", "estimator"),
    }
    assert "applyInPandas" in str(model.summary)


@pytest.mark.parametrize(
    ("algorithm", "params", "message"),
    [
        ("sklearn.cluster.Nothing", {}, "neither a built-in"),
        ("sklearn.linear_model.Ridge", {}, "fit_predict"),
        ("sklearn.cluster.KMeans", {"colour": 1}, "'colour'"),
    ],
)
def test_an_estimator_that_cannot_be_is_refused(
    customers: DataFrame, algorithm: str, params: dict[str, object], message: str
) -> None:
    estimator = FederatedClustering(
        inputCols=["x", "y"], algorithm=algorithm, algorithmParams=params
    )
    with pytest.raises(ParameterError, match=message):
        estimator.fit(customers)


def test_a_training_goes_on_where_it_stopped(
    customers: DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = FederatedClustering(inputCols=["x", "y"], globalK=3).fit(customers)
    resumable = FederatedClustering(
        inputCols=["x", "y"], globalK=3, checkpointDir=str(tmp_path / "checkpoint")
    )
    original = Checkpoint.collect

    def killed(self: Checkpoint, results: DataFrame) -> None:
        original(self, results.where("store IN ('a', 'b', 'e')"))
        raise KeyboardInterrupt

    monkeypatch.setattr(Checkpoint, "collect", killed)
    with pytest.raises(KeyboardInterrupt):
        resumable.fit(customers)
    monkeypatch.undo()
    again = resumable.fit(customers)
    assert again.summary.resumed == 3
    for name, table in whole.data.tables.items():
        assert table.equals(again.data.tables[name]), name
    changed = customers.where("store_id != 'b'").unionAll(
        customers.where("store_id = 'b'").withColumn("x", F.col("x") + 0)
    )
    assert resumable.fit(changed).summary.resumed == len(SIZES)


def test_an_update_trains_what_changed_and_says_how_far_it_moved(
    customers: DataFrame, spark: SparkSession
) -> None:
    estimator = FederatedClustering(inputCols=["x", "y"], k=3, globalK=3, scaling="none")
    model = estimator.fit(customers)
    rest = customers.where("store_id NOT IN ('b', 'd')")
    shifted = customers.where("store_id = 'b'").withColumn("x", F.col("x") + 5)
    new = customers.where("store_id = 'c'").withColumn("store_id", F.lit("n"))
    now = rest.unionAll(shifted).unionAll(new)
    by_hash = estimator.update(model, now)
    changes = {row.store_id: row for row in by_hash.changes.collect()}
    assert {store: row.change for store, row in changes.items()} == {
        "a": "kept",
        "b": "retrained",
        "c": "kept",
        "d": "gone",
        "e": "kept",
        "n": "trained",
    }
    assert changes["b"].centroid_shift == pytest.approx(5, rel=1e-9)
    assert by_hash.summary.kept == 3
    told = spark.createDataFrame([("b",), ("d",), ("n",)], "store_id string")
    by_name = estimator.update(model, now, told)
    for name, table in by_hash.data.tables.items():
        assert table.equals(by_name.data.tables[name]), name
    before = {row.store_id: row for row in model.verdicts.collect()}
    for row in by_hash.verdicts.where("store_id IN ('a', 'c', 'e')").collect():
        assert row == before[row.store_id]
    with pytest.raises(ParameterError, match="another value of parameter k"):
        estimator.copy().setK(2).update(model, now)


def test_a_model_older_than_an_option_is_updated(
    customers: DataFrame, spark: SparkSession, tmp_path: Path
) -> None:
    estimator = FederatedClustering(inputCols=["x", "y"], globalK=3)
    data = estimator.fit(customers).data
    params = {name: value for name, value in data.params.items() if name != "handleInvalid"}
    older = FederatedClusteringModel(spark, replace(data, params=params))
    for same in (estimator, estimator.copy().setCheckpointDir(str(tmp_path))):
        assert same.update(older, customers).summary.kept == len(SIZES)
    with pytest.raises(ParameterError, match="handleInvalid, 'error' and not 'skip'"):
        estimator.copy().setHandleInvalid("skip").update(older, customers)


def test_a_hash_tells_contents_apart_and_not_orders(spark: SparkSession) -> None:
    rows = [("s", [float(i), float(-i)]) for i in range(30)]

    def content(values: list[tuple[object, ...]]) -> str | None:
        df = spark.createDataFrame(values, "store string, features array<double>")
        return survey(df, 2, 3, Rules(10)).by_store("content")["s"]

    swapped = [(s, x[::-1] if x[0] == 7.0 else x) for s, x in rows]
    assert content(rows) == content(rows[::-1])
    assert content(rows) != content(swapped)
    assert content(rows) != content([*rows[:-1], rows[0]])
    assert content(rows[:9]) is None


def test_stores_that_share_a_hash_are_refused_by_name(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_hash = F.lit(7).cast("long")
    monkeypatch.setattr("sparkfl.execution.survey.store_hash", lambda _: one_hash)
    rows = [("north", [1.0]), ("south", [2.0])]
    df = spark.createDataFrame(rows, "store string, features array<double>")
    with pytest.raises(SchemaError, match="'north' and 'south'"):
        survey(df, 1, 3, Rules(10))
