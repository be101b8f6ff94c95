"""`sparkfl.sql` where the session has no extension: the same rows and errors as with it.

``make doors-test`` compares hundreds of statements so, in a session of Spark's own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pyspark.errors import AnalysisException, ParseException, PySparkException
from pyspark.sql import DataFrame, SparkSession

import sparkfl
from sparkfl.errors import ArgumentError
from sparkfl.sqlext import client, query
from sparkfl.sqlext.calls import expressions
from sparkfl.sqlext.calls.tables import tables
from sparkfl.sqlext.parameters import with_values

pytestmark = pytest.mark.usefixtures("own_registry", "customers")

ROWS = (
    "SELECT id, double(id % 7) AS a, double(id % 5) AS b, IF(id % 2 = 0, 'x', 'y') AS k "
    "FROM range(40)"
)


@pytest.fixture(scope="module")
def customers(spark: SparkSession, own_registry: None) -> Iterator[None]:
    spark.sql(f"CREATE OR REPLACE TEMP VIEW customers_of_client AS {ROWS}")
    spark.sql(
        "CREATE MODEL seg OPTIONS (MODEL_TYPE = 'kmeans', K = 2) AS "
        "SELECT a, b FROM customers_of_client"
    )
    yield
    spark.catalog.dropTempView("customers_of_client")


@pytest.fixture
def stock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the client think that the session knows nothing of sparkfl."""
    monkeypatch.setattr(client, "has_extension", lambda _: False)
    monkeypatch.setattr(query.jvm, "query", lambda *_: None)
    monkeypatch.setattr(query.jvm, "tables", lambda *_: None)


QUERIES = [
    "SELECT * FROM model_predict(seg, 1, SELECT id, a, b FROM customers_of_client) ORDER BY id",
    "SELECT prediction, count(*) AS n FROM model_predict(seg, customers_of_client) p GROUP BY 1",
    "SELECT * FROM model_centroids('seg', 1)",
    "SELECT * FROM model_clusters(seg@latest)",
    "SELECT k, p.prediction FROM customers_of_client c JOIN model_predict(seg, 1, "
    "SELECT * FROM customers_of_client) p USING (id, a, b, k) WHERE id < 9 ORDER BY id",
    "WITH few AS (SELECT * FROM customers_of_client WHERE id < 5), told AS (SELECT * FROM "
    "model_predict(seg, 1, few)) SELECT count(*) AS n, max(id) AS last FROM told",
    "SELECT * FROM (WITH few AS (SELECT 1D AS a, 2D AS b) SELECT * FROM model_predict(seg, few))",
    "SELECT * FROM model_predict(seg, 1, WITH x AS (SELECT 1D AS a), y AS (SELECT a, a AS b "
    "FROM x) SELECT * FROM y)",
    "SELECT * FROM model_evaluate(seg, 1, SELECT * EXCEPT (prediction) FROM model_predict(seg, 1, "
    "customers_of_client))",
    "SELECT count(*) FROM model_predict(seg, 1, (SELECT a, b FROM customers_of_client) UNION ALL "
    "(VALUES (1D, 2D)))",
    "SELECT '{a}' AS brace, prediction FROM model_predict(seg, 1, SELECT 1D a, 2D b, '}{' c)",
    "FROM model_predict(seg, 1, FROM customers_of_client |> WHERE id < 3) |> AGGREGATE max(id)",
    "SELECT * FROM ML.PREDICT(MODEL seg, (SELECT 1D AS a, 2D AS b))",
    "SELECT * FROM model_detect_anomalies(model => 'seg', contamination => 0.1, query => "
    "TABLE(customers_of_client)) ORDER BY id",
    "SELECT c.n, z.m FROM model_clusters(seg) c, LATERAL (SELECT c.n + 1 AS m) z ORDER BY ALL",
    "SELECT model_name, version FROM models() WHERE model_name = 'seg'",
    "SELECT * FROM model_predict(seg, 1 + 0, SELECT 1D AS a, 2D AS b)",
    "SELECT id IS DISTINCT FROM 1 AS x FROM range(2)",
    "DESCRIBE MODEL seg",
    "SHOW MODELS LIKE 'se*'",
    "SHOW MODEL VERSIONS seg",
    "EXPLAIN CREATE MODEL m OPTIONS (MODEL_TYPE = 'kmeans') AS SELECT 1 AS a",
]

QUOTES = "spark.sql.ansi.doubleQuotedIdentifiers"
WRONG = [
    "SELECT * FROM model_predict(nothing, 1, SELECT 1 AS a)",
    "SELECT * FROM model_predict(seg, 9, SELECT 1 AS a, 2 AS b)",
    "SELECT * FROM model_predict(seg, 1, SELECT 1 AS z)",
    "SELECT * FROM model_predict(seg, NULL, SELECT 1 AS a)",
    "SELECT * FROM model_predict(seg, 1, DROP TABLE t)",
    "SELECT * FROM model_predit(seg, 1, SELECT 1 AS a)",
    "SELECT 1,\n  2 FROM model_predict(my-model, 1, SELECT 1 AS a)",
    "SELECT * FROM model_forecast(seg)",
    "SELECT 1 + ml_train(model_name => 'm')",
    "CREATE MODEL m OPTIONS (MODEL_TYPE = 'kmean') AS SELECT 1 AS a",
    "CREATE MODEL m OPTIONS (MODEL_TYPE = 'kmeans', K = 0) AS SELECT 1 AS a",
    "CREATE MODEL m OPTIONS (MODEL_TYPE 'kmeans') AS SELECT 1 AS a",
    "CREATE MODEL m OPTIONS (MODEL_TYPE = 'kmeans') AS DROP TABLE t",
    "CREATE MODEL m OPTIONS (MODEL_TYPE = 'kmeans') AS SELECT 1 AS a FROM range(1) extra words",
    "DESCRIBE MODEL seg /* without end",
    "DESCRIBE MODEL nothing",
    "SHOW MODELS LIKE",
    "SELECT nonsense FROM range(1)",
    "SELECT * FROM model_predict(seg, 1, SELECT nonsense FROM range(1))",
]  # fmt: skip


@pytest.mark.usefixtures("stock")
@pytest.mark.parametrize("text", QUERIES)
def test_rows_are_the_same(spark: SparkSession, text: str) -> None:
    found, expected = sparkfl.sql(spark, text), spark.sql(text)
    assert found.schema == expected.schema or found.columns == expected.columns
    assert found.collect() == expected.collect()


@pytest.mark.usefixtures("stock")
@pytest.mark.parametrize("text", WRONG)
def test_errors_are_the_same(spark: SparkSession, text: str) -> None:
    told = []
    for door in (lambda: spark.sql(text), lambda: sparkfl.sql(spark, text)):
        with pytest.raises(PySparkException) as caught:
            door().collect()
        error = caught.value
        told.append((error.getCondition(), error.getSqlState(), _summary(error)))
        assert isinstance(error, AnalysisException)
    assert told[0] == told[1]


def _summary(error: PySparkException) -> str:
    """Return what is said before the place, if that is not in the query of a call."""
    return str(error).split("SQLSTATE")[0].strip()


DIALECTS = [
    ("the.model", "seg", "DESCRIBE MODEL ${the.model}"),
    ("the.model", "seg", "SELECT * FROM model_centroids(${hiveconf:the.model}) ORDER BY ALL"),
    ("the.model", "${the.other}", "SHOW MODELS LIKE '${the.model}${no.such.setting}*'"),
    ("the.model", "seg", "SELECT '${env:NO_SUCH}${x:y}' AS x, * FROM model_clusters(seg)"),
    ("spark.sql.variable.substitute", "false", "SHOW MODELS LIKE '${no.such.setting}'"),
    (QUOTES, "true", 'DESCRIBE MODEL "seg"'),
    (QUOTES, "true", 'SELECT "id", prediction FROM model_predict("seg", 1, SELECT id, a, b AS "b" '
     'FROM "customers_of_client") ORDER BY "id"'),
    (QUOTES, "true", 'SELECT * FROM ML.PREDICT(MODEL "seg", (SELECT 1D AS "a", 2D AS b))'),
    (QUOTES, "false", 'SELECT * FROM model_predict("seg", 1, SELECT 1D AS a, 2D AS b)'),
]  # fmt: skip


@pytest.mark.usefixtures("stock")
@pytest.mark.parametrize(("setting", "value", "text"), DIALECTS)
def test_texts_are_read_as_the_session_reads_them(
    spark: SparkSession, setting: str, value: str, text: str
) -> None:
    spark.conf.set(setting, value)
    try:
        found, expected = sparkfl.sql(spark, text), spark.sql(text)
        assert found.columns == expected.columns
        assert found.collect() == expected.collect()
    finally:
        spark.conf.unset(setting)


@pytest.mark.usefixtures("stock")
def test_syntax_errors_point_into_the_statement(spark: SparkSession) -> None:
    with pytest.raises(ParseException) as caught:
        sparkfl.sql(spark, "CREATE MODEL m\nOPTIONS (MODEL_TYPE 'kmeans') AS SELECT 1")
    assert "(line 2, pos 20)" in str(caught.value)
    assert "\n--------------------^^^" in str(caught.value)


@pytest.mark.usefixtures("stock")
def test_statements_change_what_they_name(spark: SparkSession) -> None:
    made = sparkfl.sql(
        spark,
        "CREATE MODEL other OPTIONS (MODEL_TYPE = 'linear_reg', LABEL = 'b') AS "
        "SELECT a, b FROM customers_of_client WHERE id < :most AND k IN (:one, :two)",
        {"most": 30, "one": "x", "two": "y's"},
    )
    assert made.first()[1:] == ("other", 1)
    source = sparkfl.sql(spark, "DESCRIBE MODEL other").where("info_name = 'source'").first()
    assert source.info_value.endswith("WHERE id < 30 AND k IN ('x', 'y\\'s')")
    assert sparkfl.sql(spark, "DROP MODEL other").collect() == []
    assert sparkfl.sql(spark, "SHOW MODELS LIKE 'other'").collect() == []


@pytest.mark.usefixtures("stock")
def test_tables_and_views_are_made_of_calls(spark: SparkSession) -> None:
    told = "SELECT id, prediction FROM model_predict(seg, 1, customers_of_client)"
    try:
        sparkfl.sql(
            spark, f"CREATE TABLE told_by_client USING parquet AS {told} WHERE id < :n", {"n": 9}
        )
        assert spark.table("told_by_client").count() == 9
        sparkfl.sql(spark, f"INSERT INTO told_by_client {told} WHERE id >= ?", [38])
        assert spark.table("told_by_client").count() == 11
        sparkfl.sql(spark, f"CREATE OR REPLACE TEMP VIEW told_view AS {told}")
        assert spark.table("told_view").count() == 40
        with pytest.raises(AnalysisException, match="CREATE TABLE … AS, or start Spark"):
            sparkfl.sql(spark, f"CREATE VIEW v AS {told}")
    finally:
        spark.sql("DROP TABLE IF EXISTS told_by_client")
        spark.catalog.dropTempView("told_view")
    views = [row.viewName for row in spark.sql("SHOW VIEWS").collect()]
    assert not [name for name in views if name.startswith(("sparkfl_", "_pyspark"))]


PREDICTED = [
    "ml_predict('seg', a, b)",
    "ml_predict_batch('seg', struct(*))",
    "ml_predict('seg$1', b => b, a => a + 1)",
    "ml_predict('seg', a)",
    "ml_predict('likely', a, k)",
    "ml_predict('forest', a => a)",
    "ml_predict('bayes', a, b)",
    "ml_predict('boosted', a, b)",
    "ml_predict('fed', k, a, b)",
    "ml_predict('near', a, b)",
    "ml_predict('net', a, b)",
    "ml_predict('odd', b => b, a => a)",
    "ml_predict('weeks', id)",
]
OF_TYPES = {
    "likely": "OPTIONS (TYPE = 'logistic_reg', LABEL = 'y') AS SELECT a, k, a > 3 AND b > 1 AS y",
    "forest": "OPTIONS (TYPE = 'random_forest_classifier', LABEL = 'k', NUM_TREES = 3) AS "
    "SELECT a, IF(b > 2, 'x', 'z') AS k",
    "bayes": "OPTIONS (TYPE = 'naive_bayes', LABEL = 'k') AS SELECT a, b, k",
    "near": "OPTIONS (TYPE = 'knn_regressor', LABEL = 'y') AS SELECT a, b, a * b AS y",
    "net": "OPTIONS (TYPE = 'mlp_classifier', LABEL = 'y', MAX_ITER = 5) AS "
    "SELECT a, b, a > 3 AS y",
    "odd": "OPTIONS (TYPE = 'isolation_forest', NUM_TREES = 5) AS SELECT a, b",
    "weeks": "OPTIONS (TYPE = 'ets', TIME_COL = id, LABEL = a) AS SELECT id, a",
    "boosted": "OPTIONS (TYPE = 'gradient_boosted_tree_classifier', LABEL = 'y', MAX_ITER = 3) AS "
    "SELECT a, b, a > 3 AND b > 1 AS y",
}


@pytest.fixture(scope="module")
def of_types(spark: SparkSession, customers: None) -> None:
    for name, clauses in OF_TYPES.items():
        clauses = (
            clauses.replace("a, b, k", "a, IF(b > 2, 'x', 'z') AS k")
            if "forest" in name
            else clauses
        )
        spark.sql(f"CREATE MODEL {name} {clauses} FROM customers_of_client")
    spark.sql(
        "CREATE FEDERATED MODEL fed PARTITION BY k OPTIONS (MODEL_TYPE = 'kmeans', K = 2, "
        "GLOBAL_NUM_CLUSTERS = 2) AS SELECT k, a, b FROM customers_of_client"
    )


@pytest.mark.usefixtures("stock", "of_types")
@pytest.mark.parametrize("call", PREDICTED)
def test_expressions_have_the_same_values(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    text = f"SELECT id, {call} AS value FROM customers_of_client WHERE {call} >= 0 ORDER BY id"
    expected = spark.sql(text).collect()
    # The session has the functions of the extension, which stay as they are.
    monkeypatch.setattr(expressions, "_there", lambda spark, name: False)
    found = sparkfl.sql(spark, text).collect()
    assert [row.id for row in found] == [row.id for row in expected]
    assert [row.value for row in found] == pytest.approx([row.value for row in expected], abs=1e-9)


REFUSED = [
    "ml_predict('seg')",
    "ml_predict(k, a, b)",
    "ml_predict(NULL, a)",
    "ml_predict(7, a)",
    "ml_predict('nothing', a, b)",
    "ml_predict('seg$9', a, b)",
    "ml_predict('seg', a, b, k)",
    "ml_predict('seg', z => 1)",
    "ml_predict('seg', 1, a => 2)",
    "ml_predict('seg', a => 1, 2)",
    "ml_predict('seg', 'x', 2)",
    "ml_predict('likely', array(a), k)",
    "ml_predict('seg', struct(id, k))",
    "ml_predict('seg', nonsense)",
]


@pytest.mark.usefixtures("stock", "of_types")
@pytest.mark.parametrize("call", REFUSED)
def test_wrong_expressions(spark: SparkSession, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    text = f"SELECT 1 + {call} FROM customers_of_client"
    with pytest.raises(AnalysisException) as expected:
        spark.sql(text)
    monkeypatch.setattr(expressions, "_there", lambda spark, name: False)
    with pytest.raises(AnalysisException) as caught:
        sparkfl.sql(spark, text)
    assert caught.value.getCondition() == expected.value.getCondition()
    assert _summary(caught.value) == _summary(expected.value)


@pytest.mark.usefixtures("stock")
def test_a_published_function_stands_in_an_expression(spark: SparkSession) -> None:
    sparkfl.sql(spark, "PUBLISH MODEL seg AS TEMPORARY FUNCTION seg_of")
    row = sparkfl.sql(
        spark,
        "SELECT seg_of(1D, 2D) = prediction FROM model_predict(seg, 1, SELECT 1D AS a, 2D AS b)",
    ).first()
    assert row[0]
    spark.sql("DROP TEMPORARY FUNCTION seg_of")


@pytest.mark.usefixtures("stock")
def test_nothing_runs_before_rows_are_asked_for(spark: SparkSession) -> None:
    def fails(x: float) -> float:
        raise RuntimeError("it ran")

    spark.udf.register("fails_for_client", fails, "double")
    df = sparkfl.sql(
        spark, "SELECT * FROM model_predict(seg, 1, SELECT fails_for_client(1D) a, 2D b)"
    )
    assert isinstance(df, DataFrame)
    assert df.columns == ["a", "b", "prediction"]
    with pytest.raises(PySparkException, match="it ran"):
        df.collect()


def test_tables_of_a_query(spark: SparkSession) -> None:
    spark.sql("CREATE TABLE read_by_client USING parquet AS SELECT 1 AS a")
    spark.sql("CREATE VIEW view_by_client AS SELECT * FROM read_by_client")
    try:
        text = "WITH c AS (SELECT * FROM view_by_client) SELECT * FROM c, customers_of_client"
        assert tables(spark, text) == ["spark_catalog.default.read_by_client"]
    finally:
        spark.sql("DROP VIEW view_by_client")
        spark.sql("DROP TABLE read_by_client")


@pytest.mark.parametrize(
    "value", ["it's \\ 'x'", -3, 2**40, 0.1, float("inf"), True, None, Decimal("1.50"), [1, 2]]
)
def test_parameters_are_the_values(spark: SparkSession, value: Any) -> None:
    mine, theirs = (
        with_values("SELECT :v AS v", {"v": value}),
        spark.sql("SELECT :v AS v", {"v": value}),
    )
    assert spark.sql(mine).collect() == theirs.collect()
    assert spark.sql(mine).schema["v"].dataType == theirs.schema["v"].dataType


def test_parameters_that_are_none() -> None:
    assert with_values("SELECT v:a, ':b', DATE ? -- ?", [date(2024, 1, 2)]).count("2024-01-02") == 1
    with pytest.raises(ArgumentError, match="Parameter low at line 1, position 7 has no value"):
        with_values("SELECT :low", {"high": 1})
    with pytest.raises(ArgumentError, match=r"args\['v'\] is a set"):
        with_values("SELECT :v", {"v": {1}})
