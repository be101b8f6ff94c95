"""A federation with all it leaves behind: `python audited_federation.py INSIDE OUTSIDE`.

Reads the stores' rows from INSIDE and leaves in OUTSIDE what is not theirs: MLflow's database and
files, saved models, evaluations in Delta, the event log, what Spark's UI shows.
"""

from __future__ import annotations

import sys
import urllib.request
from pathlib import Path

import pandas as pd
from pyspark.sql import SparkSession

from sparkfl import FederatedClustering, configure_spark
from sparkfl.errors import SparkflError
from sparkfl.job import evaluate, train
from sparkfl.registry import ModelRegistry

FEATURES = ("spend", "visits", "age")
UI = ("jobs", "stages?details=true", "sql?details=true&planDescription=true", "environment")


class Tattling:
    """An algorithm whose error tells a customer's values."""

    def __init__(self, n_clusters: int = 3) -> None:
        self.n_clusters = n_clusters

    def fit_predict(self, rows: object) -> None:
        raise ValueError(f"cannot cluster {rows!r}: {[list(row) for row in rows]}")  # type: ignore[attr-defined]


def session(outside: Path) -> SparkSession:
    builder = (
        SparkSession.Builder()
        .master("local[2]")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.memory", "1g")
        .config("spark.ui.port", "0")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .config("spark.databricks.delta.snapshotPartitions", "1")
        .config("spark.eventLog.enabled", "true")
        .config("spark.eventLog.dir", (outside / "events").as_uri())
        .config("spark.sparkfl.trackingUri", f"sqlite:///{outside}/mlflow.db")
    )
    return configure_spark(builder).getOrCreate()


def main(inside: Path, outside: Path) -> None:
    spark = session(outside)
    uri, table = f"sqlite:///{outside}/mlflow.db", f"{inside}/features"
    base = ["--input", table, "--tracking-uri", uri, "--name", "shops"]
    train_ = [*base, "--store-col", "store_id", "--input-cols", *FEATURES]
    codes = []
    for name in ("before", "now"):
        rows = spark.read.parquet(f"{inside}/{name}.parquet")
        rows.write.format("delta").mode("overwrite").save(table)
        codes.append(train.main([*train_, "--incremental"]))
    codes.append(evaluate.main([*base, "--output", f"{outside}/evaluation"]))
    ModelRegistry(uri).load("shops", spark=spark).save(f"{outside}/saved")
    columns = ", ".join(("store_id", *FEATURES))
    spark.sql(
        "CREATE FEDERATED MODEL by_sql PARTITION BY store_id OPTIONS (MODEL_TYPE = 'kmeans', "
        f"SCALING = 'quantile', NUM_CLUSTERS = 3) AS SELECT {columns} FROM delta.`{table}`"
    ).show(truncate=False)
    spark.sql("DESCRIBE MODEL EXTENDED by_sql").show(200, truncate=False)
    spark.sql("SELECT * FROM model_verdicts(by_sql, 1)").show(truncate=False)
    query = f"SELECT {columns} FROM delta.`{table}`"
    spark.sql(f"SELECT * FROM model_evaluate(by_sql, 1, {query})").show(truncate=False)
    rows = spark.read.format("delta").load(table)
    spark.sparkContext.addPyFile(__file__)
    for failing, frame in (
        ({"algorithm": "audited_federation.Tattling"}, rows),
        ({}, rows.selectExpr("store_id", "spend", "visits", "nullif(age, age) AS age")),
    ):
        try:
            FederatedClustering(inputCols=list(FEATURES), **failing).fit(frame)  # type: ignore[arg-type]
        except SparkflError as error:
            sys.stdout.write(f"{error}\n")
        else:
            raise AssertionError("that cannot be trained")
    pages = f"{spark.sparkContext.uiWebUrl}/api/v1/applications/{spark.sparkContext.applicationId}"
    for i, page in enumerate(UI):
        with urllib.request.urlopen(f"{pages}/{page}") as answer:
            (outside / f"ui-{i}.json").write_bytes(answer.read())
    spark.stop()
    frame = pd.DataFrame({"code": codes})
    sys.stdout.write(frame.to_csv(index=False))
    assert codes == [0, 0, 0], codes


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
