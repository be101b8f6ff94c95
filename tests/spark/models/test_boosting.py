"""Boosted trees that stop early, and those that rank the rows of queries."""

from __future__ import annotations

import numpy as np
import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from sklearn.metrics import ndcg_score

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
    return booster.num_trees() if booster else fitted.best_iteration + 1


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
        "CREATE MODEL found OPTIONS (TYPE = 'kmeans', NUM_CLUSTERS = HPARAM_CANDIDATES([2]), "
        "SEED = 1, NUM_TRIALS = 9, EARLY_STOPPING_TRIALS = 2) AS SELECT a, b FROM noise"
    )
    assert noise.sql("SELECT * FROM model_trials(found)").count() == 3
