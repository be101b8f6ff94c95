"""MODEL_TYPE = 'pca': components, what they leave out, and who is odd by it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

QUERY = "TABLE shoppers"


@pytest.fixture(scope="module")
def shoppers(spark: SparkSession, own_registry: str) -> Iterator[np.ndarray]:
    """Six features of which three depend on the others, and one customer who breaks the rule."""
    rng = np.random.default_rng(11)
    free = rng.normal(size=(300, 3)) * [1.0, 5.0, 0.1] + [3.0, 0.0, 100.0]
    x = np.hstack([free, free @ rng.normal(size=(3, 3)) + rng.normal(size=(300, 3)) * 0.01])
    x[7, 4] += 3 * x[:, 4].std()
    rows = [(i, *map(float, row)) for i, row in enumerate(x)]
    names = ", ".join(f"`f {i}` double" for i in range(6))
    spark.createDataFrame(rows, f"id int, {names}").createOrReplaceTempView("shoppers")
    features = "TRANSFORM (vector_assembler(array({}))  v)".format(
        ", ".join(f"`f {i}`" for i in range(6))
    )
    for name, options in {
        "three": "NUM_PRINCIPAL_COMPONENTS = 3",
        "most": "PCA_EXPLAINED_VARIANCE_RATIO = 0.9",
        "plain": "SCALE_FEATURES = false, K = 2",
        "whole": "PREDICTION_COL = place",
    }.items():
        spark.sql(f"CREATE MODEL {name} {features} OPTIONS (TYPE = 'pca', {options}) AS {QUERY}")
    yield x
    spark.catalog.dropTempView("shoppers")


def test_the_ratio_tells_how_many_components_there_are(spark: SparkSession, shoppers) -> None:
    fitted = PCA().fit(StandardScaler().fit_transform(shoppers))
    shares = np.cumsum(fitted.explained_variance_ratio_)
    told = spark.sql("SELECT * FROM model_principal_components(most, 1)").toPandas()
    k = int(np.argmax(shares >= 0.9)) + 1
    assert told.principal_component_id.nunique() == k < 6
    assert told.feature[:6].tolist() == [f"f {i}" for i in range(6)]
    one = told[told.principal_component_id == 0].numerical_value
    np.testing.assert_allclose(np.abs(one), np.abs(fitted.components_[0]), atol=1e-9)
    judged = spark.sql(f"SELECT * FROM model_evaluate(most, 1, {QUERY})").first()
    assert judged is not None
    assert judged.explained_variance_ratio == pytest.approx(shares[k - 1])


def test_without_scaling_the_widest_feature_leads(spark: SparkSession, shoppers) -> None:
    fitted = PCA(2).fit(shoppers)
    told = spark.sql(f"SELECT id, prediction FROM model_predict(plain, 1, {QUERY})")
    found = np.array([row.prediction for row in told.orderBy("id").collect()])
    np.testing.assert_allclose(np.abs(found), np.abs(fitted.transform(shoppers)), atol=1e-8)


def test_all_components_leave_nothing_out(spark: SparkSession, shoppers) -> None:
    judged = spark.sql(f"SELECT * FROM model_evaluate(whole, 1, {QUERY})").first()
    assert judged is not None
    assert judged.reconstruction_error == pytest.approx(0, abs=1e-12)
    assert spark.sql(f"SELECT place FROM model_predict(whole, 1, {QUERY})").first()[0]


def test_who_breaks_the_rule_is_odd(spark: SparkSession, shoppers) -> None:
    query = f"SELECT * FROM model_detect_anomalies(three, 1, 0.01, {QUERY})"
    found = spark.sql(query).orderBy("id").toPandas()
    assert found.anomaly_score.idxmax() == 7
    assert found.is_anomaly.sum() == 3
    assert found.severity[7] == 100
    spark.conf.set("advanced_statistics_show_hidden_fields", "true")
    try:
        hidden = spark.sql(f"SELECT * FROM model_predict(three, 1, {QUERY})").orderBy("id")
        errors = [row.reconstruction_error for row in hidden.collect()]
    finally:
        spark.conf.unset("advanced_statistics_show_hidden_fields")
    np.testing.assert_allclose(found.anomaly_score, errors, rtol=1e-6, atol=1e-12)
    parts = found.contributions[7]
    assert {part["feature"] for part in parts} <= {f"f {i}" for i in range(6)}
    assert sum(part["contribution"] for part in parts) <= found.anomaly_score[7] + 1e-9


def test_constant_features_and_none_that_differs(spark: SparkSession, shoppers) -> None:
    spark.sql("CREATE MODEL flat OPTIONS (TYPE = 'pca') AS SELECT `f 0` AS a, 5 AS b FROM shoppers")
    judged = spark.sql("SELECT * FROM model_evaluate(flat, 1, SELECT 3.5 a, 5 b)").first()
    assert judged is not None
    assert judged.reconstruction_error == 0


@pytest.mark.parametrize(
    ("options", "query", "told"),
    [
        ("K = 9", QUERY, r"K = 9, but there are 7 features"),
        ("K = 2, PCA_EXPLAINED_VARIANCE_RATIO = 0.5", QUERY, "K and PCA_EXPLAINED_VARIANCE_RATIO"),
        ("K = 0", QUERY, "K must be an integer of at least 1"),
        ("K = 1", "SELECT * FROM shoppers LIMIT 1", "need 2 rows"),
    ],
)
def test_what_cannot_be_meant(spark: SparkSession, shoppers, options, query, told) -> None:
    with pytest.raises(AnalysisException, match=told):
        spark.sql(f"CREATE MODEL wrong OPTIONS (TYPE = 'pca', {options}) AS {query}")
