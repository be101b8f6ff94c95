"""The functions of HeliosDB's guide, typed as they stand there; what was changed is said.

Sections 1, 3, 4, 5, 9 and 10 of the guide, and its quick start; of the others, federated learning,
features and drift have statements of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import Row, SparkSession


@pytest.fixture(scope="module")
def helios(spark: SparkSession, own_registry: str) -> Iterator[SparkSession]:
    spark.sql("CREATE DATABASE helios")
    spark.sql("USE helios")
    made = {
        "sensor_data": "SELECT id, 20 + sin(id) temperature, 50 + cos(id) humidity, "
        "1000 + id % 7 pressure, id % 4 > 0 labeled FROM range(120)",
        "sensor_readings": "SELECT id, timestamp'2026-01-01' + make_dt_interval(id) timestamp, "
        "20 + sin(id) + if(id = 7, 90, 0) temperature, 50 + cos(id) + if(id = 7, 90, 0) "
        "humidity, 1003D + if(id = 7, 90, 0) pressure "
        "FROM range(30)",
        "daily_sales": "SELECT current_date - INTERVAL 100 DAYS + make_dt_interval(int(id)) "
        "day, 100 + 5 * (id % 7) + 0.1 * id revenue, id % 9 = 0 promotion_running FROM range(100)",
        "customers": "SELECT id customer_id, concat('c', id) customer_name, true active, "
        "double(id % 37) avg_transaction_amount, id % 400 account_age_days, "
        "id % 5 failed_login_attempts, id % 37 > 20 gone FROM range(200)",
        "dataset": "SELECT double(id % 23) amount, cos(id) risk, id % 23 > 11 fraud_flag "
        "FROM range(150)",
        "transactions": "SELECT id, named_struct('transaction_amount', double(id % 300), "
        "'merchant_risk_score', id % 10 / 10D, 'customer_age', id % 60) transaction_data, "
        "current_timestamp() created_date FROM range(40)",
        "fraud": "SELECT double(id % 300) transaction_amount, id % 10 / 10D merchant_risk_score, "
        "id % 60 customer_age, id % 300 > 140 AND id % 10 > 4 is_fraud FROM range(400)",
    }
    for name, query in made.items():
        spark.sql(f"CREATE TABLE {name} AS {query}")
    yield spark
    spark.sql("USE default")
    spark.sql("DROP DATABASE helios CASCADE")


@pytest.fixture(scope="module")
def detector(helios: SparkSession) -> SparkSession:
    """Two versions of the guide's fraud detector."""
    for depth, version in ((2, "1.0.0"), (6, "1.1.0")):
        helios.sql(
            "SELECT ml_train('fraud_detector', 'SELECT * FROM fraud', 'xgboost', "
            f"jsonb_build_object('max_depth', {depth}, 'n_estimators', 10, "
            "'validation_split', 0.2))"
        )
        helios.sql(
            f"SELECT ml_register_model( model_name='fraud_detector', model_version='{version}', "
            "accuracy=0.98, production_ready=true)"
        )
    return helios


def one(spark: SparkSession, statement: str) -> Row:
    row = spark.sql(statement).first()
    assert row is not None
    return row


def test_quick_start(helios: SparkSession) -> None:
    """Changed: Spark does not know the column's name in WHERE; a query around it does."""
    made = one(
        helios,
        "SELECT * FROM ml_train('anomaly_detection', SELECT temperature, humidity, pressure "
        "FROM sensor_data WHERE labeled = true);",
    )
    assert (made.model_name, made.version) == ("helios.anomaly_detection", 1)
    scored = helios.sql(
        "SELECT * FROM (SELECT id, temperature, ml_predict('anomaly_detection', temperature, "
        "humidity) as anomaly_score FROM sensor_data) WHERE anomaly_score > 0.4;"
    )
    assert 0 < scored.count() <= 120


def test_1_forecasting(helios: SparkSession) -> None:
    """Changed: INTERVAL 7 has no unit, which Spark wants."""
    row = one(
        helios,
        "SELECT ml_train( 'sales_forecast', 'SELECT day, revenue, promotion_running FROM "
        "daily_sales WHERE day < NOW() - INTERVAL 7 DAYS', 'time_series', jsonb_build_object( "
        "'algorithm', 'ARIMA', 'p', 1, 'd', 1, 'q', 1, 'forecast_horizon', 30 ));",
    )
    assert row.ml_train == "helios.sales_forecast$1"
    assert helios.sql("SELECT * FROM model_forecast(sales_forecast)").count() == 30
    described = helios.sql("DESCRIBE MODEL sales_forecast").toPandas().to_string()
    assert "arima" in described


def test_1_configuration(helios: SparkSession) -> None:
    """The label is the query's last column."""
    row = one(
        helios,
        "SELECT ml_train( 'customer_churn_model', 'SELECT * FROM customers WHERE active = true', "
        "'xgboost', jsonb_build_object( 'objective', 'binary:logistic', 'max_depth', 6, "
        "'learning_rate', 0.1, 'n_estimators', 100, 'validation_split', 0.2 ));",
    )
    version = row.ml_train
    logged = helios.sql("SELECT * FROM ml_model_metrics('customer_churn_model')").collect()
    assert {"auc_roc", "f1", "log_loss"} <= {r.metric for r in logged}
    helios.sql(
        "CREATE MODEL ours OPTIONS (TYPE = 'xgboost_classifier', LABEL = gone, OBJECTIVE = "
        "'binary:logistic', MAX_DEPTH = 6, LEARNING_RATE = 0.1, NUM_TREES = 100, "
        "VALIDATION_SPLIT = 0.2) AS SELECT * FROM customers WHERE active = true"
    )
    both = helios.sql(
        f"SELECT ml_predict('{version}', struct(*)) a, ml_predict('ours', struct(*)) b "
        "FROM customers"
    ).toPandas()
    np.testing.assert_array_equal(both.a, both.b)


@pytest.mark.parametrize(
    ("name", "query", "expected"),
    [
        ("random_forest", "SELECT amount, risk, fraud_flag FROM dataset", "_classifier"),
        ("Random Forest", "SELECT fraud_flag, amount, risk FROM dataset", "_regression"),
        ("lightgbm", "SELECT amount, id % 3 c FROM dataset, range(2)", "lightgbm_classifier"),
        ("k-means", "SELECT amount, risk FROM dataset", "kmeans"),
        ("gaussian_mixture", "SELECT amount, risk FROM dataset", "gaussian_mixture"),
        ("linear", "SELECT amount AS label, risk FROM dataset", "linear_reg"),
        ("isolation_forest", "dataset", "isolation_forest"),
    ],
)
def test_1_algorithms(helios: SparkSession, name: str, query: str, expected: str) -> None:
    row = one(helios, f"SELECT ml_train('any', '{query}', '{name}') AS made")
    model, _, version = row.made.partition("$")
    kind = one(
        helios,
        f"SELECT type FROM model_versions() WHERE model_name = '{model}' AND version = {version}",
    )
    assert kind.type.endswith(expected)


def test_3_registry(detector: SparkSession) -> None:
    listed = detector.sql(
        "SELECT * FROM ml_model_registry WHERE production_ready = true ORDER BY created_date DESC;"
    ).collect()
    assert [(r.model_name, r.model_version, r.accuracy) for r in listed] == [
        ("helios.fraud_detector", "1.1.0", 0.98),
        ("helios.fraud_detector", "1.0.0", 0.98),
    ]
    compared = detector.sql("SELECT ml_compare_models('fraud_detector', '1.0.0', '1.1.0');")
    for number, column in ((1, "value_1"), (2, "value_2")):
        judged = one(
            detector, f"SELECT * FROM model_evaluate(fraud_detector, {number}, TABLE(fraud))"
        ).asDict()
        assert {r.metric: r[column] for r in compared.collect()} == pytest.approx(judged)
    for row in compared.collect():
        assert row.difference == pytest.approx(row.value_2 - row.value_1)


def test_a_version_is_found_by_what_it_is_called(detector: SparkSession) -> None:
    query = "SELECT * FROM fraud"
    one_ = detector.sql(f"SELECT * FROM model_evaluate(fraud_detector, '1.0.0', {query})").first()
    other = detector.sql(f"SELECT * FROM model_evaluate(fraud_detector, 1, {query})").first()
    assert one_ == other
    with pytest.raises(AnalysisException, match=r"is '1\.0\.0' already"):
        detector.sql(
            "SELECT ml_register_model(model_name => 'fraud_detector', model_version => '1.0.0')"
        )


def test_4_automl(helios: SparkSession) -> None:
    """The search ends after so many trials, long before the hour is over."""
    row = one(
        helios,
        "SELECT ml_automl( problem_type='classification', training_data='SELECT * FROM dataset', "
        "target_variable='fraud_flag', time_limit=3600, -- 1 hour search\n metric='auc', "
        "num_trials=5) as best_model;",
    )
    assert row.best_model == "helios.automl_fraud_flag$1"
    found = helios.sql("SELECT * FROM model_trials(automl_fraud_flag)").collect()
    assert len(found) == 5
    best = max(t.objective for t in found if t.objective is not None)
    assert [t.objective for t in found if t.is_optimal] == [best]
    assert helios.sql("REFRESH MODEL automl_fraud_flag").count() == 1


def test_5_predictions(detector: SparkSession) -> None:
    row = one(
        detector,
        "SELECT ml_predict('fraud_detector', transaction_amount => 150.00, "
        "merchant_risk_score => 0.8, customer_age => 35) as fraud_probability;",
    )
    assert 0.5 < row.fraud_probability < 1
    batch = detector.sql(
        "SELECT id, transaction_data, ml_predict_batch('fraud_detector', transaction_data) as "
        "fraud_score FROM transactions WHERE created_date >= NOW() - INTERVAL '1 day';"
    )
    assert batch.where("fraud_score BETWEEN 0 AND 1").count() == 40


def test_7_metrics(detector: SparkSession) -> None:
    found = detector.sql(
        "SELECT * FROM ml_model_metrics('fraud_detector') WHERE evaluation_date >= NOW() - "
        "INTERVAL '30 days' ORDER BY evaluation_date DESC;"
    ).collect()
    assert found[0].model_version == "1.1.0"
    assert {r.version for r in found} == {1, 2}


def test_9_explanations(detector: SparkSession) -> None:
    """Shapley values add up to the log-odds of what ml_predict says."""
    importance = detector.sql(
        "SELECT feature, importance_score FROM ml_explain_feature_importance('fraud_detector') "
        "ORDER BY importance_score DESC LIMIT 10;"
    ).collect()
    assert {r.feature for r in importance[:2]} == {"transaction_amount", "merchant_risk_score"}
    assert sum(r.importance_score for r in importance) == pytest.approx(1.0)
    detector.sql("CREATE OR REPLACE TEMP VIEW transaction_features AS SELECT * FROM fraud LIMIT 1")
    shap = detector.sql(
        "SELECT feature, shap_value, contribution_to_prediction FROM ml_explain_prediction( "
        "model='fraud_detector', input_data=transaction_features) ORDER BY ABS(shap_value) DESC;"
    ).collect()
    assert len(shap) == 3
    assert sum(abs(r.contribution_to_prediction) for r in shap) == pytest.approx(1.0)
    whole = one(
        detector,
        "SELECT baseline, explained_value, ml_predict('fraud_detector', transaction_amount, "
        "merchant_risk_score, customer_age) p FROM model_explain_predict(fraud_detector, latest, "
        "TABLE(transaction_features))",
    )
    assert whole.baseline + sum(r.shap_value for r in shap) == pytest.approx(whole.explained_value)
    assert whole.explained_value == pytest.approx(np.log(whole.p / (1 - whole.p)), abs=1e-5)


def test_10_scoring_pipeline(helios: SparkSession) -> None:
    """Changed: Spark has no materialized views; a table is made, and made again. `...` is typed."""
    helios.sql(
        "SELECT ml_train('fraud_risk', 'SELECT avg_transaction_amount, account_age_days, "
        "failed_login_attempts, gone FROM customers', 'linear')"
    )
    call = (
        "ml_predict('fraud_risk', c.avg_transaction_amount, c.account_age_days, "
        "c.failed_login_attempts)"
    )
    helios.sql(
        f"CREATE TABLE customer_risk_scores AS SELECT c.customer_id, c.customer_name, {call} as "
        f"fraud_risk_score, CASE WHEN {call} > 0.8 THEN 'HIGH' WHEN {call} > 0.5 THEN 'MEDIUM' "
        "ELSE 'LOW' END as risk_level FROM customers c;"
    )
    wrong = helios.sql(
        "SELECT * FROM customer_risk_scores WHERE (risk_level = 'HIGH') <> (fraud_risk_score > 0.8)"
    )
    assert wrong.count() == 0
    helios.sql(
        f"INSERT OVERWRITE customer_risk_scores SELECT c.customer_id, c.customer_name, {call}"
        ", 'LOW' FROM customers c"
    )


def test_10_anomaly_pipeline(helios: SparkSession) -> None:
    """Changed: the threshold, as the isolation forest's score of these rows is lower."""
    helios.sql(
        "SELECT * FROM ml_train('anomaly_model', SELECT temperature, humidity, pressure FROM "
        "sensor_data)"
    )
    helios.sql(
        "CREATE TABLE sensor_anomalies (id BIGINT, timestamp TIMESTAMP, anomaly_score DOUBLE, "
        "detected_at TIMESTAMP)"
    )
    helios.sql(
        "INSERT INTO sensor_anomalies SELECT id, timestamp, ml_predict('anomaly_model', "
        "temperature, humidity, pressure) as anomaly_score, CURRENT_TIMESTAMP as detected_at FROM "
        "sensor_readings WHERE ml_predict('anomaly_model', temperature, humidity, pressure) > 0.6;"
    )
    assert [r.id for r in helios.table("sensor_anomalies").collect()] == [7]


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("SELECT ml_train('m', 'SELECT 1 x'), 2", "cannot be part of a query"),
        ("SELECT 1 FROM dataset WHERE ml_train('m', 'SELECT 1 x') = 'a'", "cannot be part"),
        ("CREATE TABLE t AS SELECT ml_train('m', 'SELECT 1 x')", "cannot be part of a query"),
        ("SELECT * FROM ml_train('m', SELECT 1 x) JOIN dataset", "cannot be part of a query"),
        ("SELECT ml_train('m')", "there is no training_query"),
        ("SELECT ml_train('m', 'SELECT 1 x', 'nonsense')", "no MODEL_TYPE 'nonsense'"),
        ("SELECT ml_train('m', 'SELECT 1 x', kind => 'kmeans')", "kind is none of model_name"),
        ("SELECT ml_train('m', 'DROP TABLE dataset', 'kmeans')", "stands where a query belongs"),
        ("SELECT ml_train('m', DROP TABLE dataset, 'kmeans')", "was expected"),
        ("SELECT ml_train('m', (SELECT 1 x), 'kmeans', 3)", "the parameters are 3"),
        ("SELECT ml_train('m', 'SELECT 1 x', 'time_series')", "a column that is a date"),
        ("SELECT ml_automl(problem_type='x', training_data='SELECT 1 x')", "problem_type = 'x'"),
        (
            "SELECT ml_automl(problem_type='regression', training_data='SELECT 1 x')",
            "needs target_variable",
        ),
        ("SELECT ml_register_model(model_name='no', model_version='1.0')", "no model 'helios.no'"),
        ("SELECT ml_register_model(model_name='no')", "there is no model_version"),
    ],
)
def test_refuses(helios: SparkSession, statement: str, says: str) -> None:
    with pytest.raises((AnalysisException, ParseException), match=says):
        helios.sql(statement)
    assert helios.catalog.tableExists("dataset")


def test_explain_does_not_train(helios: SparkSession) -> None:
    before = helios.sql("SELECT * FROM model_versions()").count()
    helios.sql("EXPLAIN SELECT ml_train('never', 'SELECT * FROM dataset', 'kmeans')").collect()
    assert helios.sql("SELECT * FROM model_versions()").count() == before
