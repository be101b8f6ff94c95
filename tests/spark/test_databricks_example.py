"""The notebooks of the Databricks example, on a session that is there."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pyspark.sql import SparkSession

BUNDLE = Path(__file__).parents[2] / "examples" / "databricks"


def test_the_bundle_s_notebooks_train_and_score(spark: SparkSession, tracking_uri: str) -> None:
    rows = "SELECT concat('s', id % 2) AS store_id, id AS customer_id, 10 * (id % 3) + rand(1) AS x"
    spark.sql(f"{rows}, IF(id = 7, 900, rand(2)) AS y FROM range(120)").createOrReplaceTempView(
        "bundle_features"
    )
    parameters = {
        "features": "bundle_features",
        "columns": "x,y",
        "model": "shop_anomalies",
        "scored": "bundle_scored",
        "tracking_uri": tracking_uri,
    }
    shown: list[Any] = []
    names = {
        "spark": spark,
        "display": shown.append,
        "dbutils": SimpleNamespace(widgets=SimpleNamespace(get=parameters.__getitem__)),
    }
    try:
        runpy.run_path(str(BUNDLE / "train.py"), init_globals=names)
        runpy.run_path(str(BUNDLE / "score.py"), init_globals=names)
        assert [row.verdict for row in shown[0].collect()] == ["ok", "ok"]
        assert shown[1].first().customer_id == 7
        assert spark.table("bundle_scored").count() == 120
    finally:
        spark.catalog.dropTempView("bundle_features")
        spark.sql("DROP TABLE IF EXISTS bundle_scored")
