"""Predictions, persistence, and what must not be found in the files."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from pyspark.ml import Pipeline, PipelineModel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from store_frames import CANARY, FEATURES, frame

from sparkfl import FederatedClustering, FederatedClusteringModel
from sparkfl.errors import ModelNotFoundError, SchemaError
from sparkfl.federation.data import FederationData
from sparkfl.federation.schemas import PREDICTION
from sparkfl.statistics.anomaly import FACTOR_CAP

OUTPUTS = PREDICTION.names


@pytest.fixture(scope="module")
def customers(spark: SparkSession) -> DataFrame:
    return frame(spark, odd=True).cache()


@pytest.fixture(scope="module")
def model(customers: DataFrame) -> FederatedClusteringModel:
    return FederatedClustering(inputCols=FEATURES, globalK=3, handleInvalid="skip").fit(customers)


def to_pandas(df: DataFrame) -> pd.DataFrame:
    """Collect with the nullable types that `predict` gives."""
    types = {"local_prediction": "Int32", "prediction": "Int32", "is_anomaly": "boolean"}
    return df.toPandas().astype(types)


@pytest.fixture(scope="module", params=["federation", "store", "none"])
def scaled(request: pytest.FixtureRequest, customers: DataFrame) -> FederatedClusteringModel:
    return FederatedClustering(
        inputCols=FEATURES,
        globalK=4,
        scaling=request.param,
        log1pCols=["spend"],
        handleInvalid="skip",
    ).fit(customers)


@pytest.mark.usefixtures("way")
def test_transform_equals_prediction_without_spark(
    scaled: FederatedClusteringModel, customers: DataFrame
) -> None:
    expected = scaled.data.predict(customers.toPandas())
    assert_frame_equal(to_pandas(scaled.transform(customers)), expected, rtol=0, atol=1e-9)
    assert expected.prediction.notna().sum() == len(expected) - 31


def test_transform_adds_documented_columns_and_keeps_the_rest(
    model: FederatedClusteringModel, customers: DataFrame
) -> None:
    df = customers.withColumn("a.b", F.lit(1)).withColumn("Ärger `x`", F.lit("y"))
    out = model.transform(df)
    assert out.columns == [*df.columns, *OUTPUTS]
    assert [f.dataType for f in out.schema[-len(OUTPUTS) :]] == [f.dataType for f in PREDICTION]


def test_transform_is_a_native_plan(
    model: FederatedClusteringModel, customers: DataFrame, spark: SparkSession
) -> None:
    tracker = spark.sparkContext.statusTracker()
    spark.sparkContext.setJobGroup("plan-only", "")
    out = model.transform(customers)
    plan = out._jdf.queryExecution().executedPlan().toString()
    assert list(tracker.getJobIdsForGroup("plan-only")) == []
    spark.sparkContext.setLocalProperty("spark.jobGroup.id", None)
    assert "Python" not in plan
    assert "UDF" not in plan


@pytest.mark.usefixtures("way")
def test_predictions_are_the_nearest_centres(
    model: FederatedClusteringModel, customers: DataFrame
) -> None:
    rows = model.transform(customers.where("store_id = 's1'")).collect()
    z = model.data.scaling.transform(np.array([[row[f] for f in FEATURES] for row in rows]))
    for centres, column in (
        (model.data.clusters.mean, "prediction"),
        (model.data.local_model("s1").centres, "local_prediction"),
    ):
        distance = ((z[:, None] - centres[None]) ** 2).sum(axis=2)
        assert [row[column] for row in rows] == distance.argmin(axis=1).tolist()


@pytest.mark.parametrize("contamination", [0.05, 0.3])
def test_flagged_share_is_the_contamination(spark: SparkSession, contamination: float) -> None:
    df = frame(spark).where("spend < 1000")
    model = FederatedClustering(inputCols=FEATURES, contamination=contamination).fit(df)
    flagged = model.data.predict(df.toPandas()).is_anomaly
    assert flagged.mean() == pytest.approx(contamination, abs=0.02)


def test_the_canary_is_the_worst_anomaly(
    model: FederatedClusteringModel, customers: DataFrame
) -> None:
    worst = model.transform(customers).orderBy(F.desc("anomaly_score")).first()
    assert worst is not None
    assert tuple(worst[f] for f in FEATURES) == CANARY
    assert worst.is_anomaly
    assert worst.anomaly_reason in {f"+{f}" for f in FEATURES}


@pytest.mark.usefixtures("way")
def test_unknown_and_unreleased_stores_have_the_global_part_only(
    model: FederatedClusteringModel, spark: SparkSession
) -> None:
    df = spark.createDataFrame(
        [("never seen", 10.0, 2.0, 30.0), ("tiny", 10.0, 2.0, 30.0), (None, 10.0, 2.0, 30.0)],
        "store_id string, spend double, orders double, days double",
    )
    for row in model.transform(df).collect():
        assert row.local_prediction is None
        assert None not in (row.prediction, row.anomaly_score, row.is_anomaly, row.anomaly_reason)


@pytest.mark.usefixtures("way")
def test_a_row_without_a_finite_feature_has_no_prediction(
    model: FederatedClusteringModel, spark: SparkSession
) -> None:
    values = [None, float("nan"), float("inf"), float("-inf")]
    df = spark.createDataFrame(
        [("s1", value, 2.0, 30.0) for value in values],
        "store_id string, spend double, orders double, days double",
    )
    for row in model.transform(df).collect():
        assert [row[name] for name in OUTPUTS] == [None] * len(OUTPUTS)


@pytest.mark.usefixtures("way")
def test_wild_values_and_constant_features_score_alike_with_and_without_spark(
    spark: SparkSession,
) -> None:
    df = frame(spark).withColumn("days", F.lit(7.0))
    model = FederatedClustering(inputCols=FEATURES, scaling="none").fit(df)
    wild = spark.createDataFrame(
        [("s1", 1e300, 2.0, 7.0), ("s1", 10.0, -1e200, 1e300), ("s1", 10.0, 2.0, -1e300)], df.schema
    )
    expected = model.data.predict(wild.toPandas())
    assert_frame_equal(to_pandas(model.transform(wild)), expected)
    assert expected.anomaly_reason.tolist()[:2] == ["+spend", "-orders"]
    assert expected.anomaly_score[:2].min() > 1.99 * np.log(FACTOR_CAP)
    assert expected.anomaly_score[2] < expected.anomaly_score[:2].min() < np.inf


def test_other_numeric_types_and_cases_of_names_are_welcome(
    model: FederatedClusteringModel, customers: DataFrame
) -> None:
    df = customers.where("store_id = 's1'").select(
        F.col("store_id").alias("STORE_ID"),
        F.col("spend").cast("decimal(12,6)").alias("Spend"),
        F.col("orders").cast("int").alias("orders"),
        F.col("days").cast("float").alias("days"),
    )
    assert model.transform(df).where("local_prediction IS NULL").count() == 0


def test_integer_stores_meet_other_integers(spark: SparkSession) -> None:
    df = frame(spark).withColumn("store_id", F.substring("store_id", 2, 1).cast("int"))
    model = FederatedClustering(inputCols=FEATURES).fit(df)
    wide = model.transform(df.withColumn("store_id", F.col("store_id").cast("bigint")))
    assert wide.where("local_prediction IS NULL").count() == 0
    assert model.data.local_model(1).centres.shape[1] == 3
    with pytest.raises(SchemaError, match="'store_id' is string; the model was trained with int"):
        model.transform(df.withColumn("store_id", F.col("store_id").cast("string")))


def test_inputs_that_do_not_fit_are_refused(
    model: FederatedClusteringModel, customers: DataFrame
) -> None:
    with pytest.raises(SchemaError, match="'Prediction' has the name of an output"):
        model.transform(customers.withColumn("Prediction", F.lit(1)))
    with pytest.raises(SchemaError, match=r"Expected: store_id string, .* orders double"):
        model.transform(customers.drop("orders"))
    with pytest.raises(SchemaError, match="'orders' is string"):
        model.transform(customers.withColumn("orders", F.lit("many")))
    with pytest.raises(SchemaError, match=r"Expected: store_id string, .* Got: spend double"):
        model.transform(customers.drop("store_id"))
    with pytest.raises(SchemaError, match="Missing column 'orders'"):
        model.data.predict(customers.drop("orders").toPandas())


def test_saved_models_and_pipelines_predict_the_same(
    model: FederatedClusteringModel, customers: DataFrame, tmp_path: Path
) -> None:
    expected = to_pandas(model.transform(customers))
    model.save(str(tmp_path / "model"))
    model.write().overwrite().save(str(tmp_path / "model"))
    loaded = FederatedClusteringModel.load(str(tmp_path / "model"))
    assert loaded.uid == model.uid
    assert loaded.data.tables == model.data.tables
    assert loaded.getGlobalK() == 3
    assert_frame_equal(to_pandas(loaded.transform(customers)), expected)
    assert_frame_equal(to_pandas(model.copy().transform(customers)), expected)

    pipeline = Pipeline(
        stages=[FederatedClustering(inputCols=FEATURES, globalK=3, handleInvalid="skip")]
    )
    pipeline.save(str(tmp_path / "pipeline"))
    fitted = Pipeline.load(str(tmp_path / "pipeline")).fit(customers)
    fitted.save(str(tmp_path / "fitted"))
    again = PipelineModel.load(str(tmp_path / "fitted"))
    assert_frame_equal(to_pandas(again.transform(customers)), expected)


def test_data_written_without_spark_is_read_back(
    model: FederatedClusteringModel, customers: DataFrame, spark: SparkSession, tmp_path: Path
) -> None:
    model.data.write(tmp_path)
    read = FederationData.read(tmp_path)
    frame = customers.toPandas()
    assert read.tables == model.data.tables
    assert_frame_equal(read.predict(frame), model.data.predict(frame))
    wrapped = FederatedClusteringModel(spark, read)
    assert wrapped.getInputCols() == FEATURES
    assert_frame_equal(
        to_pandas(wrapped.transform(customers)), to_pandas(model.transform(customers))
    )
    one = FederationData.read_local(tmp_path, "s1")
    own = frame[frame.store_id == "s1"]
    expected = read.predict(own).local_prediction
    assert one.predict(own).local_prediction.tolist() == expected.tolist()
    with pytest.raises(ModelNotFoundError, match="'tiny'"):
        FederationData.read_local(tmp_path, "tiny")
    with pytest.raises(ModelNotFoundError, match="5"):
        FederationData.read_local(tmp_path, 5)


def test_the_canary_is_in_no_file(model: FederatedClusteringModel, tmp_path: Path) -> None:
    """Neither the customer's values nor their scaled form, as text or as a double."""
    model.save(str(tmp_path / "spark"))
    model.data.write(tmp_path / "files")
    scaled = model.data.scaling.transform(np.array([CANARY]))[0].tolist()
    needles = [str(x).encode() for x in (*CANARY, *scaled)]
    needles += [struct.pack("<d", x) for x in (*CANARY, *scaled)]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 10
    for path in files:
        content = path.read_bytes()
        assert not [needle for needle in needles if needle in content], path
    for table in model.data.tables.values():
        numbers = np.array([0.0, *_numbers(table.to_pylist())])
        for value in (*CANARY, *scaled):
            assert np.abs(numbers - value).min() > 1e-6


def _numbers(value: object) -> list[float]:
    """All numbers inside nested rows."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [number for item in value for number in _numbers(item)]
    return [float(value)] if isinstance(value, int | float) else []
