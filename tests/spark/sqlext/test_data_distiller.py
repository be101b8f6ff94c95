"""Examples of Data Distiller's documentation, typed as they stand, over rows made up for them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import SparkSession
from sklearn import metrics

from sparkfl.serving.catalog import registry

pytestmark = pytest.mark.usefixtures("own_registry")


@pytest.fixture(scope="module")
def shop(spark: SparkSession, own_registry: str) -> Iterator[SparkSession]:
    spark.sql(
        "SELECT named_struct('one_minute', CAST(id % 90 AS INT), 'five_minute', CAST(id % 7 AS INT)"
        ", 'thirty_minute', CAST(IF(id % 11 = 0, NULL, id % 5) AS INT)) AS count_per_id, "
        "CAST(id % 90 > 50 AS INT) AS isBot, named_struct('webpagedetails', "
        "named_struct('name', concat('page', id % 4))) AS web, concat('u', id % 30) AS id "
        "FROM range(300)"
    ).createOrReplaceTempView("analytics_events_clicks_count_criteria")
    spark.sql(
        "SELECT id, concat('some words ', id % 5, ' of page ', id % 3) AS sentence, "
        "IF(id % 3 = 0, NULL, id % 2 = 0) AS flag, id * 1.0D AS hour, id % 4 > 1 AS up "
        "FROM range(40)"
    ).createOrReplaceTempView("td_idf_data")
    yield spark
    for view in ("analytics_events_clicks_count_criteria", "td_idf_data"):
        spark.catalog.dropTempView(view)
    for table in ("with_properties", "td_idf_model", "imputed", "td_idf_large"):
        spark.sql(f"DROP TABLE IF EXISTS {table}")


def test_bots_are_filtered(shop: SparkSession) -> None:
    """Precision and recall are those of bots, as the documentation has them."""
    shop.sql(
        """CREATE MODEL bot_filtering_model
        TRANSFORM (
          numeric_imputer(count_per_id.one_minute, 'mean') imputed_one_minute,
          numeric_imputer(count_per_id.five_minute, 'mode') imputed_five_minute,
          numeric_imputer(count_per_id.thirty_minute) imputed_thirty_minute,
          string_imputer(id, 'unknown') imputed_id,
          string_indexer(imputed_id) si_id,
          quantile_discretizer(imputed_five_minute) buckets_five,
          string_indexer(web.webpagedetails.NAME) si_name,
          quantile_discretizer(imputed_thirty_minute) buckets_thirty,
          vector_assembler(array(si_id, imputed_one_minute, buckets_five, si_name,
            buckets_thirty)) features,
          min_max_scaler(features) scaled_features
        )
        OPTIONS (model_type='decision_tree_classifier', max_depth=1, label='isBot')
        AS
        SELECT count_per_id, isBot, web, id FROM analytics_events_clicks_count_criteria;"""
    )
    query = "SELECT count_per_id, isBot, web, id FROM analytics_events_clicks_count_criteria"
    judged = shop.sql(
        f"SELECT * FROM model_evaluate(bot_filtering_model, 1, {query} WHERE rand(1) < 0.7)"
    ).first()
    assert judged is not None
    told = shop.sql(f"SELECT * FROM model_predict(bot_filtering_model, 1, {query})").toPandas()
    whole = shop.sql(f"SELECT * FROM model_evaluate(bot_filtering_model, 1, {query})").first()
    assert whole is not None
    assert whole.precision == pytest.approx(metrics.precision_score(told.isBot, told.prediction))
    assert whole.recall == pytest.approx(metrics.recall_score(told.isBot, told.prediction))


@pytest.mark.parametrize(
    ("spelt", "type_"),
    [
        ("LinearRegression", "linear_reg"),
        ("LogisticRegression", "logistic_reg"),
        ("K-Means", "kmeans"),
        ("KMeans", "kmeans"),
    ],
)
def test_types_as_the_documents_call_them(shop: SparkSession, spelt: str, type_: str) -> None:
    label = "" if type_ == "kmeans" else ", LABEL = 'up'"
    shop.sql(
        f"CREATE OR REPLACE MODEL spelt OPTIONS (TYPE = '{spelt}'{label}, "
        f"MAX_ITER = 2,) AS SELECT hour, {'up' if not label else 'CAST(up AS INT) AS up'} "
        "FROM td_idf_data"
    )
    assert registry(shop).get("spelt").model_type == type_


def test_a_type_that_is_none_is_corrected(shop: SparkSession) -> None:
    with pytest.raises(AnalysisException, match="did you mean 'random_forest_"):
        shop.sql("CREATE MODEL wrong OPTIONS (TYPE = 'random_forest') AS TABLE td_idf_data")


def test_the_documented_start_of_k_means(shop: SparkSession) -> None:
    for start in ("k-means", "KMEANS++", "k-means||"):
        shop.sql(
            f"CREATE OR REPLACE MODEL started OPTIONS (TYPE = 'kmeans', KMEANS_INIT_METHOD = "
            f"'{start}'"
            ") AS SELECT hour FROM td_idf_data"
        )


def test_no_leaf_column_by_its_documented_default(shop: SparkSession) -> None:
    shop.sql(
        "CREATE MODEL leafless OPTIONS (TYPE = 'decision_tree_classifier', LABEL = up, LEAF_COL "
        "= '') "
        "AS SELECT hour, up FROM td_idf_data"
    )
    with pytest.raises(AnalysisException, match="PREDICTION_COL must be"):
        shop.sql(
            "CREATE MODEL wrong OPTIONS (TYPE = 'decision_tree_classifier', LABEL = up, "
            "PREDICTION_COL = '') AS SELECT hour, up FROM td_idf_data"
        )


def test_tables_with_properties_and_empty_options(shop: SparkSession) -> None:
    shop.sql(
        "CREATE TABLE with_properties WITH (schema='target', rowvalidation='false', "
        "label='PROFILE') "
        "AS (SELECT * FROM td_idf_data)"
    )
    assert shop.table("with_properties").count() == 40
    shown = shop.sql("SHOW TBLPROPERTIES with_properties").collect()
    assert ("label", "PROFILE") in [tuple(row) for row in shown]
    shop.sql(
        "create table td_idf_model transform(tokenizer(sentence) as token_sentence, "
        "tf_idf(token_sentence) as tf_sentence, vector_assembler(array(tf_sentence)) as feature) "
        "OPTIONS() AS SELECT sentence FROM td_idf_data LIMIT 2"
    )
    sizes = shop.sql("SELECT DISTINCT size(tf_sentence), size(feature) FROM td_idf_model").collect()
    assert sizes == [(262144, 262144)]
    shop.sql(
        "CREATE TEMP TABLE td_idf_temp WITH (rowvalidation='false') TRANSFORM "
        "(tokenizer(sentence) t) "
        "OPTIONS() AS SELECT * FROM td_idf_data"
    )
    assert shop.table("td_idf_temp").count() == 40
    shop.catalog.dropTempView("td_idf_temp")
    for clause in ("OPTIONS (A = 1)", "OPTIONS"):
        with pytest.raises(ParseException, match="leave OPTIONS out"):
            shop.sql(f"CREATE TABLE wrong TRANSFORM (tokenizer(sentence) t) {clause} AS SELECT 1")


def test_arrays_that_spark_could_not_read_are_not_written(shop: SparkSession) -> None:
    statement = (
        "CREATE {} td_idf_large TRANSFORM (tokenizer(sentence) t, tf_idf(t) f) AS "
        "SELECT d.sentence FROM td_idf_data d, range(100)"
    )
    for kind in ("TABLE", "TEMP TABLE"):
        with pytest.raises(
            AnalysisException, match=r"262144 elements a row.*tf_idf\(tokens, 1000\)"
        ):
            shop.sql(statement.format(kind))
    assert not shop.catalog.tableExists("td_idf_large")


def test_an_imputed_boolean_is_one(shop: SparkSession) -> None:
    shop.sql(
        "CREATE TABLE imputed TRANSFORM (boolean_imputer(flag, true) flag_imputed) AS "
        "SELECT flag, hour FROM td_idf_data"
    )
    found = shop.table("imputed")
    assert dict(found.dtypes)["flag_imputed"] == "boolean"
    assert found.where("flag_imputed <> coalesce(flag, true)").count() == 0


def test_an_element_of_the_probability_is_read_in_sql(shop: SparkSession) -> None:
    shop.sql(
        "CREATE MODEL likely OPTIONS (TYPE = 'logistic_reg', LABEL = up) AS "
        "SELECT hour, up FROM td_idf_data"
    )
    call = "model_predict(likely, 1, OPTIONS(SHOW_HIDDEN_FIELDS = TRUE), TABLE(td_idf_data))"
    found = shop.sql(f"SELECT probability[1] p, rawPrediction[1] r FROM {call}").toPandas()
    np.testing.assert_allclose(found.p, 1 / (1 + np.exp(-found.r)))


def test_weights_that_diverge_are_no_model(shop: SparkSession) -> None:
    with pytest.raises(AnalysisException, match=r"has diverged.*a smaller STEP_SIZE or"):
        shop.sql(
            "CREATE MODEL diverged OPTIONS (TYPE = 'factorization_machines_regression', LABEL = y, "
            "SOLVER = 'gd', STEP_SIZE = 100.0) AS SELECT hour * 1e6D AS x, hour AS y FROM "
            "td_idf_data"
        )
    assert not registry(shop).exists("diverged")


def test_class_weights_as_structs_and_series_by_their_id(shop: SparkSession) -> None:
    shop.sql(
        "CREATE MODEL weighed OPTIONS (TYPE = 'logistic_reg', LABEL = w, CLASS_WEIGHTS = "
        "[STRUCT('no', 1), STRUCT('yes', 2.5)]) AS SELECT hour, IF(up, 'yes', 'no') AS w "
        "FROM td_idf_data"
    )
    (text,) = shop.sql("SHOW CREATE MODEL weighed").first()
    assert '{"no": 1, "yes": 2.5}' in text
    shop.sql(
        "CREATE MODEL of_each OPTIONS (model_type = 'ARIMA_PLUS', time_series_timestamp_col = "
        "'id', "
        "time_series_data_col = 'hour', time_series_id_col = 'up') AS SELECT * FROM td_idf_data"
    )
    forecast = shop.sql("SELECT up, count(*) FROM model_forecast(of_each, 1, 3) GROUP BY up")
    assert sorted(forecast.collect()) == [(False, 3), (True, 3)]
    with pytest.raises(AnalysisException, match="both name the column of the series"):
        shop.sql(
            "CREATE MODEL wrong PARTITION BY up OPTIONS (TYPE = 'arima', TIME_COL = id, LABEL = "
            "hour, "
            "TIME_SERIES_ID_COL = up) AS TABLE td_idf_data"
        )
