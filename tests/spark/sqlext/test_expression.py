"""ml_predict: a model's prediction wherever an expression may stand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

TYPES = {
    "churn": "OPTIONS (TYPE = 'logistic_reg', LABEL = gone)",
    "boosted": "OPTIONS (TYPE = 'xgboost_classifier', LABEL = gone, NUM_TREES = 3)",
    "odd": "OPTIONS (TYPE = 'isolation_forest', NUM_TREES = 5, MAX_SAMPLES = 40)",
    "groups": "TRANSFORM (string_indexer(shop) i, vector_assembler(array(i, spend)) v, "
    "standard_scaler(v) f) OPTIONS (TYPE = 'kmeans', K = 2, SEED = 1)",
    "trees": "OPTIONS (TYPE = 'random_forest_regression', LABEL = spend, NUM_TREES = 3)",
}
COLUMNS = {
    "churn": "spend, visits, shop",
    "boosted": "spend, visits, shop",
    "odd": "spend, visits",
    "groups": "spend, shop",
    "trees": "visits, shop",
}
VALUES = {
    "churn": "probability[1]",
    "boosted": "probability[1]",
    "odd": "anomaly_score",
    "groups": "prediction",
    "trees": "prediction",
}


@pytest.fixture(scope="module")
def people(spark: SparkSession, own_registry: str) -> Iterator[SparkSession]:
    spark.sql(
        "SELECT id, double(id % 17) spend, id % 7 visits, if(id % 3 = 0, 'süd', 'a.b') shop, "
        "id % 17 > 8 gone FROM range(60)"
    ).createOrReplaceTempView("people")
    for name, clauses in TYPES.items():
        label = ", gone" if "gone" in clauses else ", spend" if name == "trees" else ""
        spark.sql(f"CREATE MODEL {name} {clauses} AS SELECT {COLUMNS[name]}{label} FROM people")
    yield spark
    spark.catalog.dropTempView("people")


@pytest.mark.parametrize("name", TYPES)
def test_it_is_what_model_predict_says(people: SparkSession, name: str) -> None:
    """By place, by name and by struct; in SELECT, WHERE, CASE, an aggregate and ORDER BY."""
    columns, value = COLUMNS[name], VALUES[name].replace("probability", "vector_to_array")
    people.sql("SET advanced_statistics_show_hidden_fields = true")
    told = people.sql(f"SELECT * FROM model_predict({name}, latest, TABLE(people))").toPandas()
    people.sql("RESET advanced_statistics_show_hidden_fields")
    whole = told[VALUES[name].split("[")[0]]
    expected = [each[1] for each in whole] if "[" in value else whole.tolist()
    named = ", ".join(f"{column} => {column}" for column in reversed(columns.split(", ")))
    found = people.sql(
        f"SELECT id, ml_predict('{name}', {columns}) a, ml_predict('{name}$1', {named}) b, "
        f"ml_predict_batch('{name}', struct(*)) c FROM people ORDER BY id"
    ).toPandas()
    for column in "abc":
        assert found[column].tolist() == pytest.approx(expected, abs=1e-12)
    middle = sorted(expected)[30]
    counted = people.sql(
        f"SELECT count(*), max(CASE WHEN ml_predict('{name}', {columns}) > {middle} THEN 1 "
        f"ELSE 0 END) FROM people WHERE ml_predict('{name}', {columns}) >= {middle}"
    ).first()
    assert counted is not None
    assert counted[0] == sum(each >= middle for each in expected)


@pytest.mark.parametrize("name", ["groups", "boosted"])
def test_rows_are_grouped_and_sorted_by_it(people: SparkSession, name: str) -> None:
    """What is said in SELECT is what is said in GROUP BY."""
    call = f"ml_predict('{name}', {COLUMNS[name]})"
    rows = people.sql(
        f"SELECT {call} told, count(*) n FROM people GROUP BY {call} ORDER BY told"
    ).collect()
    sorted_ = people.sql(f"SELECT {call} told FROM people ORDER BY {call}").collect()
    assert [row.told for row in sorted_] == [row.told for row in rows for _ in range(row.n)]


def test_what_is_left_out_is_null(people: SparkSession) -> None:
    """The automatic preprocessing puts the mean in its place, as it does for NULL."""
    row = people.sql(
        "SELECT ml_predict('churn', spend => 3.0, shop => 'süd') a, "
        "ml_predict('churn', 3.0D, NULL, 'süd') b, ml_predict('groups', spend => 3) c"
    ).first()
    assert row is not None
    assert row.a == row.b is not None
    assert row.c is None


def test_it_has_the_name_of_the_call(people: SparkSession) -> None:
    frame = people.sql("SELECT ml_predict('groups', spend, shop => shop) FROM people")
    assert frame.columns == ["ml_predict(groups, spend, shop)"]


def test_it_stands_in_views_and_inserts(people: SparkSession) -> None:
    """And in what is made of it again."""
    people.sql(
        "CREATE OR REPLACE TEMP VIEW risks AS SELECT id, ml_predict('churn', spend, visits, shop) "
        "AS risk FROM people"
    )
    people.sql("CREATE TABLE at_risk (id BIGINT, risk DOUBLE, level STRING)")
    try:
        people.sql(
            "INSERT INTO at_risk SELECT id, risk, CASE WHEN risk > 0.5 THEN 'HIGH' ELSE 'LOW' END "
            "FROM risks WHERE risk >= 0"
        )
        levels = people.sql("SELECT DISTINCT level, risk > 0.5 FROM at_risk").collect()
        assert {tuple(row) for row in levels} == {("HIGH", True), ("LOW", False)}
    finally:
        people.sql("DROP TABLE at_risk")
        people.catalog.dropTempView("risks")


def test_forecasts_and_groups_take_their_columns(people: SparkSession) -> None:
    people.sql(
        "CREATE MODEL weeks PARTITION BY shop OPTIONS (TYPE = 'ets', TIME_COL = id, LABEL = y, "
        "ETS_MODEL = 'AAN') AS SELECT shop, id, id * if(shop = 'a', 1, 2) y FROM range(20) CROSS "
        "JOIN VALUES ('a'), ('b') s(shop)"
    )
    row = people.sql("SELECT ml_predict('weeks', 22, 'a'), ml_predict('weeks', 22, 'b')").first()
    assert tuple(row or ()) == pytest.approx((22.0, 44.0), rel=1e-3)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("ml_predict('churn')", r"takes \(model, value"),
        ("ml_predict(shop, spend)", "the model is"),
        ("ml_predict(NULL, spend)", "the model is"),
        ("ml_predict('no such', spend)", "no such"),
        ("ml_predict('churn', spend => 1, spent => 2)", "there is no spent"),
        ("ml_predict('churn', spend => 1, SPEND => 2)", "SPEND is given twice"),
        ("ml_predict('churn', spend => 1, 2)", "stands after one with a name"),
        ("ml_predict('churn', 1, 2, 'a', 4)", "there is no 4"),
        ("ml_predict('churn', 'x', 2, 'a')", "'spend' is string; the model was trained with"),
        ("ml_predict('churn', struct(id))", "none of the model's columns: spend, visits, shop"),
    ],
)
def test_refuses(people: SparkSession, call: str, says: str) -> None:
    with pytest.raises(AnalysisException, match=says):
        people.sql(f"SELECT {call} FROM people")
