"""Statements in Spark's words: sqlext/scala/FunctionCalls, SessionVariables, RewrittenSql."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import SparkSession

from sparkfl.sqlext.calls.reading import calls
from sparkfl.sqlext.calls.spelling import respelled
from sparkfl.sqlext.lexer import lex

REWRITTEN = {
    "SELECT * FROM model_predict(m, 1, SELECT a, b FROM t)":
    "SELECT * FROM model_predict('m', 1, TABLE(SELECT a, b FROM t))",
    "SELECT * FROM Model_Evaluate(`a b`.m, latest, WITH x AS (SELECT 1) SELECT * FROM x)":
    "SELECT * FROM Model_Evaluate('a b.m', 'latest', TABLE(WITH x AS (SELECT 1) SELECT * FROM x))",
    "SELECT * FROM model_predict('m', NULL, (SELECT 1, 2))":
    "SELECT * FROM model_predict('m', NULL, TABLE((SELECT 1, 2)))",
    "SELECT * FROM model_predict(m, 'x', (SELECT 1) UNION (SELECT 2))":
    "SELECT * FROM model_predict('m', 'x', TABLE((SELECT 1) UNION (SELECT 2)))",
    "SELECT * FROM model_predict(m, 1, VALUES (1), (2))":
    "SELECT * FROM model_predict('m', 1, TABLE(VALUES (1), (2)))",
    "FROM model_predict(m, 1, FROM t |> WHERE a > 1) |> LIMIT 1":
    "FROM model_predict('m', 1, TABLE(FROM t |> WHERE a > 1)) |> LIMIT 1",
    "SELECT * FROM model_predict(m, 1, db.t) p JOIN model_predict(n, 2, TABLE(t)) q":
    "SELECT * FROM model_predict('m', 1, TABLE(db.t)) p JOIN model_predict('n', 2, TABLE(t)) q",
    "SELECT * FROM a, (model_predict(m, 1, t)) p, model_evaluate(m, 1, t)":
    "SELECT * FROM a, (model_predict('m', 1, TABLE(t))) p, model_evaluate('m', 1, TABLE(t))",
    "SELECT * FROM model_predict(m, 1,\n -- last\n SELECT * FROM model_predict(n, 1, t)\n)":
    "SELECT * FROM model_predict('m', 1,\n -- last\n TABLE(SELECT * FROM"
    " model_predict('n', 1, TABLE(t)))\n)",
    "SELECT * FROM model_predict(m, SELECT a, b FROM t)":
    "SELECT * FROM model_predict('m', TABLE(SELECT a, b FROM t))",
    "SELECT * FROM model_predict(m, t), model_centroids(m, v), model_centroids(m)":
    "SELECT * FROM model_predict('m', TABLE(t)), model_centroids('m', 'v'), model_centroids('m')",
    "SELECT * FROM model_predict(m, 1, OPTIONS(A = 1, b=`x y`, C = TRUE), t)":
    "SELECT * FROM model_predict('m', 1, named_struct('A' , 1, 'b','x y', 'C' , TRUE), TABLE(t))",
    "SELECT * FROM t, LATERAL model_centroids(m, OPTIONS(A = session.b, C = f(x = z)))":
    "SELECT * FROM t, LATERAL model_centroids('m', named_struct('A' , session.b, 'C' , f(x = z)))",
    "SELECT * FROM model_predict(session.a, SYSTEM.Session.v, (SELECT 1), t)":
    "SELECT * FROM model_predict(session.a, SYSTEM.Session.v, TABLE((SELECT 1)), TABLE(t))",
    "SELECT * FROM model_predict(m, 1, (SELECT a, b FROM t) ORDER BY a, b)":
    "SELECT * FROM model_predict('m', 1, TABLE((SELECT a, b FROM t) ORDER BY a, b))",
    "SELECT * FROM model_predict(m, 1, TABLE a.`b c`)":
    "SELECT * FROM model_predict('m', 1, TABLE (a.`b c`))",
    "SELECT $a + $b FROM t WHERE '$c' = `$d` -- $e":
    "SELECT system.session.a + system.session.b FROM t WHERE '$c' = `$d` -- $e",
    "SET VAR x = $y": "SET VAR x = system.session.y",
}  # fmt: skip

UNTOUCHED = [
    "SELECT model_predict(a, b, c) FROM t",
    "SELECT x, model_predict(a, 1, (SELECT 1)) FROM t",
    "SELECT a IS DISTINCT FROM model_predict(a, b, c) FROM t",
    "SELECT extract(YEAR FROM model_predict(a, b, c)), trim(BOTH 'x' FROM model_predict(a, b, c))",
    "SELECT * FROM t WHERE model_predict(a, b, c) GROUP BY x, model_predict(a, b, c)",
    "SELECT * FROM t LATERAL VIEW model_predict(a, b, c)",
    "SELECT * FROM db.model_predict(a, b, c)",
    "SELECT model_predict FROM model_predict",
    "SELECT * FROM model_predict WHERE model_predict = 'model_predict(a, 1, SELECT 1)'",
    "SET spark.x=$home",
    "ADD JAR lib/$x.jar",
    "SELECT a$b, ${c}, $1, '$x', $$x$$, $x$ $y $x$",
]


def _rewritten(spark: SparkSession, sql: str) -> str:
    extension = spark._jvm.org.apache.spark.sql.sparkfl
    return _edited(spark, sql, extension.FunctionCalls, extension.SessionVariables)


def _edited(spark: SparkSession, sql: str, *rules: Any) -> str:
    extension = spark._jvm.org.apache.spark.sql.sparkfl
    for rule in rules:
        edits = rule.edits(extension.SqlToken.lex(sql))
        sql = extension.RewrittenSql.substitute(sql, edits)
    return sql


@pytest.mark.parametrize(("sql", "expected"), REWRITTEN.items())
def test_rewritten(spark: SparkSession, sql: str, expected: str) -> None:
    assert _rewritten(spark, sql) == expected


@pytest.mark.parametrize("sql", [*UNTOUCHED, *REWRITTEN])
def test_the_client_finds_the_same_calls(spark: SparkSession, sql: str) -> None:
    extension = spark._jvm.org.apache.spark.sql.sparkfl
    table_calls = extension.FunctionCalls.edits(extension.SqlToken.lex(sql))
    assert bool(list(calls(lex(sql)))) == (table_calls.size() > 0)
    assert respelled(sql) == _edited(spark, sql, extension.SessionVariables)


def test_double_quoted_names(spark: SparkSession) -> None:
    sql = 'SELECT * FROM model_predict("a ""b"".c", 1, "t")'
    assert _rewritten(spark, sql) == sql
    spark.conf.set("spark.sql.ansi.doubleQuotedIdentifiers", "true")
    try:
        expected = 'SELECT * FROM model_predict(\'a "b".c\', 1, TABLE("t"))'
        assert _rewritten(spark, sql) == expected
    finally:
        spark.conf.unset("spark.sql.ansi.doubleQuotedIdentifiers")


@pytest.mark.parametrize("sql", [*UNTOUCHED, *REWRITTEN.values()])
def test_spark_s_own_words_stay(spark: SparkSession, sql: str) -> None:
    assert _rewritten(spark, sql) == sql


def test_parse_errors_point_into_the_original(spark: SparkSession) -> None:
    with pytest.raises(ParseException) as caught:
        spark.sql("SELECT *\nFROM model_predict(m, 1, SELECT a FROM t) WHERE WHERE = =")
    message = str(caught.value)
    assert "(line 2, pos 56)" in message
    assert "FROM model_predict(m, 1, SELECT a FROM t)" in message
    assert "TABLE(" not in message


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("model_predct(m, 1, SELECT 1)", "model_predct is no function of sparkfl. Did you mean "
         "model_predict?"),
        ("`model eval`('m', SELECT 1, 2)", "Did you mean model_evaluate?"),
        ("model_predit(m, 1, t)", "model_predit is no function of sparkfl. Did you mean "
         "model_predict?"),
        ("Model_Centroid('m')", "Did you mean model_centroids?"),
        ("model_predict(m, 1, DROP TABLE t)", "DROP TABLE t stands where a query belongs"),
        ("model_evaluate(m, INSERT INTO t SELECT 1)", "INSERT INTO t SELECT ... stands where a"),
        ("model_predict(m, OPTIONS(A = 1), SHOW TABLES)", "SHOW TABLES stands where a query"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_call_is_said(spark: SparkSession, call: str, told: str) -> None:
    with pytest.raises(ParseException) as caught:
        spark.sql(f"SELECT 1,\n  x FROM {call}")
    assert caught.value.getCondition() == "SPARKFL_SYNTAX_ERROR"
    assert told in str(caught.value)
    assert "(line 2, pos " in str(caught.value)


@pytest.mark.parametrize("name", ["my-model", "shop.my-model-2", "a-b-3c"])
def test_a_name_with_a_hyphen_needs_back_ticks(spark: SparkSession, name: str) -> None:
    with pytest.raises(ParseException, match=f"Write `{name}` or '{name}'") as caught:
        spark.sql(f"SELECT *\nFROM model_predict({name}, 1, SELECT 1 x)")
    assert caught.value.getCondition() == "SPARKFL_INVALID_IDENTIFIER"
    assert "(line 2, pos 19)" in str(caught.value)


def test_a_function_of_the_user_s_may_have_a_name_like_ours(spark: SparkSession) -> None:
    spark.sql(
        "CREATE TEMPORARY FUNCTION model_predic(n INT) RETURNS TABLE (m INT) RETURN SELECT n + 1"
    )
    assert spark.sql("SELECT * FROM model_predic(1)").first() == (2,)
    spark.sql("DROP TEMPORARY FUNCTION model_predic")


@pytest.mark.parametrize("call", ["f(1, SELECT)", "f(g(SELECT 1))", "f(1 2)", "model_predict(m,"])
def test_other_syntax_errors_are_spark_s(spark: SparkSession, call: str) -> None:
    with pytest.raises(ParseException) as caught:
        spark.sql(f"SELECT * FROM {call}) WHERE WHERE")
    assert caught.value.getCondition() in ("PARSE_SYNTAX_ERROR", "SPARKFL_SYNTAX_ERROR")


def test_analysis_errors_point_into_the_original(spark: SparkSession) -> None:
    with pytest.raises(AnalysisException) as caught:
        spark.sql("SELECT nothing FROM model_predict(m, 1, SELECT * FROM no_such_table)")
    assert caught.value.getCondition() == "TABLE_OR_VIEW_NOT_FOUND"
    (context,) = caught.value.getQueryContext()
    assert context.fragment() == "no_such_table"


def test_session_variables(spark: SparkSession) -> None:
    spark.sql("DECLARE OR REPLACE VARIABLE top INT DEFAULT 3")
    spark.sql("SET VAR top = $top + 1")
    assert spark.sql("SELECT count(*) FROM range(9) WHERE id < $top").first() == (4,)
    spark.conf.set("sparkfl.tests.top", "2")
    assert spark.sql("SELECT count(*) FROM range(9) WHERE id < ${sparkfl.tests.top}").first() == (
        2,
    )
    spark.sql("DROP TEMPORARY VARIABLE top")


def test_errors_in_a_statement_s_query_point_into_the_statement(spark: SparkSession) -> None:
    statement = "CREATE MODEL m OPTIONS (MODEL_TYPE = 'kmeans')\nAS SELECT a\nFROM t WHERE ("
    with pytest.raises(ParseException) as caught:
        spark.sql(statement)
    assert "(line 3, pos 14)" in str(caught.value)
    assert statement in str(caught.value).replace("--------------^^^\n", "")


def test_a_failing_job_is_one_line(spark: SparkSession, tracking_uri: str) -> None:
    def broken(x: int) -> float:
        raise RuntimeError(f"no logarithm of {x}")

    spark.conf.set("spark.sparkfl.trackingUri", tracking_uri)
    spark.udf.register("broken", broken, "double")
    with pytest.raises(AnalysisException) as caught:
        spark.sql(
            "CREATE MODEL m OPTIONS (MODEL_TYPE = 'kmeans') AS SELECT broken(id) AS a FROM range(9)"
        )
    spark.conf.unset("spark.sparkfl.trackingUri")
    assert caught.value.getCondition() == "SPARKFL_EXECUTION_FAILED"
    assert "RuntimeError: no logarithm of" in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_what_mllib_finds_in_the_rows_is_one_line(spark: SparkSession, tracking_uri: str) -> None:
    spark.conf.set("spark.sparkfl.trackingUri", tracking_uri)
    with pytest.raises(AnalysisException) as caught:
        spark.sql(
            "CREATE MODEL m OPTIONS (MODEL_TYPE = 'kmeans', DISTANCE_TYPE = 'cosine') "
            "AS SELECT id AS a, id AS b FROM range(9)"
        )
    spark.conf.unset("spark.sparkfl.trackingUri")
    assert "Cosine distance is not defined for zero-length vectors." in str(caught.value)
