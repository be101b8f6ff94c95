"""Nearest neighbours by hashing, against those of scikit-learn, which are exact."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from sparkfl.errors import CapabilityError
from sparkfl.models.fitted import SqlModel
from sparkfl.models.training import train
from sparkfl.registry.files import stage_model

_FEATURES = ["a", "b", "c"]
_EVERY_ROW = {"BUCKET_LENGTH": 1e6}


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    values = rng.normal(size=(600, 3)) + 4 * rng.integers(4, size=(600, 1))
    frame = pd.DataFrame(values, columns=_FEATURES)
    frame["kind"] = np.where(values[:, 0] > 6, "c", np.where(values[:, 1] > 3, "b", "a"))
    frame["size"] = values @ [1.0, 2.0, 3.0]
    return frame


@pytest.fixture(scope="module")
def training(spark: SparkSession, table: pd.DataFrame) -> Iterator[DataFrame]:
    df = spark.createDataFrame(table).cache()
    yield df
    df.unpersist()


def _fit(df: DataFrame, label: str, type_: str, **options: object) -> SqlModel:
    given = {"MODEL_TYPE": type_, "LABEL": label, **options}
    return train(df.select(*_FEATURES, label), given, None)


def _asked(spark: SparkSession) -> tuple[pd.DataFrame, DataFrame]:
    rng = np.random.default_rng(6)
    values = rng.normal(size=(200, 3)) + 4 * rng.integers(4, size=(200, 1))
    frame = pd.DataFrame(values, columns=_FEATURES)
    return frame, spark.createDataFrame(frame.assign(row=range(200)))


@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_one_bucket_is_exact(
    spark: SparkSession, table: pd.DataFrame, training: DataFrame, weights: str
) -> None:
    frame, asked = _asked(spark)
    options = {"NUM_NEIGHBORS": 4, "WEIGHTS": weights, **_EVERY_ROW}
    model = _fit(training, "kind", "lsh_knn_classifier", **options)
    found = model.predict(asked, hidden=True).toPandas().sort_values("row")
    expected = KNeighborsClassifier(4, weights=weights).fit(table[_FEATURES], table["kind"])
    assert list(found["prediction"]) == list(expected.predict(frame))
    probability = np.stack([np.asarray(each) for each in found["probability"]])
    assert np.allclose(probability, expected.predict_proba(frame), atol=1e-9)

    model = _fit(training, "size", "lsh_knn_regressor", **options)
    found = model.predict(asked).toPandas().sort_values("row")
    by_size = KNeighborsRegressor(4, weights=weights).fit(table[_FEATURES], table["size"])
    assert np.allclose(found["prediction"], by_size.predict(frame), atol=1e-9)


def test_training_rows_weigh_all_at_their_own_place(training: DataFrame) -> None:
    model = _fit(training, "size", "lsh_knn_regressor", WEIGHTS="distance")
    row = model.evaluate(training).first()
    assert row is not None
    assert row["mae"] == pytest.approx(0, abs=1e-9)


def test_most_neighbours_are_found_by_default(
    spark: SparkSession, table: pd.DataFrame, training: DataFrame
) -> None:
    frame, asked = _asked(spark)
    found = _fit(training, "kind", "lsh_knn_classifier").predict(asked).toPandas()
    expected = KNeighborsClassifier(5).fit(table[_FEATURES], table["kind"]).predict(frame)
    assert (found.sort_values("row")["prediction"].to_numpy() == expected).mean() > 0.95


def test_without_neighbours_the_training_is_told(spark: SparkSession, training: DataFrame) -> None:
    far = spark.sql("SELECT 1e6D AS a, -2e6D AS b, 3e7D AS c")
    table = training.toPandas()
    row = _fit(training, "size", "lsh_knn_regressor").predict(far).first()
    assert row is not None
    assert row["prediction"] == pytest.approx(table["size"].mean(), abs=1e-9)
    model = _fit(training, "kind", "lsh_knn_classifier")
    row = model.predict(far, hidden=True).first()
    assert row is not None
    shares = table["kind"].value_counts(normalize=True).sort_index()
    assert np.allclose(row["probability"], shares, atol=1e-12)
    assert row["prediction"] == shares.idxmax()


def test_rows_and_columns_stay_as_they_are(spark: SparkSession, training: DataFrame) -> None:
    """Those that are alike, have a map, or lack a value, too."""
    asked = spark.sql(
        "SELECT map('k', 1) AS m, a, 1.0D AS b, 2.0D AS c FROM VALUES (1D), (1D), (NULL) AS t(a)"
    )
    found = _fit(training, "size", "lsh_knn_regressor").predict(asked)
    assert found.columns == ["m", "a", "b", "c", "prediction"]
    assert found.count() == 3
    assert found.where("m['k'] = 1").count() == 3
    assert found.limit(0).count() == 0
    assert _fit(training, "size", "lsh_knn_regressor").predict(asked.limit(0)).count() == 0


def test_duplicates_count_as_often_as_they_are(spark: SparkSession) -> None:
    df = spark.sql("SELECT double(id div 4) AS x, double(id = 0) AS y FROM range(8)")
    model = train(df, {"MODEL_TYPE": "lsh_knn_regressor", "LABEL": "y", "K": 4}, None)
    row = model.predict(spark.sql("SELECT 0D AS x")).first()
    assert row is not None
    assert row["prediction"] == pytest.approx(0.25)


def test_a_saved_model_is_the_same(
    spark: SparkSession, training: DataFrame, tmp_path: Path
) -> None:
    model = _fit(training, "kind", "lsh_knn_classifier")
    stage_model(model, tmp_path / "model")
    loaded = SqlModel.read(tmp_path / "model" / "data")
    asked = _asked(spark)[1]
    before, after = (m.predict(asked, hidden=True).toPandas() for m in (model, loaded))
    pd.testing.assert_frame_equal(
        before.sort_values("row", ignore_index=True), after.sort_values("row", ignore_index=True)
    )


def test_a_stream_is_refused(spark: SparkSession, training: DataFrame) -> None:
    stream = spark.readStream.format("rate").load()
    rows = stream.selectExpr("double(value) AS a", "1D AS b", "2D AS c")
    with pytest.raises(CapabilityError, match="stream cannot; train knn_classifier"):
        _fit(training, "kind", "lsh_knn_classifier").predict(rows)
