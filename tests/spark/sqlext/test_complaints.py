"""What users of other ML in SQL complain of: a test for each of the fourteen.

They were gathered from the issues of sqlflow, dask-sql, mindsdb, rikai, SynapseML, MLflow, shap and
Spark; each test is named after what is complained of.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import mlflow
import numpy as np
import pytest
from mlflow_address import mlflow_at
from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import ArrayType, NumericType
from sklearn.ensemble import IsolationForest

from sparkfl.registry.libraries import library_versions
from sparkfl.serving.catalog import find, load, registry

TREES = "TYPE = 'gradient_boosted_tree_regression', LABEL = spend, MAX_ITER = 4, SEED = 1"


@pytest.fixture(scope="module")
def shop(spark: SparkSession, own_registry: str) -> Iterator[SparkSession]:
    spark.sql(
        "CREATE OR REPLACE TEMP VIEW customers AS SELECT id AS customer_id, id % 3 AS visits, "
        "double(id % 7) AS age, 10.0 * (id % 3) + id % 5 AS spend, id % 2 = 0 AS gone "
        "FROM range(120)"
    )
    spark.sql(
        "CREATE MODEL segments OPTIONS (TYPE = 'kmeans', K = 3, SEED = 1) "
        "AS SELECT visits, age FROM customers"
    )
    spark.sql(
        "CREATE MODEL churn OPTIONS (TYPE = 'logistic_reg', LABEL = gone) "
        "AS SELECT visits, age, gone FROM customers"
    )
    spark.sql(f"CREATE MODEL spends OPTIONS ({TREES}) AS SELECT visits, age, spend FROM customers")
    yield spark
    spark.catalog.dropTempView("customers")


def plan_of(df: DataFrame) -> str:
    return df._jdf.queryExecution().executedPlan().toString()


def test_spark_ml_models_cannot_run_inside_a_udf(shop: SparkSession) -> None:
    """So they run as a plan: where a table stands, and where an expression stands."""
    found = shop.sql(
        "SELECT customer_id FROM customers WHERE ml_predict('churn', visits, age) > 0.5"
    )
    assert "Python" not in plan_of(found)
    told = shop.sql("SELECT * FROM model_predict(churn, 1, TABLE customers)")
    assert "Python" not in plan_of(told)
    assert found.count() == told.where("prediction").count()


def test_a_model_lives_in_one_session_only(shop: SparkSession) -> None:
    """It is in the registry, for every session, and each training is a version."""
    other = shop.newSession()
    other.conf.set("spark.sparkfl.trackingUri", shop.conf.get("spark.sparkfl.trackingUri"))
    rows = "SELECT 1 AS visits, 2D AS age"
    first = other.sql(f"SELECT prediction FROM model_predict(segments, 1, {rows})").first()
    made = shop.sql("UPDATE MODEL segments AS SELECT visits, age FROM customers WHERE age > 1")
    assert made.first().version == 2
    again = other.sql(f"SELECT prediction FROM model_predict(segments, 1, {rows})").first()
    assert first == again
    listed = other.sql("SELECT version FROM model_versions() WHERE model_name = 'segments'")
    assert {row.version for row in listed.collect()} == {1, 2}


def test_models_of_spark_have_no_signature(shop: SparkSession) -> None:
    """Theirs are the query's columns, as Unity Catalog wants them, not a vector of features."""
    with mlflow_at(shop.conf.get("spark.sparkfl.trackingUri")):
        signature = mlflow.models.get_model_info("models:/churn/1").signature
    assert signature.inputs.input_names() == ["visits", "age"]
    assert not signature.inputs.is_tensor_spec()
    assert signature.outputs.input_names() == ["prediction"]


def test_stored_models_break_after_an_upgrade(shop: SparkSession, tmp_path: Path) -> None:
    """A version knows what trained it, one of a later format is refused in one line."""
    told = {row[0]: row[1] for row in shop.sql("DESCRIBE MODEL EXTENDED spends 1").collect()}
    assert all(f"{n} {v}" in str(told) or v in str(told) for n, v in library_versions().items())
    assert shop.sql("REFRESH MODEL spends").first().version == 2
    shop.sql(f"EXPORT MODEL churn TO '{tmp_path / 'out'}'")
    saved = next((tmp_path / "out").rglob("model.json"))
    saved.write_text(saved.read_text().replace('"format": 5', '"format": 99'))
    with pytest.raises(AnalysisException, match="99") as caught:
        shop.sql(f"CREATE MODEL later FROM '{tmp_path / 'out'}'")
    assert "Traceback" not in str(caught.value)


def test_a_mismatch_of_the_input_is_silent_or_cryptic(shop: SparkSession) -> None:
    """What is expected and what is given is told; a label is not needed, nothing is overwritten."""
    with pytest.raises(AnalysisException, match=r"Expected: visits bigint, age.*Got: visits"):
        shop.sql("SELECT * FROM model_predict(churn, 1, SELECT visits FROM customers)")
    told = shop.sql("SELECT * FROM model_predict(churn, 1, TABLE customers)")
    assert told.columns == ["customer_id", "visits", "age", "spend", "gone", "prediction"]
    shuffled = "SELECT age, 'x' AS other, visits FROM customers"
    other = shop.sql(f"SELECT prediction FROM model_predict(churn, 1, {shuffled})")
    assert sorted(other.collect()) == sorted(told.select("prediction").collect())
    with pytest.raises(AnalysisException, match="prediction"):
        shop.sql("SELECT * FROM model_predict(churn, 1, SELECT *, 1 AS prediction FROM customers)")


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("CREATE MODEL m OPTIONS (TYPE = 'kmean') AS SELECT 1 AS x", "no MODEL_TYPE 'kmean'"),
        ("CREATE MODEL m OPTIONS (TYPE = 'kmeans') AS SELECT y FROM customers", "y"),
        ("CREATE MODEL m OPTION (TYPE = 'kmeans') AS SELECT 1 AS x", "line 1, pos 15"),
        ("SELECT * FROM model_predict(churn, 7, TABLE customers)", "no version 7"),
        ("SELECT * FROM model_centroids(churn, 1)", "logistic_reg"),
    ],
)
def test_errors_cannot_be_read(shop: SparkSession, statement: str, told: str) -> None:
    with pytest.raises((AnalysisException, ParseException)) as caught:
        shop.sql(statement)
    text = str(caught.value)
    assert told in text
    assert not any(trace in text for trace in ("Traceback", "py4j", "\tat ", ".py"))


def test_nobody_sees_what_a_model_needs(shop: SparkSession) -> None:
    told = "\n".join(str(tuple(row)) for row in shop.sql("DESCRIBE MODEL EXTENDED churn").collect())
    for part in ("logistic_reg", "visits", "bigint", "age", "SELECT visits, age, gone"):
        assert part in told
    text = shop.sql("SHOW CREATE MODEL churn").first()[0]
    again = text.replace("churn", "churn_again", 1)
    assert shop.sql(again).first().version == 1


def test_predictions_do_not_compose(shop: SparkSession) -> None:
    """LIMIT and OFFSET, nesting, joins and CTEs; and all other SQL is Spark's own."""
    inner = "SELECT * FROM model_predict(segments, 1, SELECT * FROM customers LIMIT 9 OFFSET 3)"
    nested = shop.sql(
        f"WITH s AS ({inner}) SELECT c.customer_id, s.prediction, c.prediction AS spends FROM s "
        "JOIN model_predict(spends, 1, SELECT customer_id, visits, age FROM s) c "
        "USING (customer_id) ORDER BY 1"
    )
    # Spark 4.2 itself loses a LIMIT over a join of two queries with OFFSET.
    assert nested.count() == 9
    assert shop.sql("SELECT 1 AS predict, 'CREATE MODEL' AS model").first().predict == 1


def test_explanations_of_boosted_trees_break_when_loaded(shop: SparkSession) -> None:
    """They are of the files of the version, and add up to the prediction."""
    version = find(shop, "spends", 1)
    fresh = registry(shop).load("spends", 1, shop)
    assert load(shop, version) is not fresh
    told = shop.sql("SELECT * FROM model_explain_predict(spends, 1, TABLE customers, 9)")
    scored = shop.sql("SELECT * FROM model_predict(spends, 1, TABLE customers)")
    expected = {row.customer_id: row.prediction for row in scored.collect()}
    for row in told.collect():
        parts = sum(part.attribution for part in row.attributions)
        assert row.baseline + parts == pytest.approx(expected[row.customer_id])


def test_isolation_forests_cannot_be_saved(shop: SparkSession) -> None:
    shop.sql(
        "CREATE MODEL odd OPTIONS (TYPE = 'isolation_forest', NUM_TREES = 9, SEED = 3) "
        "AS SELECT visits, age FROM customers"
    )
    saved = registry(shop).load("odd", 1, shop)
    told = saved.predict(shop.table("customers")).orderBy("customer_id").toPandas()
    x = told[["visits", "age"]].to_numpy(float)
    alone = IsolationForest(n_estimators=9, contamination=0.1, random_state=3).fit(x)
    np.testing.assert_allclose(told.anomaly_score, -alone.score_samples(x))


@pytest.mark.parametrize("kind", ["kmeans", "bisecting_kmeans", "gaussian_mixture"])
@pytest.mark.parametrize(
    "rows",
    [
        "SELECT 1D AS x, 2D AS y FROM range(20)",
        "SELECT double(id DIV 19) AS x, double(id DIV 19) AS y FROM range(20)",
        "SELECT 0D AS x, double(id % 2) AS y FROM range(20)",
    ],
    ids=["all rows equal", "a cluster of one point", "a constant feature"],
)
def test_clustering_fails_on_edge_data(shop: SparkSession, kind: str, rows: str) -> None:
    """A silhouette of one cluster is NULL, not an error."""
    shop.sql(f"CREATE OR REPLACE MODEL edge OPTIONS (TYPE = '{kind}', K = 2, SEED = 1) AS {rows}")
    judged = shop.sql(f"SELECT silhouette FROM model_evaluate(edge, latest, {rows})").first()
    told = shop.sql(f"SELECT DISTINCT prediction FROM model_predict(edge, latest, {rows})")
    clusters = told.count()
    assert (judged.silhouette is None) == (clusters == 1)
    # scikit-learn, too, gives a cluster of one row 0.
    assert clusters == 1 or judged.silhouette >= 0.95


def test_vectors_in_tables_cannot_be_read(shop: SparkSession) -> None:
    """They are arrays, and a model is trained of these again."""
    shop.sql(
        "CREATE TABLE scaled "
        "TRANSFORM (vector_assembler(array(visits, age)) v, standard_scaler(v) AS f) "
        "AS SELECT customer_id, visits, age FROM customers"
    )
    try:
        stored = shop.table("scaled")
        assert isinstance(stored.schema["f"].dataType, ArrayType)
        assert isinstance(stored.schema["f"].dataType.elementType, NumericType)
        shop.sql("CREATE MODEL of_arrays OPTIONS (TYPE = 'kmeans', K = 2) AS SELECT f FROM scaled")
        found = shop.sql("SELECT * FROM model_predict(of_arrays, 1, SELECT f FROM scaled)")
        assert found.where("prediction IS NULL").count() == 0
    finally:
        shop.sql("DROP TABLE scaled")


def test_models_do_not_work_on_spark_connect() -> None:
    """`test_clients.test_connect` trains and asks them there; no answer needs the client's JVM."""
    rooms = ("columns", "execution", "federation", "metrics", "models", "serving", "transforms")
    root = Path(__file__).parents[3] / "sparkfl"
    files = [path for room in rooms for path in (root / room).rglob("*.py")]
    using = [p.name for p in files if "_jvm" in p.read_text() or "import py4j" in p.read_text()]
    assert len(files) > 150
    assert using == []


def test_large_data_is_trained_on_one_node(
    shop: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows of a training stay with the workers; a library of one node says what it takes."""
    fetched: list[int] = []

    def counted(name: str):
        own = getattr(type(shop.table("customers")), name)

        def fetch(df: DataFrame, *args: object, **kwargs: object):
            found = own(df, *args, **kwargs)
            fetched.append(len(found))
            return found

        monkeypatch.setattr(type(shop.table("customers")), name, fetch)

    for name in ("collect", "toPandas", "toArrow"):
        counted(name)
    rows = "SELECT double(id % 9) AS x, double(id % 7) AS y FROM range(20000)"
    shop.sql(f"CREATE MODEL large OPTIONS (TYPE = 'kmeans', K = 3, SEED = 1) AS {rows}")
    assert fetched
    assert max(fetched) < 100
    monkeypatch.setattr("sparkfl.models.frame_fit._MOST", 1000)
    with pytest.raises(AnalysisException, match=r"more than the driver is given.*PARTITION BY"):
        shop.sql(f"CREATE MODEL too_large OPTIONS (TYPE = 'isolation_forest') AS {rows}")
