"""Silhouettes against MLlib and scikit-learn, agreement against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from pyspark.ml.evaluation import ClusteringEvaluator
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from sklearn.metrics import adjusted_rand_score, silhouette_score
from store_frames import FEATURES, frame

from sparkfl import FederatedClustering, FederatedClusteringModel
from sparkfl.errors import ParameterError
from sparkfl.federation.evaluation import evaluate, training_report
from sparkfl.metrics.clustering import clustering


@pytest.fixture(scope="module")
def customers(spark: SparkSession) -> DataFrame:
    return frame(spark, odd=True).cache()


@pytest.fixture(scope="module")
def model(customers: DataFrame) -> FederatedClusteringModel:
    return FederatedClustering(
        inputCols=FEATURES, globalK=4, log1pCols=FEATURES, handleInvalid="skip"
    ).fit(customers.where("spend >= 0 OR spend IS NULL"))


@pytest.fixture(scope="module")
def clustered(spark: SparkSession) -> DataFrame:
    """Rows far from zero, in clusters of many sizes, one of them a single row."""
    random = np.random.default_rng(0)
    labels = np.repeat([0, 2, 7, 9], [50, 30, 9, 1])
    rows = random.normal(size=(90, 3)) + 3 * labels[:, None] + 1000
    data = [(row.tolist(), int(label)) for row, label in zip(rows, labels, strict=True)]
    df = spark.createDataFrame(data, "features array<double>, prediction int")
    return df.withColumn("vector", array_to_vector("features")).cache()


def test_evaluation_of_every_store(model: FederatedClusteringModel, customers: DataFrame) -> None:
    result = {row.store_id: row for row in evaluate(model, customers).collect()}
    predicted = model.data.predict(customers.toPandas())
    z = model.data.scaling.transform(model.data.inputs.matrix(predicted))
    for store in ("s0", "s1", "s2"):
        own = (predicted.store_id == store).to_numpy()
        local, global_ = predicted.local_prediction[own], predicted.prediction[own]
        row = result[store]
        assert row.rows == own.sum()
        for value, labels in ((row.local_silhouette, local), (row.global_silhouette, global_)):
            expected = silhouette_score(z[own], labels.astype(int), metric="sqeuclidean")
            assert value == pytest.approx(expected, abs=1e-9)
        assert row.agreement == pytest.approx(adjusted_rand_score(local, global_), abs=1e-12)
    assert (result["tiny"].rows, result["tiny"].agreement) == (2, None)
    assert result["tiny"].local_silhouette is None
    assert (result["nan"].rows, result["null"].rows) == (9, 0)
    assert set(result) == set(predicted.store_id)


def test_no_measure_of_a_small_store_is_kept(
    model: FederatedClusteringModel, customers: DataFrame
) -> None:
    report = training_report(model, customers)
    kept = report.tables["evaluation"].set_index("store_id")
    few = kept["rows"] < 10
    assert {"tiny", "nan"} <= set(kept.index[few])
    measures = kept.drop(columns="rows")
    assert measures[few].isna().all(axis=None)
    assert measures.loc["s0"].notna().all()
    mean = measures.loc[~few, "global_silhouette"].mean()
    assert report.metrics["mean_global_silhouette"] == pytest.approx(mean)


def test_evaluation_is_a_plan(
    model: FederatedClusteringModel, customers: DataFrame, spark: SparkSession
) -> None:
    spark.sparkContext.setJobGroup("evaluate-plan", "")
    empty = evaluate(model, customers.limit(0))
    one = clustering(customers.withColumn("f", F.array(*FEATURES)), "f", "orders")
    assert list(spark.sparkContext.statusTracker().getJobIdsForGroup("evaluate-plan")) == []
    spark.sparkContext.setLocalProperty("spark.jobGroup.id", None)
    assert one.columns == ["silhouette", "davies_bouldin", "calinski_harabasz"]
    assert empty.count() == 0


@pytest.mark.parametrize("distance", ["squaredEuclidean", "cosine"])
@pytest.mark.parametrize("column", ["features", "vector"])
def test_silhouette_equals_mllib(clustered: DataFrame, distance: str, column: str) -> None:
    expected = ClusteringEvaluator(featuresCol="vector", distanceMeasure=distance).evaluate(
        clustered
    )
    row = clustering(clustered, column, "prediction", distance).first()
    assert row is not None
    assert row.silhouette == pytest.approx(expected, abs=1e-9)


def test_metrics_of_nothing_or_of_one_cluster_are_null(clustered: DataFrame) -> None:
    for df in (clustered.limit(0), clustered.where("prediction = 0")):
        assert [tuple(row) for row in clustering(df).collect()] == [(None, None, None)]


def test_rows_that_cannot_be_judged_do_not_count(clustered: DataFrame) -> None:
    bad = clustered.limit(3).select(
        F.array(F.lit(float("nan")), F.lit(1.0), F.lit(2.0)).alias("features"),
        "prediction",
    )
    unknown = clustered.limit(3).select("features", F.lit(None).cast("int").alias("prediction"))
    missing = clustered.limit(3).select(
        F.lit(None).cast("array<double>").alias("features"), "prediction"
    )
    good = clustered.select("features", "prediction")
    dirty = good.union(bad).union(unknown).union(missing)
    assert clustering(dirty).first() == clustering(good).first()


def test_a_random_query_is_judged_on_one_set_of_rows(spark: SparkSession) -> None:
    """Were the rows read twice, clusters and rows would not fit and the score not be 1."""
    df = spark.range(1000).select((F.rand() < 0.5).cast("int").alias("prediction"))
    df = df.withColumn("features", F.array(F.col("prediction").cast("double")))
    row = clustering(df).first()
    assert row is not None
    assert row.silhouette == pytest.approx(1.0, abs=1e-9)


def test_an_unknown_distance_is_refused(clustered: DataFrame) -> None:
    with pytest.raises(ParameterError, match="'manhattan'; choose one of squaredEuclidean, cosine"):
        clustering(clustered, distance="manhattan")
