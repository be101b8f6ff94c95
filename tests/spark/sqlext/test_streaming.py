"""Predictions of a stream, in SQL, are those of the same rows as a table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

pytestmark = pytest.mark.usefixtures("own_registry")
SCHEMA = "shop string, a double, b double, up boolean"
MODELS = {
    "line": "TYPE = 'linear_reg', LABEL = a",
    "forest": "TYPE = 'random_forest_classifier', LABEL = up, NUM_TREES = 3",
    "pairs": "TYPE = 'factorization_machines_classifier', LABEL = up, MAX_ITER = 3",
    "groups": "TYPE = 'kmeans', K = 2",
    "scikit": "TYPE = 'sklearn:tree.DecisionTreeClassifier', LABEL = up",
    "odd": "TYPE = 'isolation_forest', NUM_TREES = 5",
}


@pytest.fixture(scope="module")
def stream(spark: SparkSession, own_registry: str, tmp_path_factory) -> Iterator[SparkSession]:
    folder = str(tmp_path_factory.mktemp("stream"))
    rows = [
        ("north" if i % 2 else "south", float(i % 9 + 20 * (i % 2)), float(i % 5), i % 2 == 0)
        for i in range(60)
    ]
    frame = spark.createDataFrame(rows, SCHEMA)
    frame.write.mode("overwrite").parquet(folder)
    frame.createOrReplaceTempView("still")
    for name, options in MODELS.items():
        spark.sql(f"CREATE MODEL {name} OPTIONS ({options}) AS SELECT a, b, up FROM still")
    spark.sql(
        "CREATE FEDERATED MODEL stores PARTITION BY shop OPTIONS (TYPE = 'kmeans', "
        "NUM_CLUSTERS = 2, GLOBAL_NUM_CLUSTERS = 2, MIN_CLUSTER_SIZE = 5) "
        "AS SELECT shop, a, b FROM still"
    )
    spark.readStream.schema(SCHEMA).parquet(folder).createOrReplaceTempView("flowing")
    yield spark
    for view in ("still", "flowing"):
        spark.catalog.dropTempView(view)


def landed(spark: SparkSession, query: str, folder: Path) -> list[str]:
    """Run a streaming query to its end, and return its rows."""
    found = spark.sql(query)
    assert found.isStreaming
    out = str(folder / "out")
    writing = found.writeStream.format("parquet").option("checkpointLocation", str(folder / "log"))
    running = writing.trigger(availableNow=True).start(out)
    running.awaitTermination(120)
    assert running.exception() is None
    return sorted(map(repr, spark.read.parquet(out).collect()))


@pytest.mark.parametrize(
    "query",
    [
        *(f"SELECT * FROM model_predict({name}, 1, SELECT * FROM {{}})" for name in MODELS),
        "SELECT * FROM model_predict(stores, 1, SELECT * FROM {})",
        "SELECT * FROM model_explain_predict(forest, 1, SELECT * FROM {})",
        "SELECT * FROM model_detect_anomalies(groups, 1, 0.1, SELECT * FROM {})",
        "SELECT * FROM model_transform(line, 1, SELECT b, up FROM {})",
        "SELECT a, ml_predict('forest', a, b) AS p FROM {} WHERE ml_predict('line', b, up) > 3",
    ],
)
def test_a_stream_is_predicted_as_its_rows_are(
    stream: SparkSession, tmp_path: Path, query: str
) -> None:
    found = landed(stream, query.format("flowing"), tmp_path)
    still = stream.sql(query.format("still"))
    still.write.parquet(str(tmp_path / "still"))
    assert found == sorted(map(repr, stream.read.parquet(str(tmp_path / "still")).collect()))
    assert found


def test_a_stream_cannot_be_trained_on(stream: SparkSession) -> None:
    for statement in (
        "CREATE MODEL never OPTIONS (TYPE = 'linear_reg', LABEL = a) AS SELECT a, b FROM flowing",
        "CREATE FEDERATED MODEL never PARTITION BY shop OPTIONS (TYPE = 'kmeans', "
        "NUM_CLUSTERS = 2) AS SELECT shop, a, b FROM flowing",
    ):
        with pytest.raises(AnalysisException, match="stream"):
            stream.sql(statement)
