"""A function's input in the place of its stand-ins: sqlext/scala/InputGraft.scala."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from pyspark.errors import ParseException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from sparkfl.sqlext import functions

Function = Callable[[DataFrame], DataFrame]


def _with_total(df: DataFrame) -> DataFrame:
    """Read the input twice: its rows, and their sum."""
    return df.crossJoin(df.agg(F.sum("x").alias("total")))


def _with_itself(df: DataFrame) -> DataFrame:
    """Read the input twice, joined by its own rows."""
    return df.join(df.withColumnRenamed("id", "other").drop("x"), F.col("id") == F.col("other"))


def _serve(monkeypatch: pytest.MonkeyPatch, answer: Callable[..., DataFrame]) -> None:
    """Let every model be there, and predict by ``answer((name, version), df, hidden=…)``."""
    models = SimpleNamespace(get=lambda name, version: (name, version))
    monkeypatch.setattr(functions, "find", lambda _spark, *wanted: models.get(*wanted))
    monkeypatch.setattr(functions, "load", lambda _spark, found: found)
    capable = SimpleNamespace(capabilities={"predict": answer})
    monkeypatch.setattr(functions, "family", lambda _found: capable)
    monkeypatch.setattr(functions, "check_origin", lambda _spark, _model, _query: None)


@pytest.fixture
def predict(monkeypatch: pytest.MonkeyPatch) -> Callable[[Function], None]:
    """Let every model's prediction be a function of the frame alone."""

    def replace(function: Function) -> None:
        _serve(monkeypatch, lambda _model, df, **_options: function(df))

    return replace


@pytest.mark.parametrize(
    "query",
    [
        "SELECT id, id AS x FROM range(0, 1000, 1, 7)",
        "SELECT id, rand() AS x FROM range(0, 1000, 1, 7)",
        "SELECT id, id AS x FROM (SELECT * FROM range(0, 1000, 1, 7) ORDER BY rand()) LIMIT 100",
        "SELECT id, id AS x FROM (SELECT * FROM range(0, 9999, 1, 7)) TABLESAMPLE (10 PERCENT)",
        "WITH w AS (SELECT id, rand() AS x FROM range(0, 100, 1, 3)) SELECT * FROM w",
    ],
)
def test_an_input_read_twice_is_one_set_of_rows(
    spark: SparkSession, predict: Callable[[Function], None], query: str
) -> None:
    predict(_with_total)
    rows = spark.sql(f"SELECT * FROM model_predict(m, 1, {query})").collect()
    assert rows
    assert sum(row.x for row in rows) == pytest.approx(rows[0].total, rel=1e-12)


def test_a_cut_input_is_read_once(spark: SparkSession, predict: Callable[[Function], None]) -> None:
    predict(_with_total)
    query = "SELECT * FROM model_predict(m, 1, SELECT id, id AS x FROM range(0, 99, 1, 7) LIMIT 9)"
    frame = spark.sql(query)
    assert frame.count() == 9
    frame.collect()
    assert "ReusedExchange" in frame._jdf.queryExecution().executedPlan().toString()


def test_every_leaf_is_grafted_in_nested_and_repeated_calls(
    spark: SparkSession, predict: Callable[[Function], None]
) -> None:
    predict(_with_itself)
    query = """
    WITH w AS (SELECT id, rand(1) AS x FROM range(0, 50, 1, 3)),
    p AS (SELECT id, x FROM model_predict(m, 1, SELECT * FROM w))
    SELECT count(*) FROM model_predict(m, 1, p) a
    JOIN model_predict(m, 1, SELECT * FROM p) b ON a.id = b.id AND a.x = b.x
    WHERE EXISTS (SELECT 1 FROM model_predict(m, 1, p) c WHERE c.id = a.id)"""
    assert spark.sql(query).first() == (50,)


def test_a_filter_is_pushed_below_the_function(
    spark: SparkSession, predict: Callable[[Function], None], tmp_path: object
) -> None:
    predict(lambda df: df.withColumn("prediction", F.col("x") * 2))
    spark.range(10).selectExpr("id", "id AS x").write.parquet(f"{tmp_path}/rows")
    frame = spark.sql(
        f"SELECT * FROM model_predict(m, 1, SELECT * FROM parquet.`{tmp_path}/rows`) WHERE id = 3"
    )
    plan = frame._jdf.queryExecution().executedPlan().toString()
    assert "PushedFilters: [IsNotNull(id), EqualTo(id,3)]" in plan
    assert frame.collect() == [(3, 3, 6)]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("a.`b c`, 3, SELECT 1 AS x", ("a.b c", 3, False, ["x"])),
        ("'m', champion, SELECT 1 AS x", ("m", "champion", False, ["x"])),
        ("'m', SELECT 1 AS x, 2 AS y", ("m", None, False, ["x", "y"])),
        ("concat('a', 'b'), 1 + 1, (SELECT 1 AS x)", ("ab", 2, False, ["x"])),
        ("m, SELECT 1 AS x", ("m", None, False, ["x"])),
        ("m, graft_rows", ("m", None, False, ["id"])),
        ("m, latest, graft_rows", ("m", "latest", False, ["id"])),
        ("m, `graft_rows`", ("m", None, False, ["id"])),
        ("`m`, OPTIONS(SHOW_HIDDEN_FIELDS = TRUE), graft_rows", ("m", None, True, ["id"])),
        (
            "m, 1, named_struct('show_hidden_fields', 1 = 1), TABLE(graft_rows)",
            ("m", 1, True, ["id"]),
        ),
        ("session.wanted, system.session.number, graft_rows", ("w", 7, False, ["id"])),
        ("$wanted, $number, graft_rows", ("w", 7, False, ["id"])),
        ("`session`.wanted, 1, graft_rows", ("session.wanted", 1, False, ["id"])),
    ],
)
def test_the_arguments_reach_python(
    spark: SparkSession,
    monkeypatch: pytest.MonkeyPatch,
    arguments: str,
    expected: tuple[str, int | str | None, bool, list[str]],
) -> None:
    asked = []

    def answer(
        model: tuple[object, ...], df: DataFrame, hidden: bool, handleInvalid: str
    ) -> DataFrame:
        assert handleInvalid == "keep"
        asked.append((*model, hidden, df.columns))
        return df

    _serve(monkeypatch, answer)
    spark.range(1).createOrReplaceTempView("graft_rows")
    spark.sql("DECLARE OR REPLACE VARIABLE wanted STRING DEFAULT 'w'")
    spark.sql("DECLARE OR REPLACE VARIABLE number INT DEFAULT 7")
    assert spark.sql(f"SELECT * FROM model_predict({arguments})").count() == 1
    assert set(map(str, asked)) == {str(expected)}
    spark.sql("DROP TEMPORARY VARIABLE wanted")
    spark.sql("DROP TEMPORARY VARIABLE number")
    spark.catalog.dropTempView("graft_rows")


@pytest.mark.parametrize("quoted", [True, False])
def test_double_quotes_are_names_where_spark_says_so(
    spark: SparkSession, predict: Callable[[Function], None], quoted: bool
) -> None:
    predict(lambda df: df)
    spark.range(3).createOrReplaceTempView("`graft rows`")
    spark.conf.set("spark.sql.ansi.doubleQuotedIdentifiers", str(quoted).lower())
    try:
        table = '"graft rows"' if quoted else "`graft rows`"
        assert spark.sql(f'SELECT * FROM model_predict("a m", "1", {table})').count() == 3
    finally:
        spark.conf.unset("spark.sql.ansi.doubleQuotedIdentifiers")
        spark.catalog.dropTempView("graft rows")


@pytest.mark.parametrize(
    "query",
    ["DROP TABLE graft_table", "INSERT INTO graft_table SELECT 2", "(DROP TABLE graft_table)"],
)
@pytest.mark.parametrize("before", ["m, 1, ", "m, "])
def test_what_is_no_query_is_a_syntax_error_and_runs_nothing(
    spark: SparkSession, before: str, query: str
) -> None:
    spark.sql("CREATE TABLE IF NOT EXISTS graft_table USING parquet AS SELECT 1 AS x")
    for call in (f"model_predict({before}{query})", f"model_evaluate({before}TABLE({query}))"):
        with pytest.raises(ParseException):
            spark.sql(f"SELECT * FROM {call}")
    assert spark.table("graft_table").collect() == [(1,)]
    spark.sql("DROP TABLE graft_table")
