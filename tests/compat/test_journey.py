"""What has to go on every Spark, Python and Java: with the extension, and in a stock session.

`make compat` runs it in the lanes of `lanes.py`.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from pyspark.errors import PySparkException
from pyspark.ml.functions import array_to_vector
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from stock_session import stock_session

import sparkfl
from sparkfl import FederatedClustering, FederatedClusteringModel
from sparkfl.errors import SparkflError
from sparkfl.execution.extension import has_extension
from sparkfl.execution.training import LocalTraining
from sparkfl.federation.evaluation import evaluate
from sparkfl.models.fitted import SqlModel
from sparkfl.privacy.rules import Rules
from sparkfl.registry import ModelRegistry
from sparkfl.serving.catalog import load, registry
from sparkfl.sqlext.jvm.jar import compile_jar, jar_name, jar_path
from sparkfl.sqlext.jvm.releases import group_of, spark_home, spark_release
from sparkfl.tables import delta_version, read_table, write_table
from sparkfl.tables.place import speaks_delta

pytestmark = pytest.mark.compat

ROWS = (
    "SELECT concat('shop ', id % 3) AS shop, id, double(id % 11) * 3 + id % 3 AS spend, "
    "double(id % 7) AS visits, IF(id % 11 > 5, 'much', 'little') AS kind FROM range(330)"
)
SINGLE = {
    "groups": "OPTIONS (MODEL_TYPE = 'kmeans', NUM_CLUSTERS = 3, SEED = 1)",
    "buyers": "OPTIONS (MODEL_TYPE = 'logistic_reg', LABEL = 'kind')",
    "trees": "OPTIONS (MODEL_TYPE = 'random_forest_classifier', LABEL = 'kind', NUM_TREES = 3)",
    "prices": "OPTIONS (MODEL_TYPE = 'sklearn:linear_model.Ridge', LABEL = 'spend')",
}
COLUMNS = {"groups": "spend, visits", "prices": "visits, spend"}
FEDERATED = "OPTIONS (MODEL_TYPE = 'kmeans', NUM_CLUSTERS = 2, SEED = 1, GLOBAL_NUM_CLUSTERS = 2)"
SPLIT = "TRANSFORM (vector_assembler(spend, visits) v)"


def sql(spark: SparkSession, text: str, args=None):
    return sparkfl.sql(spark, text, args).collect()


@pytest.fixture(scope="module", params=["extension", "client"])
def session(
    request: pytest.FixtureRequest,
    spark: SparkSession,
    mlflow_database: Callable[[Path], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[SparkSession]:
    """Session with the extension, then one without; each with an empty registry."""
    door = nullcontext(spark) if request.param == "extension" else stock_session(spark)
    with door as session:
        assert has_extension(session) == (request.param == "extension")
        registry = mlflow_database(tmp_path_factory.mktemp("registry"))
        session.conf.set("spark.sparkfl.trackingUri", registry)
        yield session


@pytest.fixture(scope="module")
def bought(session: SparkSession) -> Iterator[SparkSession]:
    """Session with a view of rows, a federation and single models, trained on it."""
    session.sql(ROWS).createOrReplaceTempView("bought")
    sql(
        session,
        f"CREATE FEDERATED MODEL fed PARTITION BY shop {FEDERATED} AS "
        "SELECT shop, spend, visits FROM bought",
    )
    for name, options in SINGLE.items():
        columns = COLUMNS.get(name, "spend, visits, kind")
        sql(session, f"CREATE MODEL {name} {options} AS SELECT {columns} FROM bought")
    yield session
    session.catalog.dropTempView("bought")


def test_this_is_the_lane(session: SparkSession) -> None:
    lane = os.environ.get("SPARKFL_TEST_LANE")
    if lane is None:
        pytest.skip("run by `make compat`")
    java = session._jvm.System.getProperty("java.specification.version")  # type: ignore[union-attr]
    python = ".".join(platform.python_version_tuple()[:2])
    assert f"{session.version} {python} {java} {speaks_delta(session)}" == lane
    assert jar_name(spark_home()).startswith(f"sparkfl-sqlext-{group_of(session.version).name}-")


def test_the_jar_is_that_of_its_whole_group(tmp_path: Path) -> None:
    """What links to another class file in one release fails in the others, where it is called."""
    if len(group_of(spark_release(spark_home())).releases) == 1:
        pytest.skip("this Spark has a jar of its own")
    own = ZipFile(compile_jar(spark_home(), tmp_path / "own.jar"))
    theirs = ZipFile(jar_path())
    assert {name: own.read(name) for name in own.namelist()} == {
        name: theirs.read(name) for name in theirs.namelist()
    }


@pytest.mark.parametrize("name", SINGLE)
def test_single_models(bought: SparkSession, name: str) -> None:
    told = sql(bought, f"SELECT prediction FROM model_predict({name}, TABLE(bought))")
    assert len(told) == 330
    assert None not in {row.prediction for row in told}
    (judged,) = sql(bought, f"SELECT * FROM model_evaluate({name}, 1, bought)")
    assert any(isinstance(value, float) and np.isfinite(value) for value in judged)
    assert sql(bought, f"SELECT * FROM model_training_info({name})")


@pytest.mark.parametrize("name", ["groups", "buyers", "trees"])
def test_compiled_predictions_are_mllib_s(bought: SparkSession, name: str) -> None:
    if not has_extension(bought):
        pytest.skip("a stock session has MLlib predict")
    columns = "spend, visits, kind"
    sql(bought, f"CREATE MODEL {name}_v {SPLIT} {SINGLE[name]} AS SELECT {columns} FROM bought")
    model = load(bought, registry(bought).get(f"{name}_v"))
    assert isinstance(model, SqlModel)
    rows = bought.table("bought").orderBy("id")
    found = model.predict(rows)
    plan = found._jdf.queryExecution().optimizedPlan().toString()
    assert re.search(r"\bsparkfl_\w+\(", plan)
    packed = rows.withColumn(
        model.inputs.readings[0].column, array_to_vector(F.array("spend", "visits"))
    )
    own = model.fitted.transform(packed).select("id", model.fitted.getPredictionCol())
    expected = [row[1] for row in own.orderBy("id").collect()]
    told = [row.prediction for row in found.orderBy("id").collect()]
    if model.label and model.label.classes:
        told = [list(model.label.classes).index(value) for value in told]
    assert told == expected


def test_a_prediction_in_an_expression(bought: SparkSession) -> None:
    found = sql(
        bought,
        "SELECT id, ml_predict('groups', spend, visits) AS near FROM bought "
        "WHERE ml_predict('buyers', spend => spend, visits => visits) > 0.5 ORDER BY id",
    )
    told = sql(
        bought,
        "SELECT id, prediction AS near FROM model_predict(groups, TABLE(bought)) JOIN "
        "(SELECT id FROM model_predict(buyers, SELECT * FROM bought) WHERE prediction = 'much') "
        "USING (id) ORDER BY id",
    )
    assert found == told
    assert len(found) > 100


def test_a_federation(bought: SparkSession) -> None:
    model = FederatedClustering(
        storeCol="shop", inputCols=["spend", "visits"], algorithm="kmeans", k=2, seed=1, globalK=2
    ).fit(bought.table("bought"))
    own = model.transform(bought.table("bought")).orderBy("id").collect()
    told = sql(bought, "SELECT * FROM model_predict(fed, SELECT * FROM bought) ORDER BY id")
    assert [(row.prediction, row.is_anomaly) for row in told] == [
        (row.prediction, row.is_anomaly) for row in own
    ]
    np.testing.assert_allclose(
        [row.anomaly_score for row in told], [row.anomaly_score for row in own], rtol=1e-9
    )
    judged = sql(bought, "SELECT * FROM model_evaluate(fed, 1, bought)")
    assert len(judged) >= 3
    verdicts = sql(bought, "SELECT shop, verdict, rows FROM model_verdicts(fed) ORDER BY shop")
    assert [tuple(row) for row in verdicts] == [(f"shop {n}", "ok", 110) for n in range(3)]


def test_published_as_functions(bought: SparkSession) -> None:
    for model, call in {
        "trees": "f(spend, visits)",
        "fed": "f(shop, spend, visits).prediction",
    }.items():
        sql(bought, f"PUBLISH MODEL {model} AS TEMPORARY FUNCTION f")
        found = bought.sql(f"SELECT {call} AS prediction FROM bought ORDER BY id").collect()
        told = f"SELECT prediction FROM model_predict({model}, TABLE(bought)) ORDER BY id"
        assert found == sql(bought, told)
        bought.sql("DROP TEMPORARY FUNCTION f")
    sql(bought, "PUBLISH MODEL groups AS FUNCTION kept")
    assert bought.sql("SELECT count(*) FROM bought WHERE kept(spend, visits) = 0").first()[0] > 0
    sql(bought, "UNPUBLISH FUNCTION kept")


def test_parameters_and_variables(bought: SparkSession) -> None:
    options = "OPTIONS (MODEL_TYPE = 'kmeans', NUM_CLUSTERS = 2, SEED = 1)"
    some = f"CREATE MODEL few {options} AS SELECT spend FROM bought WHERE id < :most"
    sql(bought, some, {"most": 100})
    (told,) = sql(bought, "SELECT * FROM model_training_info(few)")
    assert "100" in str(told)
    query = (
        "SELECT * FROM model_predict(few, 1, SELECT * FROM bought WHERE id < {0}) WHERE id > {0}"
    )
    for args in ({"n": 200}, [200, 200]):
        marked = query.format(":n" if isinstance(args, dict) else "?")
        assert sql(bought, marked, args) == []
    bought.sql("DECLARE OR REPLACE VARIABLE most INT DEFAULT 7")
    counted = "SELECT count(*) AS n FROM model_predict(few, TABLE(bought)) WHERE id < $most"
    assert sql(bought, counted)[0].n == 7


@pytest.mark.parametrize(
    ("text", "condition", "place"),
    [
        (
            "CREATE MODEL m\nOPTIONS (K 3) AS SELECT 1 AS a",
            "SPARKFL_SYNTAX_ERROR",
            "line 2, pos 11",
        ),
        ("SELECT *\nFROM model_predit(fed, 1, bought)", "SPARKFL_SYNTAX_ERROR", "line 2, pos 5"),
        (
            "SELECT * FROM model_predict(fed, bought)\nWHERE id <> <> 3",
            "PARSE_SYNTAX_ERROR",
            "line 2",
        ),
        ("SELECT * FROM model_predict(nothing, bought)", "SPARKFL_", ""),
        ("CREATE MODEL m OPTIONS (MODEL_TYPE = 'kmeans', K = 0) AS SELECT 1D AS a", "SPARKFL_", ""),
        (
            "SELECT * FROM model_predict(fed, bought)\nWHERE spend > absent",
            "UNRESOLVED_COLUMN.WITH_SUGGESTION",
            "line 2 pos 14",
        ),
    ],
)
def test_errors(bought: SparkSession, text: str, condition: str, place: str) -> None:
    with pytest.raises(PySparkException) as caught:
        sql(bought, text)
    message = str(caught.value)
    assert (caught.value.getCondition() or "").startswith(condition)
    assert place in message
    assert not re.search(r"Traceback|\n\s+at |java\.|Py4J", message)


def test_what_fails_when_it_runs_shows_what_was_written(bought: SparkSession) -> None:
    text = "SELECT spend / (visits - visits) FROM model_predict(fed, bought)"
    # Executors log what fails in them, with a trace.
    bought.sparkContext.setLogLevel("OFF")
    with pytest.raises(PySparkException, match="DIVIDE_BY_ZERO") as caught:
        sql(bought, text)
    bought.sparkContext.setLogLevel("ERROR")
    if has_extension(bought):
        assert text[:60] in str(caught.value)


def test_the_registry_by_statements(bought: SparkSession) -> None:
    names = {row.model_name for row in sql(bought, "SHOW MODELS")}
    assert {"fed", *SINGLE} <= names
    assert sql(bought, "DESCRIBE MODEL EXTENDED fed")
    (created,) = sql(bought, "SHOW CREATE MODEL groups")
    assert "'kmeans'" in created[0]
    sql(bought, "ALTER MODEL groups SET ALIAS champion = 1")
    champion = "SELECT count(*) AS n FROM model_predict(groups@champion, TABLE(bought))"
    assert sql(bought, champion)[0].n == 330


@pytest.mark.parametrize("scaling", ["federation", "quantile"])
def test_the_estimator(bought: SparkSession, scaling: str, tmp_path: Path) -> None:
    if has_extension(bought) != (scaling == "federation"):
        pytest.skip("one scaling with the extension, the other without")
    rows = bought.table("bought")
    estimator = FederatedClustering(
        storeCol="shop", inputCols=["spend", "visits"], k=2, seed=1, scaling=scaling
    )
    model = estimator.fit(rows)
    model.write().overwrite().save(f"{tmp_path}/model")
    loaded = FederatedClusteringModel.load(f"{tmp_path}/model")
    kept = ModelRegistry(bought.conf.get("spark.sparkfl.trackingUri"))
    version = kept.register(f"by_{scaling}", model)
    again = kept.load(version.name, spark=bought)
    columns = ["id", "prediction", "is_anomaly", "anomaly_score"]
    own, saved, registered = (
        each.transform(rows).select(*columns).orderBy("id").collect()
        for each in (model, loaded, again)
    )
    assert own == saved == registered
    assert evaluate(model, rows).count() >= 3
    updated = estimator.update(model, rows.where("shop <> 'shop 0' OR id > 50"))
    changes = updated.data.tables["changes"].to_pylist()
    assert {row["store"]: row["change"] for row in changes}["shop 0"] == "retrained"


def test_a_store_that_no_worker_holds(session: SparkSession) -> None:
    rows = session.sql(
        "SELECT 'one' AS store, array(double(id % 17), sin(id)) AS features FROM range(900)"
    )
    (held,) = LocalTraining("kmeans", None, 0, Rules(10)).fit_stores(rows, 2).values()
    (cut,) = (
        LocalTraining("kmeans", None, 0, Rules(10), max_values=400).fit_stores(rows, 2).values()
    )
    assert (str(held.strategy), str(cut.strategy)) == ("batched", "summarised")
    assert held.summary.n.sum() == cut.summary.n.sum() == 900
    means = [each.summary.n @ each.summary.mean / 900 for each in (held, cut)]
    np.testing.assert_allclose(*means, rtol=1e-9, atol=1e-12)


def test_tables(bought: SparkSession, tmp_path: Path) -> None:
    rows = bought.table("bought").orderBy("id").collect()
    formats = ["parquet", "delta"] if speaks_delta(bought) else ["parquet"]
    for name in formats:
        path = f"{tmp_path}/table.{name}"
        write_table(bought.table("bought"), path, format=name)
        assert read_table(bought, path, format=name).orderBy("id").collect() == rows
    if "delta" in formats:
        assert delta_version(bought, f"{tmp_path}/table.delta") == 0
        made = "SELECT id, prediction FROM model_predict(groups, TABLE(bought))"
        sql(bought, f"CREATE TABLE kept USING delta AS {made}")
        assert bought.table("kept").count() == 330
        bought.sql("DROP TABLE kept")
    with pytest.raises(SparkflError, match="no_such_table cannot be read"):
        read_table(bought, "no_such_table")
