"""`ml_predict_encrypted` against `ml_predict`, of every kind of model that can be asked."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.testing import assert_allclose
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

import sparkfl
from sparkfl.encryption import Description, PredictionClient
from sparkfl.errors import CapabilityError
from sparkfl.serving.encrypted import encrypted_model
from sparkfl.sqlext import client as client_of_sql
from sparkfl.sqlext import query

ROWS = 60
FEATURES = ["age", "total orders"]
MODELS = {
    "line": "TRANSFORM (vector_assembler(array(age, `total orders`)) v, standard_scaler(v) s, "
    "pca(s, 2) f) OPTIONS (MODEL_TYPE = 'linear_reg', LABEL = 'spend')",
    "odds": "OPTIONS (MODEL_TYPE = 'logistic_reg', LABEL = 'city', MAX_ITER = 5)",
    "margin": "OPTIONS (MODEL_TYPE = 'linear_svc', LABEL = 'city', MAX_ITER = 5)",
    "classes": "OPTIONS (MODEL_TYPE = 'logistic_reg', LABEL = 'kind', MAX_ITER = 5)",
    "counts": "OPTIONS (MODEL_TYPE = 'glm', LABEL = 'kind', FAMILY = 'poisson')",
    "segments": "TRANSFORM (vector_assembler(array(age, `total orders`)) v, min_max_scaler(v) f) "
    "OPTIONS (MODEL_TYPE = 'kmeans', NUM_CLUSTERS = 3, SEED = 1)",
}

OF_LINE = "SELECT age, `total orders`, spend FROM clients"


@pytest.fixture(scope="module")
def rows(spark: SparkSession, own_registry: str) -> Iterator[np.ndarray]:
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.normal(50.0, 20.0, ROWS), rng.integers(0, 12, ROWS)])
    cities = np.where(x[:, 0] + 4 * x[:, 1] > 70, "Köln", "Graz")
    rest = [cities.tolist(), (x[:, 1] // 4).tolist(), (2 * x[:, 0] - x[:, 1]).tolist()]
    table = list(zip(range(ROWS), *x.T.tolist(), *rest, strict=True))
    columns = ["id", *FEATURES, "city", "kind", "spend"]
    spark.createDataFrame(table, columns).coalesce(1).createOrReplaceTempView("clients")
    yield x
    spark.catalog.dropTempView("clients")


def asked(spark: SparkSession, name: str, rows: np.ndarray, call: str = "") -> np.ndarray:
    """What a client gets who has the model's description as text, and no more."""
    told = encrypted_model(spark, name).description.to_json()
    client = PredictionClient(Description.of_json(told))
    assert list(client.description.features) == FEATURES
    requests = [(i, bytearray(each)) for i, each in enumerate(client.encrypt(rows))]
    frame = spark.createDataFrame(requests, "batch int, encrypted_features binary").coalesce(1)
    frame.createOrReplaceTempView("encrypted_data")
    call = call or f"SELECT * FROM ml_predict_encrypted({name}, TABLE encrypted_data)"
    answers = spark.sql(call).orderBy("batch").collect()
    assert [row.refusal for row in answers] == [None] * len(requests)
    return client.decrypt(bytes(row.encrypted_prediction) for row in answers).predictions


@pytest.mark.parametrize("name", MODELS)
def test_it_is_what_ml_predict_says(spark: SparkSession, rows: np.ndarray, name: str) -> None:
    label = {"line": ", spend", "segments": ""}.get(name, ", kind")
    label = ", city" if "'city'" in MODELS[name] else label
    read = f"SELECT age, `total orders`{label} FROM clients"
    spark.sql(f"CREATE OR REPLACE MODEL {name} {MODELS[name]} AS {read}")
    told = spark.sql(f"SELECT ml_predict('{name}', age, `total orders`) p FROM clients ORDER BY id")
    expected = [row.p for row in told.collect()]
    found = asked(spark, name, rows)
    if isinstance(expected[0], float):
        assert_allclose(found.astype(float), expected, rtol=1e-9, atol=1e-9)
    else:
        assert found.tolist() == expected


def test_a_federation_says_its_anomaly_scores(spark: SparkSession, rows: np.ndarray) -> None:
    """In the form of the seed, a statement that is nothing but the call."""
    spark.sql(
        "CREATE OR REPLACE FEDERATED MODEL shops PARTITION BY city OPTIONS (MODEL_TYPE = 'kmeans', "
        "NUM_CLUSTERS = 2, GLOBAL_NUM_CLUSTERS = 2, SCALING = 'quantile', LOG1P_COLS = "
        "array('age')) AS SELECT city, age, `total orders` FROM clients"
    )
    told = spark.sql("SELECT * FROM model_predict(shops, TABLE clients) ORDER BY id").collect()
    call = (
        "SELECT ml_predict_encrypted(model_name='shops', encrypted_features=encrypted_data, "
        "output_encryption=true)"
    )
    found = asked(spark, "shops", rows, call)
    assert_allclose(found, [row.anomaly_score for row in told], rtol=1e-7)


def test_it_is_said_without_the_extension_too(
    spark: SparkSession, rows: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    spark.sql(f"CREATE OR REPLACE MODEL line {MODELS['line']} AS {OF_LINE}")
    client = PredictionClient(encrypted_model(spark, "line").description)
    request = bytearray(client.encrypt(rows)[0])
    frame = spark.createDataFrame([(request,), (bytearray(b"garbage"),), (None,)], "e binary")
    frame.selectExpr("e AS Encrypted_Features").coalesce(1).createOrReplaceTempView("three")
    monkeypatch.setattr(client_of_sql, "has_extension", lambda _: False)
    monkeypatch.setattr(query.jvm, "query", lambda *_: None)
    monkeypatch.setattr(query.jvm, "tables", lambda *_: None)
    for call in (
        "SELECT * FROM ml_predict_encrypted(line, SELECT * FROM three, TRUE)",
        "SELECT ml_predict_encrypted(model_name => 'line', encrypted_features => TABLE(three), "
        "output_encryption => TRUE)",
    ):
        answers = sparkfl.sql(spark, call).collect()
        said = [row.refusal for row in answers]
        assert said[::2] == [None, None]
        assert "no request of encrypted prediction" in said[1]
        assert [row.encrypted_prediction is None for row in answers] == [False, True, True]
    found = client.decrypt([bytes(answers[0].encrypted_prediction)])
    assert_allclose(found.predictions, 2 * rows[:, 0] - rows[:, 1], atol=1e-6)


def test_what_cannot_be_done_is_said(spark: SparkSession, rows: np.ndarray) -> None:
    spark.sql(f"CREATE OR REPLACE MODEL line {MODELS['line']} AS {OF_LINE}")
    spark.sql(
        "CREATE OR REPLACE MODEL trees OPTIONS (MODEL_TYPE = 'decision_tree_regression', "
        "LABEL = 'spend') AS SELECT age, spend FROM clients"
    )
    spark.sql(
        "CREATE OR REPLACE MODEL texts OPTIONS (MODEL_TYPE = 'linear_reg', LABEL = 'spend') "
        "AS SELECT age, city, spend FROM clients"
    )
    requests = "(SELECT X'00' AS encrypted_features)"
    for call, says in (
        (f"line, {requests}, FALSE", "here is no key to decrypt with"),
        ("line, SELECT 1 AS encrypted_features", "is int; it must be binary"),
        ("line, SELECT 1 AS other", "encrypted_features"),
        (f"line, {requests}, 'yes'", "SPARKFL_INVALID_ARGUMENTS"),
        (f"trees, {requests}", "cannot be asked of 'trees'"),
        (f"texts, {requests}", "Train the model on numbers alone|makes its features in another"),
    ):
        with pytest.raises(AnalysisException, match=says):
            spark.sql(f"SELECT * FROM ml_predict_encrypted({call})")
    with pytest.raises(CapabilityError, match="more than sums of weighted features"):
        encrypted_model(spark, "trees")
