"""Boosted trees that stop early, and those that rank the rows of queries."""

from __future__ import annotations

import numpy as np
import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from sklearn.metrics import ndcg_score
from xgboost import XGBRegressor

from sparkfl.models.estimators.xgboost_workers import fit_xgboost
from sparkfl.serving.catalog import load, registry

pytestmark = pytest.mark.usefixtures("own_registry")
BOTH = pytest.mark.parametrize("library", ["xgboost", "lightgbm"])


@pytest.fixture(scope="module")
def noise(spark: SparkSession, own_registry: str):
    rng = np.random.default_rng(2)
    x = rng.normal(size=(400, 2))
    rows = [(float(a), float(b), bool(a + rng.normal() > 0), float(a)) for a, b in x]
    spark.createDataFrame(rows, "a double, b double, up boolean, y double").createOrReplaceTempView(
        "noise"
    )
    yield spark
    spark.catalog.dropTempView("noise")


def trees(spark: SparkSession, name: str) -> int:
    model = load(spark, registry(spark).get(name))
    ((_, (fitted, _)),) = model.opened()
    booster = getattr(fitted, "booster_", None)
    return booster.num_trees() if booster else fitted.get_booster().num_boosted_rounds()


@BOTH
@pytest.mark.parametrize(("task", "label"), [("classifier", "up"), ("regressor", "y")])
def test_no_tree_is_added_that_does_not_help(noise: SparkSession, library, task, label) -> None:
    query = f"SELECT a, b, {label} FROM noise"
    options = f"TYPE = '{library}_{task}', LABEL = {label}, NUM_TREES = 300, LEARNING_RATE = 0.3"
    noise.sql(
        f"CREATE OR REPLACE MODEL early OPTIONS ({options}, EARLY_STOPPING_ROUNDS = 5, "
        f"VALIDATION_FRACTION = 0.25) AS {query}"
    )
    assert trees(noise, "early") < 250
    judged = noise.sql(f"SELECT * FROM model_evaluate(early, latest, {query})").first()
    assert judged is not None
    assert judged[0] > 0


def test_too_few_rows_to_hold_some_out_are_told(noise: SparkSession) -> None:
    with pytest.raises(AnalysisException, match="does not go with these rows and options"):
        noise.sql(
            "CREATE MODEL wrong OPTIONS (TYPE = 'xgboost_classifier', LABEL = up, "
            "EARLY_STOPPING_ROUNDS = 2) AS SELECT a, up FROM noise LIMIT 3"
        )


def test_a_ranker_orders_the_rows_of_each_query(noise: SparkSession) -> None:
    rows = (
        "SELECT concat('q', id % 20) AS search, id % 7 AS price, rand(3) AS other, "
        "int((id % 7) / 2) AS clicks FROM range(600)"
    )
    noise.sql(
        "CREATE MODEL ranks OPTIONS (TYPE = 'xgboost_ranker', LABEL = clicks, QUERY_COL = search, "
        f"NUM_TREES = 20) AS {rows}"
    )
    judged = noise.sql(f"SELECT * FROM model_evaluate(ranks, 1, {rows})").first()
    assert judged is not None
    assert judged.ndcg > 0.98
    told = noise.sql(f"SELECT search, clicks, prediction FROM model_predict(ranks, 1, {rows})")
    groups = told.toPandas().groupby("search")
    ndcg = [ndcg_score([g.clicks], [g.prediction]) for _, g in groups]
    assert judged.ndcg == pytest.approx(np.mean(ndcg))
    alone = noise.sql("SELECT * FROM model_predict(ranks, 1, SELECT 6 AS price, 0.5D AS other)")
    assert alone.first().prediction is not None
    importance = noise.sql("SELECT feature FROM model_feature_importance(ranks, 1)").first()
    assert importance is not None
    assert importance.feature == "price"
    with pytest.raises(AnalysisException, match="search"):
        noise.sql("SELECT * FROM model_evaluate(ranks, 1, SELECT 1 price, 1D other, 1 clicks)")


def test_a_search_stops_where_nothing_gets_better(noise: SparkSession) -> None:
    noise.sql(
        "CREATE MODEL found OPTIONS (TYPE = 'kmeans', NUM_CLUSTERS = 2, "
        "MAX_ITER = HPARAM_RANGE(500, 900), SEED = 1, NUM_TRIALS = 9, EARLY_STOPPING_TRIALS = 2) "
        "AS SELECT a, b FROM noise"
    )
    assert noise.sql("SELECT * FROM model_trials(found)").count() == 3


@pytest.fixture(scope="module")
def several(spark: SparkSession):
    rng = np.random.default_rng(4)
    x = rng.normal(size=(1000, 3))
    kind = np.where(x[:, 0] > 0.5, "a", np.where(x[:, 1] > 0, "b", "c"))
    rows = [
        (
            *map(float, row),
            str(k),
            bool(row[0] > 0),
            float(row[0] - row[1]),
            f"q{i % 50}",
            int(row[0] > 0),
        )
        for i, (row, k) in enumerate(zip(x, kind, strict=True))
    ]
    schema = "p double, q double, r double, kind string, up boolean, y double, search string"
    schema += ", grade int"
    spark.createDataFrame(rows, schema).createOrReplaceTempView("several")
    yield spark
    spark.catalog.dropTempView("several")


@pytest.mark.parametrize(
    ("type_", "label", "more"),
    [
        ("classifier", "up", ""),
        ("classifier", "kind", ", WEIGHT_COL = r"),
        ("regressor", "y", ""),
        ("ranker", "grade", ", QUERY_COL = search"),
    ],
)
def test_workers_train_one_model_together(several: SparkSession, type_, label, more) -> None:
    """It is as good as one that is trained by one process, and has as many trees."""
    columns = f"p, q, {label}, abs(r) + 0.1D AS r" + (", search" if "search" in more else "")
    query = f"SELECT {columns} FROM several"
    figures = []
    for workers in (1, 2):
        several.sql(
            f"CREATE OR REPLACE MODEL shared OPTIONS (TYPE = 'xgboost_{type_}', LABEL = {label}, "
            f"NUM_TREES = 12, MAX_DEPTH = 3, NUM_WORKERS = {workers}{more}) AS {query}"
        )
        judged = several.sql(f"SELECT * FROM model_evaluate(shared, latest, {query})").first()
        assert judged is not None
        figures.append(judged.asDict())
        assert trees(several, "shared") == 12
    for name, value in figures[0].items():
        assert figures[1][name] == pytest.approx(value, abs=0.1)
    told = several.sql(f"SELECT * FROM model_explain_predict(shared, latest, {query})").first()
    assert told is not None


def test_one_worker_finds_the_trees_of_one_process(several: SparkSession) -> None:
    x = np.array(several.sql("SELECT p, q, r, y FROM several").collect())
    rows = several.sql("SELECT array(p, q, r) AS features, y AS label FROM several")
    estimator = XGBRegressor(n_estimators=5, n_jobs=1)
    found = fit_xgboost(estimator, rows.coalesce(1), 0, 1).predict(x[:, :3])
    np.testing.assert_allclose(found, estimator.fit(x[:, :3], x[:, 3]).predict(x[:, :3]), rtol=1e-5)


@pytest.mark.parametrize(
    ("clauses", "told"),
    [
        (
            "PARTITION BY kind OPTIONS (NUM_WORKERS = 2,",
            "PARTITION BY does not go with NUM_WORKERS",
        ),
        ("OPTIONS (NUM_WORKERS = 2, EARLY_STOPPING_ROUNDS = 3,", "Early stopping does not go with"),
        ("OPTIONS (NUM_WORKERS = 99,", "NUM_WORKERS = 99 needs as many tasks at the same time"),
        ("OPTIONS (NUM_WORKERS = 0,", "NUM_WORKERS"),
        ("OPTIONS (NUM_WORKERS = 2, OBJECTIVE = 'nonsense',", "does not go with these rows"),
    ],
)
def test_what_workers_cannot_train(several: SparkSession, clauses: str, told: str) -> None:
    with pytest.raises(AnalysisException, match=told):
        several.sql(
            f"CREATE MODEL wrong {clauses} TYPE = 'xgboost_regressor', LABEL = y) "
            "AS SELECT p, q, kind, y FROM several"
        )


def test_fewer_rows_than_workers(several: SparkSession) -> None:
    with pytest.raises(AnalysisException, match="fewer rows, or queries, than workers"):
        several.sql(
            "CREATE MODEL wrong OPTIONS (NUM_WORKERS = 2, TYPE = 'xgboost_ranker', LABEL = y, "
            "QUERY_COL = one) AS SELECT p, q, 1 AS one, y FROM several"
        )
