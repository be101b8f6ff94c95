"""Stock Spark is unharmed by the extension, with Delta in the session too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from pyspark.sql import SparkSession

CORPUS = [
    "SELECT 1",
    "SELECT /*+ BROADCAST(t) */ a, 'x;y' -- c\n FROM t JOIN u USING (k) WHERE a > 1;",
    "WITH model AS (SELECT 1 AS version) SELECT model.version FROM model",
    "SELECT model, options, transform, version, models FROM model AS federated",
    "SELECT TRANSFORM(a, b) USING 'cat' AS (c, d) FROM t",
    "SELECT transform(xs, x -> x + 1), v:a.b::int, CASE WHEN a THEN b END FROM t",
    "UPDATE model SET a = 1 WHERE b = 2",
    "UPDATE model AS m SET a = 1",
    "DESCRIBE model",
    "DESCRIBE model.x",
    "DESCRIBE TABLE EXTENDED model",
    "DROP TABLE IF EXISTS model",
    "CREATE TABLE model (x INT) USING parquet PARTITIONED BY (x)",
    "CREATE OR REPLACE TEMPORARY VIEW model AS SELECT 1",
    "CREATE TEMPORARY TABLE t USING parquet OPTIONS (path 'x')",
    "CREATE FUNCTION model_predict(a INT, b INT, c INT) RETURNS INT RETURN a + b + c",
    "SELECT model_predict(a, b, c) FROM t",
    "MERGE INTO t USING u ON t.k = u.k WHEN MATCHED THEN UPDATE SET *",
    "INSERT INTO t SELECT * FROM u",
    "DELETE FROM model WHERE x = 1",
    "FROM t |> WHERE a > 1 |> AGGREGATE count(*) GROUP BY b",
    "EXPLAIN EXTENDED SELECT 1",
    "SET spark.x=$home",
    "SET VAR x = 1",
    "ADD FILE lib/$x",
    "SHOW FUNCTIONS LIKE 'a*'",
    "BEGIN DECLARE x INT DEFAULT 1; IF x = 1 THEN SELECT 1; END IF; END",
    "SELECT * FROM range(3) PIVOT (count(id) FOR id IN (1, 2))",
    "SELECT * FROM t TABLESAMPLE (10 PERCENT) LATERAL VIEW explode(xs) e AS x",
    "SELECT '\\'', \"CREATE MODEL m\", r'\\d', X'1F', 1e3, 1BD, `CREATE MODEL`",
    "SELECT :named, :other + 1",
    "SELECT ?, ?",
]


@pytest.mark.parametrize("sql", CORPUS)
def test_same_plan_with_and_without_the_extension(spark: SparkSession, sql: str) -> None:
    stock = spark._jvm.org.apache.spark.sql.execution.SparkSqlParser()
    extended = spark._jvm.org.apache.spark.sql.sparkfl.SparkflParser(stock)
    assert _numbered(extended.parsePlan(sql)) == _numbered(stock.parsePlan(sql))


def _numbered(plan: Any) -> str:
    """Give equal names to the ids that Spark counts up."""
    ids: dict[str, str] = {}
    unique = r"#\d+L?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    return re.sub(unique, lambda m: ids.setdefault(m[0], f"#{len(ids)}"), plan.treeString())


@pytest.mark.parametrize("sql", ["SELECT (1", "CREATE TABLE", "SELEC 1", "UPDATE MODEL m FROM x"])
def test_same_syntax_error(spark: SparkSession, sql: str) -> None:
    stock = spark._jvm.org.apache.spark.sql.execution.SparkSqlParser()
    errors = []
    for parser in (stock, spark._jvm.org.apache.spark.sql.sparkfl.SparkflParser(stock)):
        with pytest.raises(Exception, match="SQL") as caught:
            parser.parsePlan(sql)
        errors.append(str(caught.value))
    assert errors[0] == errors[1]


@pytest.fixture
def scores(spark: SparkSession) -> Iterator[str]:
    spark.sql("CREATE TABLE stock_scores USING parquet AS SELECT id AS a FROM range(10)")
    yield "stock_scores"
    spark.sql("DROP TABLE stock_scores")


def test_parameters(spark: SparkSession, scores: str) -> None:
    count = f"SELECT count(*) FROM {scores} WHERE a < "
    assert spark.sql(count + ":k", args={"k": 3}).first() == (3,)
    assert spark.sql(count + "?", args=[4]).first() == (4,)
    named = "SELECT count(*) FROM IDENTIFIER(:t) WHERE a < :k"
    assert spark.sql(named, args={"t": scores, "k": 5}).first() == (5,)
    assert spark.sql("SELECT count(*) FROM {t}", t=spark.table(scores)).first() == (10,)


def test_scripts(spark: SparkSession, scores: str) -> None:
    script = f"""
    BEGIN
      DECLARE total INT DEFAULT 0;
      SET total = (SELECT count(*) FROM {scores});
      IF total > 1 THEN SELECT total AS model; ELSE SELECT 0; END IF;
    END"""
    assert spark.sql(script).first() == (10,)


# As with Spark's own table functions, range for one, the bare name means the table function.
def test_a_user_s_function_and_columns_of_our_names(spark: SparkSession, scores: str) -> None:
    spark.sql(
        "CREATE OR REPLACE TEMPORARY FUNCTION model_predict(a INT, b INT, c INT)"
        " RETURNS INT RETURN a + b + c"
    )
    spark.sql(
        "CREATE FUNCTION model_evaluate(a BIGINT, b INT, c INT) RETURNS BIGINT RETURN a * b + c"
    )
    assert spark.sql("SELECT system.session.model_predict(1, 2, 3)").first() == (6,)
    query = f"SELECT sum(default.model_evaluate(a, 2, 1)) AS model_evaluate FROM {scores}"
    assert spark.sql(query).first() == (100,)
    spark.sql("DROP TEMPORARY FUNCTION model_predict")
    spark.sql("DROP FUNCTION model_evaluate")


def test_persistent_views(spark: SparkSession, scores: str) -> None:
    spark.sql(f"CREATE VIEW stock_view AS SELECT a AS model FROM {scores} WHERE a > 7")
    assert spark.sql("SELECT sum(model) FROM stock_view").first() == (17,)
    spark.sql("DROP VIEW stock_view")
