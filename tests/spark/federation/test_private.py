"""A release policy with an epsilon: what leaves the stores has noise, and a budget bounds it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession

from sparkfl import FederatedClustering
from sparkfl.errors import AggregationError, ParameterError, SchemaError
from sparkfl.federation.evaluation import training_report
from sparkfl.privacy.policy import ReleasePolicy

CUSTOMERS = {"one": 1, "some": 397, "many ö'`": 811}
EACH = 2
BOUNDS = {"x": (-5, 20), "Y axis": (-5, 20)}
EXACT = [
    CUSTOMERS[s] * each + skipped for s in CUSTOMERS for each in (1, EACH) for skipped in (0, 3)
]
"""How many customers and rows there are, of the stores that are large; never told."""


@pytest.fixture(scope="module")
def visits(spark: SparkSession) -> Iterator[DataFrame]:
    """Two rows a customer; some that are not valid, a store of nothing else, rows without one."""
    random, parts = np.random.default_rng(0), []
    for store, customers in CUSTOMERS.items():
        who = np.repeat(np.arange(customers), EACH)
        x = random.normal(size=(len(who), 2)) + np.array([[0, 0], [12, 0], [0, 12]])[who % 3]
        parts.append(pd.DataFrame(x, columns=["x", "Y axis"]).assign(store_id=store, who=who))
    parts += [pd.DataFrame({"x": [np.nan] * 3, "Y axis": 1.0, "store_id": "some", "who": 900})]
    parts += [
        pd.DataFrame({"x": [np.nan] * 50, "Y axis": 1.0, "store_id": "void", "who": range(50)})
    ]
    parts += [pd.DataFrame({"x": [0.0] * 60, "Y axis": 1.0, "store_id": None, "who": range(60)})]
    yield (frame := spark.createDataFrame(pd.concat(parts)).cache())
    frame.unpersist()


def estimator(**options: object) -> FederatedClustering:
    policy = {"entity_key": "who", "epsilon": 2.0, "bounds": BOUNDS} | {
        name: options.pop(name) for name in ("budget", "noise_mechanism") if name in options
    }
    given = {"inputCols": ["x", "Y axis"], "globalK": 3, **options}
    return FederatedClustering(releasePolicy=ReleasePolicy(**policy), **given)


def test_nothing_exact_is_told(visits: DataFrame, caplog: pytest.LogCaptureFixture) -> None:
    """Neither in tables nor metadata, figures of the version, or what is logged."""
    with caplog.at_level(logging.INFO, "sparkfl"):
        model = estimator().fit(visits)
    verdicts = {row.store_id: row for row in model.verdicts.collect()}
    assert set(verdicts) == {"one", "some", "many ö'`", "void"}
    assert verdicts["many ö'`"].verdict == "ok"
    assert verdicts["many ö'`"].strategy == "private"
    for row in verdicts.values():
        assert (row.skipped_rows, row.merged_rows, row.content) == (None, None, None)
        assert row.rows % 5 == 0
    report = training_report(model, visits)
    assert set(report.metrics) == {"stores", "stores_trained", "stores_kept"}
    assert set(report.tables) == {"verdicts", "changes"}
    assert "epsilon 2" in report.tags["sparkfl.released"]
    told = [json.dumps(model.data.metadata()), report.tags, caplog.text, str(model.summary)]
    told += [table.to_pylist() for table in model.data.tables.values()]
    words = str(told).replace(",", " ").replace("'", " ").split()
    # What is told is a multiple of 5, and may be any of these by chance.
    assert not {str(n) for n in EXACT if n > 100 and n % 5} & set(words)
    assert model.scalingUsed == "federation: moments of what stores released with noise"


@pytest.mark.parametrize("mechanism", ["gaussian", "laplace"])
def test_the_clusters_are_about_right(visits: DataFrame, mechanism: str) -> None:
    policy = ReleasePolicy(
        entity_key="who", epsilon=20.0, bounds=BOUNDS, noise_mechanism=mechanism, round=1
    )
    model = estimator().setReleasePolicy(policy).fit(visits)
    centres = model.data.scaling.inverse(model.data.clusters.mean)
    near = [np.abs(centres - at).max(axis=1).min() for at in ((0, 0), (12, 0), (0, 12))]
    assert max(near) < 2
    assert model.data.clusters.n.sum() == pytest.approx(397 + 811, rel=0.1)
    flagged = model.transform(visits.where("store_id = 'some'")).where("is_anomaly").count()
    assert 0 < flagged < 0.2 * 397 * EACH


def test_a_budget_is_spent_and_then_nothing_more_is_told(visits: DataFrame, tmp_path: Path) -> None:
    private = estimator(budget=2.5, accountantPath=str(tmp_path))
    first = private.fit(visits)
    with pytest.raises(AggregationError, match="4 budget_spent") as raised:
        private.fit(visits)
    assert "has spent epsilon 2 of its budget" in str(raised.value)
    kept = private.update_stores(first, visits, ["some"])
    verdicts = {row.store_id: row for row in kept.verdicts.collect()}
    assert verdicts["some"].verdict == "budget_spent"
    assert "0.5 remain, and epsilon 2 is asked for" in verdicts["some"].detail
    assert kept.data.releases.n.tolist() == first.data.releases.n.tolist()
    more = estimator(budget=9.0, accountantPath=str(tmp_path))
    again = more.update_stores(more.fit(visits), visits, ["many ö'`"])
    assert {row.store_id: row.verdict for row in again.verdicts.collect()}["many ö'`"] == "ok"
    assert len((tmp_path / "spent.jsonl").read_text().splitlines()) == 3


def test_what_only_exact_figures_can_give_is_refused(visits: DataFrame, tmp_path: Path) -> None:
    for options, said in (
        ({"algorithm": "bisecting_kmeans"}, "'bisecting_kmeans' makes clusters of exact rows"),
        ({"scaling": "quantile"}, "scaling is 'quantile'"),
        ({"handleInvalid": "error"}, "an error would tell"),
        ({"guardPath": str(tmp_path)}, "the guard would tell"),
        ({"checkpointDir": str(tmp_path)}, "checkpoint is drawn again"),
        ({"budget": 3.0}, "nothing says where it is kept"),
        ({"budget": 3.0, "accountantPath": "s3://b/c"}, "file system that has locks"),
    ):
        with pytest.raises(ParameterError, match=said):
            estimator(**options).fit(visits)
    with pytest.raises(ParameterError, match="none of 'who'"):
        FederatedClustering(
            inputCols=["x", "who"], releasePolicy=ReleasePolicy(epsilon=1.0, bounds=BOUNDS)
        ).fit(visits)
    model = estimator().fit(visits)
    with pytest.raises(ParameterError, match="which stores have changed would tell"):
        estimator().update(model, visits)
    with pytest.raises(SchemaError, match="no rows whose store_id is 'nowhere'"):
        estimator().update_stores(model, visits, ["nowhere"])


@pytest.fixture
def shops(
    spark: SparkSession, own_registry: str, visits: DataFrame, tmp_path: Path
) -> Iterator[SparkSession]:
    visits.createOrReplaceTempView("visits")
    spark.conf.set("spark.sparkfl.accountantPath", str(tmp_path / "budget"))
    yield spark
    spark.conf.unset("spark.sparkfl.accountantPath")
    spark.catalog.dropTempView("visits")


def described(spark: SparkSession, what: str) -> dict[str, str]:
    return {row.info_name: row.info_value for row in spark.sql(f"DESCRIBE {what}").collect()}


def test_private_models_in_sql(shops: SparkSession) -> None:
    sql = shops.sql
    bounds = "(x BETWEEN -5 AND 20, `Y axis` BETWEEN -5 AND 20.0)"
    sql(
        "CREATE RELEASE POLICY noisy WITH (ENTITY_KEY = who, EPSILON = 2, DELTA = 1e-6, "
        f"BUDGET = 2.5, NOISE_MECHANISM = 'gaussian', BOUNDS = {bounds})"
    )
    told = described(shops, "RELEASE POLICY noisy")
    assert (told["EPSILON"], told["DELTA"], told["BUDGET"]) == ("2.0", "1e-06", "2.5")
    assert json.loads(told["BOUNDS"]) == {"x": [-5.0, 20.0], "Y axis": [-5.0, 20.0]}
    assert told["released"].startswith("differentially private: epsilon 2, delta 1e-06 for each")
    create = (
        "CREATE OR REPLACE FEDERATED MODEL noisy PARTITION BY store_id OPTIONS (MODEL_TYPE = "
        "'kmeans', GLOBAL_NUM_CLUSTERS = 3, RELEASE_POLICY = 'noisy') AS SELECT * FROM visits"
    )
    assert sql("SHOW REMAINING BUDGET").collect() == []
    sql(create)
    assert described(shops, "MODEL noisy")["released"] == told["released"]
    (row,) = sql("SHOW REMAINING BUDGET FOR some").collect()
    assert (row.store, row.budget, row.releases) == ("some", 2.5, 1)
    assert row.spent == pytest.approx(2.0, abs=0.01)
    assert row.remaining == pytest.approx(0.5, abs=0.01)
    assert len(sql("SHOW REMAINING BUDGET").collect()) == 4
    with pytest.raises(AnalysisException, match=r"has spent epsilon 2 of its budget of 2\.5"):
        sql(create)
    sql("ALTER RELEASE POLICY noisy SET (BUDGET = 10)")
    sql(create)
    sql("REFRESH MODEL noisy PARTITION ('some')")
    (row,) = sql("SHOW REMAINING BUDGET FOR 'some'").collect()
    assert row.releases == 3
    assert 3 < row.spent < 6
    with pytest.raises(AnalysisException, match="which stores have changed would tell"):
        sql("UPDATE MODEL noisy OPTIONS (INCREMENTAL = TRUE) AS SELECT * FROM visits")
    shops.conf.unset("spark.sparkfl.accountantPath")
    with pytest.raises(AnalysisException, match="accountantPath is not set"):
        sql("SHOW REMAINING BUDGET")


def test_the_seed_trains_with_privacy(shops: SparkSession) -> None:
    sql = shops.sql
    query = "SELECT who, x, `Y axis` FROM visits"
    bounds = "jsonb_build_object('x', array(-5, 20), 'Y axis', array(-5, 20))"
    (row,) = sql(
        f"SELECT ml_train_with_privacy(model_name => 'sensitive', training_data => '{query}', "
        f"privacy_budget => 2, noise_mechanism => 'laplace', bounds => {bounds}, "
        "entity_key => 'who')"
    ).collect()
    assert row[0] == "sensitive$1"
    told = described(shops, "MODEL sensitive")["released"]
    assert "epsilon 2, delta 0 for each who" in told
    assert "laplace noise" in told
    asked = "SELECT 'all' AS store_id, x, `Y axis` FROM visits WHERE x < 1000"
    rows = sql(f"SELECT prediction FROM model_predict(sensitive, 1, {asked})")
    assert {row.prediction for row in rows.collect()} <= set(range(8))
    sql(
        "CREATE RELEASE POLICY seed WITH (EPSILON = 1, ENTITY_KEY = who, "
        "BOUNDS = (x BETWEEN -5 AND 20, `Y axis` BETWEEN -5 AND 20))"
    )
    call = (
        "SELECT * FROM ml_train_with_privacy('sensitive', (SELECT * FROM visits), "
        "release_policy => 'seed', store => 'store_id', privacy_budget => {})"
    )
    assert sql(call.format(0.5)).collect()[0].version == 2
    assert "epsilon 0.5" in described(shops, "MODEL sensitive")["released"]
    for wrong, said in (
        (call.format(1.5), "A call can ask for less, not for more"),
        (f"SELECT ml_train_with_privacy('m', '{query}')", "needs privacy_budget"),
        (f"SELECT ml_train_with_privacy('m', '{query}', 1.0)", "needs BOUNDS"),
        (f"SELECT ml_train_with_privacy('m', '{query}', -1, bounds => {bounds})", "EPSILON must"),
        ("SELECT ml_train_with_privacy('m', 'SELECT * FROM visits', 1.0, "
         f"bounds => {bounds})", "has a column 'store_id'"),
        (f"SELECT 1 + ml_train_with_privacy('m', '{query}')", "cannot be part of a query"),
    ):  # fmt: skip
        with pytest.raises(AnalysisException, match=said):
            sql(wrong)
