"""PARTITION BY: an estimator a group, all of them one version."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from sklearn.linear_model import Ridge

OPTIONS = "OPTIONS (MODEL_TYPE = 'sklearn:linear_model.Ridge', LABEL = 'y', ALPHA = 0.5)"


@pytest.fixture(scope="module")
def grouped(spark: SparkSession, own_registry: str) -> Iterator[SparkSession]:
    rng = np.random.default_rng(3)
    rows = [
        (shop, float(x), float(slope * x + rng.normal()), int(x > 0))
        for shop, slope in (("a.b", 2.0), ("süd", -1.0), ("only one", 0.0))
        for x in rng.normal(size=1 if shop == "only one" else 30)
    ]
    rows += [(None, 1.0, 1.0, 1)]
    frame = spark.createDataFrame(rows, "`the shop` string, x double, y double, up int")
    frame.createOrReplaceTempView("sales")
    spark.sql(f"CREATE MODEL slopes PARTITION BY `the shop` {OPTIONS} AS SELECT * FROM sales")
    yield spark
    spark.catalog.dropTempView("sales")


def test_each_group_is_fitted_by_itself(grouped: SparkSession) -> None:
    query = "SELECT * FROM model_predict(slopes, latest, TABLE(sales)) WHERE `the shop` = 'süd'"
    scored = grouped.sql(query).toPandas()
    alone = Ridge(alpha=0.5).fit(scored[["x", "up"]].to_numpy(), scored.y)
    np.testing.assert_allclose(scored.prediction, alone.predict(scored[["x", "up"]].to_numpy()))


def test_verdicts_and_metrics_have_a_row_a_group(grouped: SparkSession) -> None:
    verdicts = grouped.sql("SELECT * FROM model_verdicts(slopes)").collect()
    assert {(r["the shop"], r.verdict, r.rows) for r in verdicts} == {
        ("a.b", "ok", 30),
        ("only one", "ok", 1),
        ("süd", "ok", 30),
        (None, "no_store", 0),
    }
    judged = grouped.sql("SELECT * FROM model_evaluate(slopes, latest, TABLE(sales))").collect()
    assert {r["the shop"] for r in judged} == {"a.b", "only one", "süd"}
    assert all(r.r2 > 0.3 for r in judged if r["the shop"] != "only one")


def test_a_group_without_a_model_has_no_prediction(grouped: SparkSession) -> None:
    query = "SELECT 'new' AS `the shop`, 1D x, 1 up UNION ALL SELECT NULL, 1D, 1"
    scored = grouped.sql(f"SELECT * FROM model_predict(slopes, latest, {query})").collect()
    assert [r.prediction for r in scored] == [None, None]


@pytest.mark.parametrize("group", ["feature", "R2", "a.b", "prediction", "explained_value"])
def test_any_name_of_the_group(grouped: SparkSession, group: str) -> None:
    """Also one that an answer has, and in a query whose columns go by their places."""
    q = f"`{group}`"
    rows = f"SELECT `the shop` AS {q}, x, y FROM sales WHERE `the shop` <> 'only one'"
    grouped.sql(
        f"CREATE OR REPLACE MODEL named PARTITION BY {q} OPTIONS (TYPE = 'xgboost_regressor', "
        f"LABEL = y, NUM_TREES = 5, PREDICTION_COL = told) AS {rows}"
    )
    judged = grouped.sql(f"SELECT * FROM model_evaluate(named, latest, {rows})")
    assert judged.columns[0] == ("store" if group == "R2" else group)
    assert judged.count() == 2
    assert grouped.sql("SELECT * FROM model_feature_importance(named, latest)").count() == 2
    scored = grouped.sql(f"SELECT * FROM model_predict(named, latest, {rows})").collect()
    by_place = f"SELECT x AS one, {q} AS two FROM ({rows})"
    explained = grouped.sql(
        f"SELECT * FROM model_explain_predict(named, latest, {by_place})"
    ).collect()
    expected = {(row[group], row.x): row.told for row in scored}
    assert {(r.two, r.one) for r in explained} == set(expected)
    for row in explained:
        assert row.explained_value == pytest.approx(expected[row.two, row.one], rel=1e-5)


def test_a_group_of_outliers_with_a_dot_in_its_name(grouped: SparkSession) -> None:
    rows = "SELECT `the shop` AS `a.b`, x, y FROM sales"
    grouped.sql(
        "CREATE MODEL odd PARTITION BY `a.b` OPTIONS (TYPE = 'isolation_forest', NUM_TREES = 5) "
        f"AS {rows}"
    )
    judged = grouped.sql(f"SELECT * FROM model_evaluate(odd, 1, {rows})")
    assert judged.columns == ["a.b", "anomaly_share", "mean_score"]
    assert judged.count() == 3


def test_a_group_that_fails_stops_no_other(grouped: SparkSession) -> None:
    made = grouped.sql(
        "CREATE MODEL ups PARTITION BY (`the shop`) OPTIONS (LABEL = 'up', MODEL_TYPE = "
        "'sklearn:linear_model.LogisticRegression') AS SELECT `the shop`, x, up FROM sales"
    ).first()
    assert made is not None
    assert made[1:] == ("ups", 1, 3, 1)
    failed = grouped.sql("SELECT * FROM model_verdicts(ups) WHERE verdict = 'failed'").collect()
    assert [(r["the shop"], r.detail) for r in failed] == [
        ("only one", "ValueError: its rows are all of one class")
    ]
    scored = grouped.sql(
        "SELECT `the shop`, count(prediction) n FROM model_predict(ups, latest, TABLE(sales)) "
        "GROUP BY ALL"
    ).collect()
    assert {r["the shop"]: r.n for r in scored} == {"a.b": 30, "süd": 30, "only one": 0, None: 0}


def test_more_neighbours_than_rows_are_told_in_training(grouped: SparkSession) -> None:
    """Of a group in its verdict, of all rows in an error; not where a query is read."""
    few = "SELECT `the shop`, x, y FROM sales WHERE `the shop` <> 'süd'"
    made = "CREATE OR REPLACE MODEL near {} OPTIONS (TYPE = 'knn_regressor', LABEL = y) AS {}"
    grouped.sql(made.format("PARTITION BY `the shop`", few))
    told = grouped.sql("SELECT detail FROM model_verdicts(near) WHERE verdict = 'failed'").collect()
    assert [row.detail for row in told] == [
        "ValueError: Expected n_neighbors <= n_samples_fit, but n_neighbors = 5, n_samples_fit = 1,"
        " n_samples = 1"
    ]
    scored = grouped.sql(f"SELECT * FROM model_predict(near, latest, {few})").collect()
    assert [r.prediction is None for r in scored] == [r["the shop"] == "only one" for r in scored]
    with pytest.raises(AnalysisException, match="n_neighbors <= n_samples_fit"):
        grouped.sql(made.format("", "SELECT x, y FROM sales LIMIT 3"))


def test_it_is_trained_again_as_it_was(grouped: SparkSession) -> None:
    told = grouped.sql("SHOW CREATE MODEL slopes").first()
    assert told is not None
    assert "\nPARTITION BY `the shop`\n" in told[0]
    again = grouped.sql("REFRESH MODEL slopes").first()
    assert again is not None
    assert again[2:] == (2, 3, 0)


@pytest.mark.parametrize(
    ("clauses", "told"),
    [
        ("PARTITION BY x OPTIONS (MODEL_TYPE = 'kmeans')", "fitted by Spark on all rows together"),
        ("PARTITION BY nix OPTIONS (MODEL_TYPE = 'isolation_forest')", "Missing column 'nix'"),
        ("PARTITION BY a.b OPTIONS (MODEL_TYPE = 'kmeans')", "takes one column of the query"),
        ("OPTIONS (MODEL_TYPE = 'sklearn:svm.Nix')", "sklearn.svm has no class Nix"),
        ("OPTIONS (MODEL_TYPE = 'sklearn:nix.Nix')", "There is no module sklearn.nix"),
        ("OPTIONS (MODEL_TYPE = 'sklearn:cluster.DBSCAN')", "predicts nothing for new rows"),
        (OPTIONS.replace("0.5", "-1"), "'alpha' parameter of Ridge must be a float"),
        (OPTIONS.replace("ALPHA", "ALPHAX"), "did you mean ALPHA"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(grouped: SparkSession, clauses: str, told: str) -> None:
    with pytest.raises(AnalysisException, match=told) as caught:
        grouped.sql(f"CREATE MODEL wrong {clauses} AS SELECT x, y, up FROM sales")
    assert "Traceback" not in str(caught.value)
