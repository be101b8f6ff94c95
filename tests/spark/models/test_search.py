"""HPARAM_RANGE, HPARAM_CANDIDATES, NUM_TRIALS: the best of several models is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator

import mlflow
import numpy as np
import pytest
from mlflow_address import mlflow_at
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

RIDGE = "TYPE = 'sklearn:linear_model.Ridge', LABEL = y, DATA_SPLIT_COL = later"


@pytest.fixture(scope="module")
def rows(spark: SparkSession, own_registry: str) -> Iterator[SparkSession]:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(80, 3))
    y = x @ [3.0, 0.0, -2.0] + rng.normal(size=80)
    frame = spark.createDataFrame(
        [
            (*map(float, a), float(b), bool(b > 0), i >= 60)
            for i, (a, b) in enumerate(zip(x, y, strict=True))
        ],
        "a double, b double, c double, y double, up boolean, later boolean",
    )
    frame.createOrReplaceTempView("points")
    yield spark
    spark.catalog.dropTempView("points")


def trials(spark: SparkSession, name: str) -> list[dict]:
    return [
        r.asDict() for r in spark.sql(f"SELECT * FROM model_trials({name}) ORDER BY 1").collect()
    ]


def test_the_best_of_the_candidates_is_kept(rows: SparkSession) -> None:
    """Each trial is judged as a model of its own value would be."""
    candidates = (1000.0, 0.1, 30.0)
    search = f"ALPHA = HPARAM_CANDIDATES([{', '.join(map(str, candidates))}])"
    query = "SELECT a, b, c, y, later FROM points"
    rows.sql(
        f"CREATE MODEL ridge OPTIONS ({RIDGE}, {search}, NUM_TRIALS = 8, HPARAM_TUNING_OBJECTIVES "
        f"= ['mean_squared_error']) AS {query}"
    )
    found = trials(rows, "ridge")
    assert len(found) == 3
    tried = {float(t["options"]["ALPHA"]): t["objective"] for t in found}
    for alpha, mse in tried.items():
        rows.sql(f"CREATE OR REPLACE MODEL one OPTIONS ({RIDGE}, ALPHA = {alpha}) AS {query}")
        held = "SELECT a, b, c, y FROM points WHERE later"
        judged = rows.sql(f"SELECT mse FROM model_evaluate(one, latest, {held})").first()
        assert judged is not None
        assert judged.mse == pytest.approx(mse)
    (best,) = (t for t in found if t["is_optimal"])
    assert best["objective"] == min(tried.values())
    assert best["metrics"]["mse"] == best["objective"]
    alpha = float(best["options"]["ALPHA"])
    rows.sql(f"CREATE OR REPLACE MODEL one OPTIONS ({RIDGE}, ALPHA = {alpha}) AS {query}")
    both = rows.sql(
        "SELECT max(abs(ml_predict('ridge', a, b, c) - ml_predict('one', a, b, c))) FROM points"
    ).first()
    assert both is not None
    assert both[0] == pytest.approx(0.0)


def test_trials_are_children_of_the_run(rows: SparkSession) -> None:
    rows.sql(
        "CREATE OR REPLACE MODEL tree OPTIONS (TYPE = 'decision_tree_classifier', LABEL = up, "
        "MAX_DEPTH = HPARAM_RANGE(1, 6), NUM_TRIALS = 3) AS SELECT a, b, up FROM points"
    )
    uri = rows.conf.get("spark.sparkfl.trackingUri")
    with mlflow_at(uri):
        run = mlflow.MlflowClient().get_model_version("tree", "1").run_id
        parent = mlflow.get_run(run)
        children = mlflow.search_runs(
            [parent.info.experiment_id], f"tags.`mlflow.parentRunId` = '{run}'"
        )
    assert len(children) == 3
    kept = children[children["tags.sparkfl.trial.best"] == "true"]
    assert kept["metrics.auc_roc"].tolist() == [children["metrics.auc_roc"].max()]
    assert kept["metrics.auc_roc"].tolist() == [parent.data.metrics["auc_roc"]]
    depths = children["params.MAX_DEPTH"].astype(int)
    assert depths.between(1, 6).all()


def test_a_type_has_usual_values_to_search(rows: SparkSession) -> None:
    rows.sql(
        "CREATE OR REPLACE MODEL line OPTIONS (TYPE = 'linear_reg', LABEL = y, NUM_TRIALS = 2, "
        "ELASTIC_NET_PARAM = 0) AS SELECT a, c, y FROM points"
    )
    found = trials(rows, "line")
    assert [set(t["options"]) for t in found] == [{"MODEL_TYPE", "REG_PARAM"}] * 2


def test_a_trial_that_fails_stops_no_other(rows: SparkSession) -> None:
    rows.sql(
        "CREATE OR REPLACE MODEL groups OPTIONS (TYPE = 'kmeans', NUM_TRIALS = 6, "
        "HPARAM_TUNING_ALGORITHM = 'random_search', K = HPARAM_CANDIDATES([2, 3, 1])) "
        "AS SELECT a, b FROM points"
    )
    found = trials(rows, "groups")
    failed = [t for t in found if t["options"]["K"] == "1"]
    assert 0 < len(failed) < 6
    assert all(t["status"] == "FAILED" and "at least 2" in t["error_message"] for t in failed)


def test_no_trial_begins_after_the_time(rows: SparkSession) -> None:
    rows.sql(
        "CREATE OR REPLACE MODEL line OPTIONS (TYPE = 'linear_reg', LABEL = y, NUM_TRIALS = 500, "
        "TIME_LIMIT = 0.01) AS SELECT a, c, y FROM points"
    )
    assert len(trials(rows, "line")) == 1


def test_it_is_trained_again_as_it_was(rows: SparkSession) -> None:
    statement = (
        "CREATE OR REPLACE MODEL again OPTIONS (TYPE = 'linear_reg', LABEL = y, NUM_TRIALS = 2, "
        "REG_PARAM = HPARAM_RANGE(0.01, 1), MAX_ITER = HPARAM_CANDIDATES([5, 9])) "
        "AS SELECT a, c, y FROM points"
    )
    rows.sql(statement)
    rows.sql("REFRESH MODEL again")
    made = rows.sql("SHOW CREATE MODEL again").first()
    assert made is not None
    assert "HPARAM_RANGE(0.01, 1)" in made[0]
    rows.sql(made[0].replace("CREATE MODEL", "CREATE OR REPLACE MODEL"))
    versions = [
        rows.sql(f"SELECT options, objective FROM model_trials(again, {v})").collect()
        for v in (1, 2, 3)
    ]
    assert versions[0] == versions[1] == versions[2]
    options = rows.sql("SELECT options FROM models() WHERE model_name = 'again'").first()
    assert options is not None
    assert json.loads(options[0])["REG_PARAM"] == {"HPARAM_RANGE": [0.01, 1]}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("TYPE = 'linear_reg', REG_PARAM = HPARAM_RANGE(1, 0)", "the lower first; got 1, 0"),
        ("TYPE = 'linear_reg', REG_PARAM = HPARAM_RANGE(1)", "takes two numbers"),
        ("TYPE = 'linear_reg', REG_PARAM = HPARAM_RANGE('a', 'b')", "takes two numbers"),
        ("TYPE = 'linear_reg', REG_PARAM = HPARAM_CANDIDATES([])", "takes an array of values"),
        ("TYPE = 'linear_reg', NUM_TRIALS = 0", "NUM_TRIALS must be"),
        ("TYPE = 'linear_reg', NUM_TRIAL = 3", "did you mean NUM_TRIALS"),
        (
            "TYPE = 'linear_reg', REG_PARAMS = HPARAM_RANGE(0, 1)",
            "no option REG_PARAMS; did you mean REG_PARAM",
        ),
        (
            "TYPE = 'linear_reg', NUM_TRIALS = 2, HPARAM_TUNING_OBJECTIVES = ['auc']",
            "'auc_roc' is no metric of the rows held out, which have explained_variance, mae",
        ),
        (
            "TYPE = 'linear_reg', NUM_TRIALS = 2, HPARAM_TUNING_OBJECTIVES = ['r2', 'mae']",
            "goes by one metric",
        ),
        ("TYPE = 'isotonic_regression', NUM_TRIALS = 2", "nothing says what to search"),
    ],
)
def test_refuses(rows: SparkSession, options: str, says: str) -> None:
    with pytest.raises(AnalysisException, match=says):
        rows.sql(f"CREATE MODEL refused OPTIONS (LABEL = y, {options}) AS SELECT a, y FROM points")


def test_a_model_of_no_search_has_no_trials(rows: SparkSession) -> None:
    rows.sql("CREATE MODEL plain OPTIONS (TYPE = 'kmeans') AS SELECT a, b FROM points")
    with pytest.raises(AnalysisException, match="there are no trials"):
        rows.sql("SELECT * FROM model_trials(plain)")
