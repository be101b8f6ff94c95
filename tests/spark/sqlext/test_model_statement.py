"""Which statements are sparkfl's: sqlext/scala/ModelStatement.scala and sqlext/heads.py."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from sparkfl.sqlext.heads import statement_name
from sparkfl.sqlext.lexer import lex

MODEL_STATEMENTS = {
    "CREATE MODEL m AS SELECT 1": "CreateModel",
    "create or replace model if not exists a.b options(x='1') as select 1;": "CreateModel",
    "-- first\n/* CREATE TABLE */ CREATE /* x */ MODEL\n`a b` AS SELECT 1": "CreateModel",
    "CREATE FEDERATED MODEL m PARTITION BY s AS SELECT 1": "CreateFederatedModel",
    "CREATE OR REPLACE FEDERATED MODEL m PARTITION BY s AS SELECT 1": "CreateFederatedModel",
    "UPDATE MODEL m AS SELECT 1": "UpdateModel",
    "UPDATE MODEL m TRANSFORM(f(a) b) AS SELECT 1": "UpdateModel",
    "UPDATE MODEL a.m OPTIONS(k=1) AS SELECT 1": "UpdateModel",
    "UPDATE MODEL m VERSION 2 AS SELECT 1": "UpdateModel",
    "UPDATE MODEL m": "UpdateModel",
    "SHOW MODELS;": "ShowModels",
    "SHOW MODEL VERSIONS m": "ShowModelVersions",
    "DESCRIBE MODEL m": "DescribeModel",
    "desc model m 2": "DescribeModel",
    "DESCRIBE MODEL `partition`": "DescribeModel",
    "DESCRIBE MODEL partition": "DescribeModel",
    "DROP MODEL IF EXISTS m 1": "DropModel",
    "CREATE TEMP TABLE t AS SELECT 1": "CreateTempTable",
    "CREATE OR REPLACE TEMPORARY TABLE t TRANSFORM(f(a) b) AS SELECT 1": "CreateTempTable",
    "CREATE TEMP TABLE IF NOT EXISTS a.t AS SELECT 1": "CreateTempTable",
}

SPARK_STATEMENTS = [
    "",
    ";",
    "CREATE TABLE model AS SELECT 1",
    "CREATE TABLE model (x INT)",
    "CREATE OR REPLACE VIEW model AS SELECT 1",
    "CREATE `MODEL` m AS SELECT 1",
    "'CREATE MODEL m'",
    "/* CREATE MODEL m */ SELECT 1",
    "UPDATE model SET a = 1",
    "UPDATE model m SET a = 1",
    "UPDATE model options SET a = 1",
    "UPDATE model AS m SET a = 1",
    "UPDATE `model` SET a = 1",
    "UPDATE model.x SET a = 1",
    "UPDATE model.x AS y SET a = 1",
    "SHOW TABLES",
    "SHOW TBLPROPERTIES models",
    "DESCRIBE model",
    "DESCRIBE model;",
    "DESC model.x",
    "DESCRIBE model PARTITION (d = 1)",
    "DESCRIBE model AS JSON",
    "DESCRIBE TABLE model x",
    "DROP TABLE model",
    "CREATE TEMPORARY TABLE t USING parquet OPTIONS (path 'x')",
    "CREATE TEMPORARY TABLE t (a INT) USING parquet",
    "CREATE TEMP VIEW t AS SELECT 1",
    "SELECT create, model FROM t",
    "WITH model AS (SELECT 1) SELECT * FROM model",
]


def _name(spark: SparkSession, sql: str) -> str | None:
    extension = spark._jvm.org.apache.spark.sql.sparkfl
    name = extension.ModelStatement.nameOf(extension.SqlToken.lex(sql))
    return name.get() if name.isDefined() else None


@pytest.mark.parametrize(("sql", "name"), MODEL_STATEMENTS.items())
def test_model_statements_are_taken(spark: SparkSession, sql: str, name: str) -> None:
    assert _name(spark, sql) == statement_name(lex(sql)) == name


@pytest.mark.parametrize("sql", SPARK_STATEMENTS)
def test_other_statements_are_left_to_spark(spark: SparkSession, sql: str) -> None:
    assert _name(spark, sql) is statement_name(lex(sql)) is None


def test_tokens_count_code_points_and_keep_the_users_text(spark: SparkSession) -> None:
    tokens = spark._jvm.org.apache.spark.sql.sparkfl.SqlToken.lex("select '😀ß' -- x\n , `é`")
    assert [tokens.apply(i).encoded() for i in range(tokens.length())] == [
        "SELECT 0 6 1 0",
        "STRING_LITERAL 7 11 1 7",
        "COMMA 18 19 2 1",
        "BACKQUOTED_IDENTIFIER 20 23 2 3",
    ]
    assert tokens.apply(1).text() == "'😀ß'"
