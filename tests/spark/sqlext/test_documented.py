"""Every example of docs/sql, as it stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from documented import MODELS, TABLES, examples, in_order, of, statements
from pyspark.sql import SparkSession

from sparkfl.exchange.aggregator import Aggregator


def run(spark: SparkSession, sql: str, expect_rows: bool = False) -> None:
    rows = spark.sql(sql).collect()
    assert rows or not expect_rows, sql


@pytest.fixture(scope="module")
def tables(spark: SparkSession, own_registry: str) -> Iterator[SparkSession]:
    for sql in statements(TABLES):
        run(spark, sql)
    spark.sql("CREATE OR REPLACE TEMP VIEW features AS SELECT * FROM customers")
    spark.sql("CREATE DATABASE IF NOT EXISTS sales")
    yield spark
    spark.sql("DROP DATABASE sales CASCADE")
    for name in ["features", *re.findall(r"TEMP VIEW (\w+)", TABLES)]:
        spark.catalog.dropTempView(name)


@pytest.fixture(scope="module")
def models(tables: SparkSession) -> SparkSession:
    for sql in statements(MODELS):
        run(tables, sql)
    return tables


@pytest.mark.parametrize("page", [*of("types"), *of("transformers")])
def test_a_model_is_trained(tables: SparkSession, page: str) -> None:
    for sql in examples(page):
        run(tables, sql, expect_rows=True)


@pytest.mark.parametrize("page", of("functions"))
def test_a_model_is_asked(models: SparkSession, page: str) -> None:
    assert examples(page)
    for sql in examples(page):
        run(models, sql, expect_rows="detect_anomalies" not in sql)


def test_statements_in_an_order_in_which_their_models_are_there(
    tables: SparkSession,
    own_registry: str,
    tracking_uri: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    """Those that make models first, and last those that rename and drop."""
    spark = tables
    spark.conf.set("spark.sparkfl.trackingUri", tracking_uri)
    spark.conf.set("spark.sparkfl.federationHome", str(tmp_path / "home"))
    request.addfinalizer(lambda: spark.conf.unset("spark.sparkfl.federationHome"))
    request.addfinalizer(lambda: spark.conf.set("spark.sparkfl.trackingUri", own_registry))
    (tmp_path / "orders").write_text('order_id,placed,amount\n007,3/2/2026,"1,200.50"\n')
    before: list[str] = []
    for page in sorted(of("statements"), key=in_order):
        if in_order(page) > 0 and not before:
            before = statements(MODELS)
            for sql in before:
                run(spark, sql)
        for sql in examples(page):
            sql = sql.replace("/backup", str(tmp_path))
            if sql.startswith("JOIN FEDERATION"):
                invitation = Aggregator("consortium", tmp_path / "home").invite("south").text
                sql = re.sub(r"'sparkfl-invitation-.*'", f"'{invitation}'", sql)
            run(spark, sql)
    spark.sql("DROP TABLE prepared")
    spark.catalog.dropTempView("scored")
