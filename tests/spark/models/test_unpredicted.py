"""HANDLE_INVALID of model_predict: rows that a model cannot predict."""

from __future__ import annotations

import pytest
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import SparkSession

ROWS = (
    "VALUES (1, 'a', 'a', 1.0D), (2, 'a', 'a', NULL), (3, 'new', 'new', 2.0D), "
    "(4, 'b', 'b', double('nan')) AS t(id, shop, town, x)"
)
STORES = "SELECT IF(id % 2 = 0, 'a', 'b') shop, id % 7 + id % 2 * 5 x FROM range(400)"
TOWNS = "SELECT IF(id % 2 = 0, 'a', 'b') town, id % 7 * 1.0 x, id % 3 * 1.0 y FROM range(60)"


@pytest.fixture(scope="module", autouse=True)
def models(spark: SparkSession, own_registry: str) -> None:
    spark.sql(
        "CREATE MODEL towns TRANSFORM (string_indexer(town) t, vector_assembler(t, x) f) "
        f"OPTIONS (MODEL_TYPE = 'linear_reg', LABEL = 'y') AS {TOWNS}"
    )
    spark.sql(
        "CREATE FEDERATED MODEL shops PARTITION BY shop "
        f"OPTIONS (MODEL_TYPE = 'kmeans', K = 2) AS {STORES}"
    )


def predicted(spark: SparkSession, model: str, options: str, rows: str = ROWS) -> list[int]:
    query = f"SELECT * FROM model_predict({model}, 1{options}, SELECT * FROM {rows}) ORDER BY id"
    return [row.id for row in spark.sql(query).collect()]


# The global model has clusters for the customers of a new store, too.
@pytest.mark.parametrize(("model", "expected"), [("towns", [1]), ("shops", [1, 3])])
def test_rows_are_kept_unless_it_is_said_that_they_are_not(
    spark: SparkSession, model: str, expected: list[int]
) -> None:
    assert predicted(spark, model, "") == [1, 2, 3, 4]
    assert predicted(spark, model, ", OPTIONS(HANDLE_INVALID = 'keep')") == [1, 2, 3, 4]
    assert predicted(spark, model, ", OPTIONS(HANDLE_INVALID = 'skip')") == expected


@pytest.mark.parametrize(
    ("model", "place", "told"),
    [
        ("towns", 2, "infinite value in x."),
        ("towns", 3, "it has a value that the training had not"),
        ("shops", 4, "infinite value in x."),
    ],
)
def test_an_error_says_what_is_missing(
    spark: SparkSession, model: str, place: int, told: str
) -> None:
    options = ", OPTIONS(HANDLE_INVALID = 'error')"
    with pytest.raises(PySparkException) as caught:
        predicted(spark, model, options, f"{ROWS} WHERE id = {place}")
    assert told in str(caught.value)
    assert predicted(spark, model, options, f"{ROWS} WHERE id = 1") == [1]


def test_an_error_is_not_lost_with_the_columns(spark: SparkSession) -> None:
    with pytest.raises(PySparkException, match="cannot be predicted"):
        spark.sql(
            "SELECT count(*) FROM model_predict(towns, 1, OPTIONS(HANDLE_INVALID = 'error'), "
            f"SELECT * FROM {ROWS})"
        ).collect()


def test_another_value_is_refused(spark: SparkSession) -> None:
    with pytest.raises(AnalysisException, match="one of keep, skip, error; got 'drop'"):
        predicted(spark, "towns", ", OPTIONS(HANDLE_INVALID = 'drop')")
