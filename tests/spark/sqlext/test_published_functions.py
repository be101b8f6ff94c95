"""PUBLISH and UNPUBLISH: which functions there are, and which a model knows of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from sparkfl.execution.stock_function import StockFunction
from sparkfl.models.stock import trees
from sparkfl.serving import publishing


def functions(spark: SparkSession, model: str) -> str:
    rows = spark.sql(f"DESCRIBE MODEL EXTENDED {model}").collect()
    return {row.info_name: row.info_value for row in rows}["functions"]


@pytest.fixture(scope="module")
def versions(spark: SparkSession, own_registry: str) -> Iterator[SparkSession]:
    """Make two versions of a model."""
    spark.sql("CREATE SCHEMA IF NOT EXISTS stock")
    for slope in (1, 2):
        spark.sql(
            "CREATE OR REPLACE MODEL line OPTIONS (MODEL_TYPE = 'linear_reg', LABEL = 'y') AS "
            f"SELECT double(id) AS x, double(id) * {slope} AS y FROM range(20)"
        )
    spark.sql("ALTER MODEL line SET ALIAS champion = 1")
    yield spark
    spark.sql("DROP SCHEMA stock CASCADE")


def test_what_was_published_is_remembered(versions: SparkSession) -> None:
    spark = versions
    name = "`spark_catalog`.`stock`.`of_x`"
    spark.sql("PUBLISH MODEL line@champion AS FUNCTION stock.of_x")
    assert functions(spark, "line 1") == name
    assert functions(spark, "line") == ""
    assert spark.sql("SELECT round(stock.of_x(3), 6) AS y").first() == (3.0,)
    with pytest.raises(AnalysisException, match=r"(?i)FUNCTION_ALREADY_EXISTS.*of_x.*OR REPLACE"):
        spark.sql("PUBLISH MODEL line AS FUNCTION Stock.OF_X")
    spark.sql("PUBLISH MODEL line AS OR REPLACE FUNCTION STOCK.Of_X")
    assert (functions(spark, "line 1"), functions(spark, "line").lower()) == ("", name)
    assert spark.sql("SELECT round(stock.of_x(3), 6) AS y").first() == (6.0,)
    with pytest.raises(AnalysisException, match=r"is published as.*UNPUBLISH FUNCTION"):
        spark.sql("DROP MODEL line")
    spark.sql("UNPUBLISH FUNCTION spark_catalog.stock.of_x")
    assert functions(spark, "line") == ""
    assert not spark.catalog.functionExists("stock.of_x")


def test_a_temporary_function_is_not(versions: SparkSession) -> None:
    versions.sql("PUBLISH MODEL line AS OR REPLACE TEMPORARY FUNCTION mine")
    assert versions.sql("SELECT round(mine(3), 6) AS y").first() == (6.0,)
    assert functions(versions, "line") == ""
    with pytest.raises(AnalysisException, match="of no schema"):
        versions.sql("PUBLISH MODEL line AS TEMPORARY FUNCTION stock.mine")
    versions.sql("DROP TEMPORARY FUNCTION mine")


def test_only_what_was_published_is_unpublished(versions: SparkSession) -> None:
    versions.sql("CREATE FUNCTION stock.other(x INT) RETURNS INT RETURN x")
    with pytest.raises(AnalysisException, match=r"not published by sparkfl.*DROP FUNCTION"):
        versions.sql("UNPUBLISH FUNCTION stock.other")
    with pytest.raises(AnalysisException, match="FUNCTION_NOT_PUBLISHED"):
        versions.sql("UNPUBLISH FUNCTION stock.nothing")
    versions.sql("UNPUBLISH FUNCTION IF EXISTS stock.nothing")
    assert versions.catalog.functionExists("stock.other")


def test_nothing_is_left_of_a_function_that_fails(
    versions: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = StockFunction.create_sql
    monkeypatch.setattr(publishing, "LONGEST", 0)
    monkeypatch.setattr(trees, "_QUESTIONS", 0)
    versions.sql(
        "CREATE OR REPLACE MODEL wood OPTIONS (MODEL_TYPE = 'decision_tree_regression', "
        "LABEL = 'y') AS SELECT double(id) AS x, double(id % 7) AS y FROM range(90)"
    )
    versions.sql("PUBLISH MODEL wood AS FUNCTION stock.wood")
    monkeypatch.setattr(
        StockFunction, "create_sql", lambda *given: create(*given).replace("RETURN ", "RETURN no.")
    )
    with pytest.raises(AnalysisException, match=r"no"):
        versions.sql("PUBLISH MODEL wood AS OR REPLACE FUNCTION stock.wood")
    assert functions(versions, "wood") == "`spark_catalog`.`stock`.`wood`"
    assert versions.sql("SELECT stock.wood(7D) IS NULL AS none").first() == (False,)
    assert versions.sql("SHOW TABLES IN stock LIKE 'wood_figures*'").count() == 1
    versions.sql("UNPUBLISH FUNCTION stock.wood")
