"""Fitting a federation: verdicts, releases, scaling, determinism, parameters."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from numpy.testing import assert_allclose
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from sklearn.preprocessing import StandardScaler
from store_frames import FEATURES, frame, odd_rows, rows

from sparkfl import FederatedClustering, FederatedClusteringModel
from sparkfl.errors import AggregationError, ParameterError, SchemaError


@pytest.fixture(scope="module")
def customers(spark: SparkSession) -> DataFrame:
    return frame(spark, odd=True).cache()


@pytest.fixture(scope="module")
def model(customers: DataFrame) -> FederatedClusteringModel:
    return FederatedClustering(inputCols=FEATURES, k=3, globalK=3, handleInvalid="skip").fit(
        customers
    )


def test_every_store_gets_a_verdict(model: FederatedClusteringModel) -> None:
    verdicts = {row.store_id: row for row in model.verdicts.collect()}
    assert {store: row.verdict for store, row in verdicts.items()} == {
        "s0": "ok",
        "s1": "ok",
        "s2": "ok",
        "tiny": "too_small",
        "constant": "constant",
        "nan": "too_small",
        "null": "too_small",
        None: "no_store",
    }
    rows = {store: (row.rows, row.skipped_rows) for store, row in verdicts.items()}
    assert rows == {
        "s0": (121, 0),
        "s1": (120, 0),
        "s2": (120, 0),
        "tiny": (2, 0),
        "constant": (30, 0),
        "nan": (9, 1),
        "null": (0, 30),
        None: (30, 0),
    }
    assert verdicts["s0"].merged_rows == 1
    assert all((row.released_clusters > 0) == (row.verdict == "ok") for row in verdicts.values())


def test_releases_account_for_every_customer(model: FederatedClusteringModel) -> None:
    releases = model.releases.collect()
    assert {row.store_id for row in releases} == {"s0", "s1", "s2"}
    assert all(row.n >= 10 for row in releases)
    counted = model.releases.groupBy("store_id").agg(F.sum("n").alias("n")).collect()
    assert {row.store_id: row.n for row in counted} == {"s0": 121, "s1": 120, "s2": 120}
    s1 = sorted(row.n for row in releases if row.store_id == "s1")
    assert s1 == [20, 40, 60]


def test_releases_are_the_summaries_of_the_rows(spark: SparkSession) -> None:
    model = FederatedClustering(inputCols=FEATURES, k=1, globalK=1, scaling="none").fit(
        frame(spark)
    )
    for row in model.releases.collect():
        own = np.array([r[1:] for r in rows() if r[0] == row.store_id])
        assert row.n == len(own)
        assert_allclose(row.mean, own.mean(axis=0), rtol=1e-12)
        assert_allclose(row.ss, own.var(axis=0) * len(own), rtol=1e-12)
    every = np.array([r[1:] for r in rows()])
    total = model.globalModel.first()
    assert total is not None
    assert_allclose(total.mean, every.mean(axis=0), rtol=1e-12)
    assert_allclose(total.ss, every.var(axis=0) * len(every), rtol=1e-9)


def test_federated_scaling_equals_pooled_standard_scaler(
    model: FederatedClusteringModel, customers: DataFrame
) -> None:
    pooled = np.array([r[1:] for r in rows()])
    scaler = StandardScaler().fit(pooled)
    n = len(pooled)
    assert_allclose(model.data.scaling.mean, scaler.mean_, rtol=1e-9)
    assert_allclose(model.data.scaling.std, scaler.scale_ * np.sqrt(n / (n - 1)), rtol=1e-9)


@pytest.mark.parametrize("scaling", ["federation", "store"])
def test_partitioning_changes_nothing(customers: DataFrame, scaling: str) -> None:
    estimator = FederatedClustering(
        inputCols=FEATURES, globalK=3, scaling=scaling, handleInvalid="skip"
    )
    first = estimator.fit(customers.repartition(1).sortWithinPartitions("spend"))
    second = estimator.fit(customers.repartition(5, F.rand(1)))
    for name, table in first.data.tables.items():
        assert table.equals(second.data.tables[name]), name
    assert first.data.threshold == second.data.threshold


def test_scaling_by_store_centres_every_store(customers: DataFrame) -> None:
    model = FederatedClustering(inputCols=FEATURES, scaling="store", handleInvalid="skip").fit(
        customers
    )
    sums = model.releases.groupBy("store_id").agg(F.sum(F.col("n") * F.col("mean")[0]))
    assert [row[1] for row in sums.collect()] == pytest.approx([0.0] * 3, abs=1e-9)
    assert model.localModels.where("mean IS NULL").count() == 0


def test_z_scored_stores_give_k_clusters(spark: SparkSession) -> None:
    """MLlib finds one cluster in rows centred on zero (fact 1 of the design)."""
    for algorithm in ("bisecting_kmeans", "kmeans"):
        model = FederatedClustering(
            inputCols=FEATURES, k=3, globalK=3, scaling="store", algorithm=algorithm
        ).fit(frame(spark).where("spend < 1000"))
        assert [r.released_clusters for r in model.verdicts.collect()] == [3, 3, 3]
        assert model.globalModel.count() == 3


def test_matches_name_the_nearest_global_cluster(model: FederatedClusteringModel) -> None:
    means = {row.cluster: np.array(row["mean"]) for row in model.globalModel.collect()}
    local = {(r.store_id, r.cluster): np.array(r["mean"]) for r in model.releases.collect()}
    matches = model.matches.collect()
    assert {(r.store_id, r.local_cluster) for r in matches} == set(local)
    for row in matches:
        distances = {
            cluster: np.linalg.norm(local[row.store_id, row.local_cluster] - mean)
            for cluster, mean in means.items()
        }
        assert row.global_cluster == min(distances, key=distances.__getitem__)
        assert row.distance == pytest.approx(distances[row.global_cluster])


def test_anomalous_cluster_is_the_highest_scoring(model: FederatedClusteringModel) -> None:
    table = model.anomalousClusters.collect()
    released = model.data.releases
    score, reason = model.data.rule.score(released.mean, FEATURES)
    stores = [row.store_id for row in model.releases.collect()]
    for row in table:
        own = [i for i, store in enumerate(stores) if store == row.store_id]
        best = max(own, key=score.item)
        assert row.score == score[best]
        assert (row.n, row.reason) == (released.n[best], reason[best])
    assert {row.store_id for row in table} == {s for s in stores if stores.count(s) > 1}


def test_features_in_a_vector_or_an_array_give_the_same_model(
    model: FederatedClusteringModel, customers: DataFrame
) -> None:
    known = customers.where("store_id LIKE 's%'")
    expected = FederatedClustering(inputCols=FEATURES, globalK=3).fit(known).data.tables["releases"]
    vector = VectorAssembler(inputCols=FEATURES, outputCol="features").transform(known)
    array = known.withColumn("features", F.array(*FEATURES))
    for df, names in ((vector, FEATURES), (array, [f"features[{i}]" for i in range(3)])):
        fitted = FederatedClustering(featuresCol="features", globalK=3).fit(df)
        assert fitted.data.tables["releases"].equals(expected)
        assert list(fitted.data.inputs.features) == names
        assert fitted.transform(df).where("prediction IS NULL").count() == 0


def test_log1p_is_clustering_the_logarithms(customers: DataFrame) -> None:
    known = customers.where("store_id LIKE 's%'")
    mixed = known.withColumn("spend", F.col("spend") - 20)
    logarithm = F.signum("spend") * F.log1p(F.abs("spend"))
    one = FederatedClustering(inputCols=FEATURES, log1pCols=["spend"]).fit(mixed)
    other = FederatedClustering(inputCols=FEATURES).fit(mixed.withColumn("spend", logarithm))
    assert mixed.where("spend < 0").count() > 0
    for row, twin in zip(one.releases.collect(), other.releases.collect(), strict=True):
        assert_allclose(row["mean"], twin["mean"], atol=1e-12)


def test_a_failing_store_stops_no_other(spark: SparkSession) -> None:
    """A row as wide as no double: squares overflow in one store only."""
    huge = [("huge", 1e200 * i, 1.0 * i, 2.0) for i in range(30)]
    df = frame(spark).union(spark.createDataFrame(huge, frame(spark).schema))
    model = FederatedClustering(inputCols=FEATURES, scaling="none").fit(df)
    verdicts = {row.store_id: row.verdict for row in model.verdicts.collect()}
    assert verdicts.pop("huge") == "overflow"
    assert verdicts == {"s0": "ok", "s1": "ok", "s2": "ok"}


def test_nothing_to_release_is_an_error_with_the_verdicts(spark: SparkSession) -> None:
    df = spark.createDataFrame(odd_rows(), frame(spark).schema)
    with pytest.raises(AggregationError, match=r"3 too_small, 1 constant, 1 no_store.*\(10\)"):
        FederatedClustering(inputCols=FEATURES, handleInvalid="skip").fit(df)
    with pytest.raises(AggregationError, match="no rows"):
        FederatedClustering(inputCols=FEATURES).fit(df.limit(0))


def test_rows_that_are_not_valid_are_refused_with_their_columns_and_stores(
    customers: DataFrame,
) -> None:
    estimator = FederatedClustering(inputCols=FEATURES)
    with pytest.raises(
        SchemaError,
        match=r"spend: 1 rows, orders: 30 rows, of 'nan', 'null' stores.*'skip' for handleInvalid",
    ):
        estimator.fit(customers)


def test_a_feature_that_does_not_vary_is_warned_of(
    customers: DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    tiny = customers.dropna().withColumn("days", F.col("days") * 1e-300)
    FederatedClustering(inputCols=FEATURES, handleInvalid="skip").fit(tiny)
    assert "do not vary, as far as doubles can tell: days." in caplog.text


def test_global_k_is_capped_with_a_warning(
    customers: DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        model = FederatedClustering(inputCols=FEATURES, globalK=500, handleInvalid="skip").fit(
            customers
        )
    assert model.globalModel.count() == model.releases.count()
    assert "500 global clusters were asked for" in caplog.text


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"k": 0}, "k must be an integer of at least 1; got 0"),
        ({"k": 10**400}, "k must be an integer of at least 1; got 1000"),
        ({"minClusterSize": None}, "minClusterSize must be an integer of at least 3; got None"),
        ({"scaling": None}, "store, none, auto; got None"),
        ({"k": "three"}, "k must be an integer of at least 1; got 'three'"),
        ({"minClusterSize": 2}, "minClusterSize must be an integer of at least 3; got 2"),
        ({"contamination": 0.6}, "contamination must be a number above 0 and at most 0.5; got 0.6"),
        ({"scaling": "minmax"}, "one of federation, quantile, store, none, auto; got 'minmax'"),
        ({"inputCols": ["a", "a"]}, "distinct"),
        ({"clusters": 3}, "Unknown parameter 'clusters'; choose from .*globalK"),
    ],
)
def test_wrong_parameters_are_refused_when_set(params: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        FederatedClustering(**params)


def test_none_is_no_number_of_clusters() -> None:
    estimator = FederatedClustering(k=None).setK(5)
    assert estimator.getK() == 5
    assert estimator.setK(None).getK() is None


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({}, ParameterError, "either inputCols.*or featuresCol"),
        ({"inputCols": ["spend"], "featuresCol": "x"}, ParameterError, "either inputCols"),
        ({"inputCols": ["spend"], "log1pCols": ["days"]}, ParameterError, "'days'"),
        ({"inputCols": ["spend"], "algorithm": "dbscan"}, ParameterError, "bisecting_kmeans"),
        ({"inputCols": ["spend", "nope"]}, SchemaError, "'nope'. The input has: store_id, spend"),
        ({"inputCols": ["store_id"]}, SchemaError, "'store_id' is string"),
        ({"inputCols": ["spend"], "storeCol": "shop"}, SchemaError, "'shop'"),
        ({"inputCols": ["spend"], "storeCol": "days"}, SchemaError, "'days' is double"),
        ({"featuresCol": "spend"}, SchemaError, "must be a vector or an array"),
    ],
)
def test_parameters_that_do_not_fit_the_data_are_refused(
    customers: DataFrame, params: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        FederatedClustering(**params).fit(customers)
