"""DATA_SPLIT_*: rows held out of a training query, and what they tell of the model."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

ROWS = (
    "SELECT id * 1.0 x, date_add(DATE'2024-01-01', CAST(id AS INT)) day, id % 5 = 0 late, "
    "3.0 * id + id % 7 y FROM range(200)"
)


@pytest.fixture(autouse=True)
def registry(spark: SparkSession, tracking_uri: str) -> Iterator[None]:
    spark.conf.set("spark.sparkfl.trackingUri", tracking_uri)
    yield
    spark.conf.unset("spark.sparkfl.trackingUri")


def trained(spark: SparkSession, options: str, rows: str = ROWS) -> dict[str, str]:
    spark.sql(
        "CREATE OR REPLACE MODEL split_m OPTIONS (MODEL_TYPE = 'linear_reg', LABEL = 'y', "
        f"{options}) AS {rows}"
    )
    described = spark.sql("DESCRIBE MODEL EXTENDED split_m").collect()
    return {row[0]: row[1] for row in described}


@pytest.mark.parametrize(
    ("options", "train_where", "held_where"),
    [
        ("DATA_SPLIT_METHOD = 'custom', DATA_SPLIT_COL = 'late'", "NOT late", "late"),
        (
            "DATA_SPLIT_METHOD = 'seq', DATA_SPLIT_COL = 'day', DATA_SPLIT_EVAL_FRACTION = 0.25",
            "day < DATE'2024-05-30'",
            "day >= DATE'2024-05-30'",
        ),
    ],
)
def test_metrics_are_those_of_the_same_model_on_the_rows_held_out(
    spark: SparkSession, options: str, train_where: str, held_where: str
) -> None:
    column = "late" if "late" in options else "day"
    features = f"SELECT * EXCEPT ({column}) FROM ({ROWS}) WHERE "
    told = trained(spark, options)
    trained(spark, "DATA_SPLIT_METHOD = 'no_split'", features + train_where)
    [expected] = spark.sql(
        f"SELECT * FROM model_evaluate(split_m, 2, {features} {held_where})"
    ).collect()
    for metric in ("rmse", "mae", "r2"):
        assert float(told[f"metric.{metric}"]) == pytest.approx(expected[metric], rel=1e-9)


def test_a_fraction_alone_holds_out_random_rows(spark: SparkSession) -> None:
    once, again = (
        trained(spark, f"VALIDATION_SPLIT = 0.5, DATA_SPLIT_SEED = {seed}")["metric.rmse"]
        for seed in (3, 4)
    )
    assert once != again
    assert trained(spark, "VALIDATION_SPLIT = 0.5, DATA_SPLIT_SEED = 3")["metric.rmse"] == once


def test_without_a_split_nothing_is_judged(spark: SparkSession) -> None:
    assert "metric.rmse" not in trained(spark, "DATA_SPLIT_METHOD = 'no_split'")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ("DATA_SPLIT_METHOD = 'seq'", "DATA_SPLIT_METHOD = 'seq' needs DATA_SPLIT_COL"),
        ("DATA_SPLIT_METHOD = 'random', DATA_SPLIT_COL = 'late'", "goes with DATA_SPLIT_METHOD"),
        ("DATA_SPLIT_METHOD = 'custom', DATA_SPLIT_COL = 'x'", "must be a boolean"),
        ("DATA_SPLIT_METHOD = 'seq', DATA_SPLIT_COL = 'absent'", "absent"),
        ("DATA_SPLIT_METHOD = 'thirds'", "thirds"),
        ("VALIDATION_SPLIT = 1.5", "1.5"),
    ],
)
def test_options_that_do_not_go_together(spark: SparkSession, options: str, error: str) -> None:
    with pytest.raises(AnalysisException) as caught:
        trained(spark, options)
    assert error in str(caught.value)
