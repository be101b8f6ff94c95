"""A function's input in the place of its stand-ins: sqlext/scala/InputGraft.scala."""

from __future__ import annotations

from collections.abc import Callable

import pytest
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


@pytest.fixture
def predict(monkeypatch: pytest.MonkeyPatch) -> Callable[[Function], None]:
    """Let model_predict be a function of the frame alone."""

    def replace(function: Function) -> None:
        monkeypatch.setitem(
            functions.FUNCTIONS,
            "model_predict",
            lambda _spark, _name, _version, df: function(df),
        )

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


def test_the_arguments_reach_python(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def record(
        _spark: SparkSession, name: str, version: int | str | None, df: DataFrame
    ) -> DataFrame:
        calls.append((name, version, df.columns))
        return df

    monkeypatch.setitem(functions.FUNCTIONS, "model_evaluate", record)
    for arguments in ("a.`b c`, 3", "'m', champion", "'m', NULL", "concat('a', 'b'), 1 + 1"):
        spark.sql(f"SELECT * FROM model_evaluate({arguments}, SELECT 1 AS x)").collect()
    assert [call[:2] for call in dict.fromkeys((n, v) for n, v, _ in calls)] == [
        ("a.b c", 3),
        ("m", "champion"),
        ("m", None),
        ("ab", 2),
    ]


@pytest.mark.parametrize(
    "call", ["m", "m, 1", "1, 1, SELECT 1", "m, 1.5, SELECT 1", "m, 1, 2", "rand(), 1, SELECT 1"]
)
def test_wrong_arguments(spark: SparkSession, call: str) -> None:
    from pyspark.errors import AnalysisException

    with pytest.raises(AnalysisException, match="Write model_predict") as caught:
        spark.sql(f"SELECT * FROM model_predict({call})")
    assert caught.value.getCondition() == "SPARKFL_INVALID_ARGUMENTS"
    assert "Write model_predict(model, 1, SELECT ...)" in caught.value.getMessage()
