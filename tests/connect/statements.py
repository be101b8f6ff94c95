"""The statements by `sparkfl.sql`: from a client without a JVM, and in a classic session."""

from __future__ import annotations

import re

import pandas as pd
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

import sparkfl

ROWS = (
    "SELECT concat('shop ', id % 3) AS shop, id, double(id % 11) * 3 + id % 3 AS spend, "
    "double(id % 7) AS visits, IF(id % 11 > 5, 'much', 'little') AS kind FROM range(330)"
)
TRAININGS = [
    "CREATE FEDERATED MODEL fed_{n} PARTITION BY shop OPTIONS (MODEL_TYPE = 'kmeans', "
    "NUM_CLUSTERS = 2, SEED = 1, GLOBAL_NUM_CLUSTERS = 2) AS "
    "SELECT shop, spend, visits FROM bought",
    "CREATE MODEL near_{n} OPTIONS (MODEL_TYPE = 'knn_classifier', LABEL = 'kind') AS "
    "SELECT spend, visits, kind FROM bought WHERE id < :most",
    "CREATE MODEL seg_{n} OPTIONS (MODEL_TYPE = 'kmeans', NUM_CLUSTERS = 2, SEED = 1) AS "
    "SELECT spend, visits FROM bought",
    "CREATE FEATURE VIEW shops_{n} ENTITY shop AS SELECT count(*) OVER LAST 7 DAYS AS n, "
    "avg(spend) AS mean, n * 2 AS twice, date(as_of) AS day "
    "FROM bought TIMESTAMP (timestamp_seconds(1700000000 - 86400 * id))",
]
QUERIES = {
    "predicted": "SELECT * FROM model_predict(fed_{n}, SELECT * FROM bought) ORDER BY id",
    "judged": "SELECT * FROM model_evaluate(fed_{n}, 1, bought) ORDER BY ALL",
    "verdicts": "SELECT shop, verdict, rows FROM model_verdicts(fed_{n}) ORDER BY shop",
    "nested": "WITH told AS (SELECT id, prediction AS kind_found FROM model_predict(near_{n}, 1, "
    "SELECT * FROM bought WHERE id < :most)) SELECT prediction, kind_found, count(*) AS n FROM "
    "told JOIN model_predict(seg_{n}, SELECT * FROM bought) USING (id) GROUP BY ALL ORDER BY ALL",
    "viewed": "SELECT * FROM feature_view(shops_{n}, AS OF DATE '2023-11-14') ORDER BY shop",
    "joined": "SELECT * FROM feature_join(shops_{n}, asked, SELECT shop, DATE '2023-11-10' AS "
    "asked FROM bought WHERE id < 3) ORDER BY shop",
    "scored": "SELECT * FROM model_predict(seg_{n}, SELECT mean AS spend, double(n) AS visits "
    "FROM feature_view(shops_{n}, AS OF '2023-11-14')) ORDER BY ALL",
    "plain": "SELECT '{{}}' AS braces, :most + 1 AS more",
}
MISTAKES = [
    "SELECT * FROM model_predict(nothing_{n}, SELECT 1 AS a)",
    "SELECT * FROM feature_view(nothing_{n})",
    "CREATE FEATURE VIEW v ENTITY shop AS SELECT sum(spnt) AS s FROM bought",
    "CREATE MODEL m OPTIONS (MODEL_TYPE = 'kmeans', K = 0) AS SELECT 1 AS a",
    "CREATE MODEL m OPTIONS (K 3) AS SELECT 1 AS a",
    "SELECT * FROM model_predict(seg_{n}, DROP TABLE bought)",
]


def statements(spark: SparkSession, tracking_uri: str, n: str) -> dict[str, pd.DataFrame]:
    """Train, ask and err; return what was said."""
    spark.conf.set("spark.sparkfl.trackingUri", tracking_uri)
    spark.sql(ROWS).createOrReplaceTempView("bought")
    args, found = {"most": 100}, {}
    for training in TRAININGS:
        row = sparkfl.sql(spark, training.format(n=n), args).first()
        assert row is not None
        told = row.asDict()
        found[f"trained_{len(found)}"] = pd.DataFrame([{"version": told["version"]}])
    for name, text in QUERIES.items():
        found[f"asked_{name}"] = sparkfl.sql(spark, text.format(n=n), args).toArrow().to_pandas()
    sparkfl.sql(spark, f"CREATE OR REPLACE TEMP VIEW told AS {QUERIES['predicted'].format(n=n)}")
    found["view"] = spark.sql("SELECT count(*) AS n FROM told").toArrow().to_pandas()
    sparkfl.sql(spark, f"PUBLISH MODEL seg_{n} AS FUNCTION near_{n}")
    called = f"SELECT id, near_{n}(spend, visits) AS near FROM bought ORDER BY id"
    found["published"] = spark.sql(called).toArrow().to_pandas()
    sparkfl.sql(spark, f"UNPUBLISH FUNCTION near_{n}")
    said = []
    for mistake in MISTAKES:
        try:
            sparkfl.sql(spark, mistake.format(n=n)).collect()
        except PySparkException as error:
            message = str(error).split("SQLSTATE")[0].replace(f"_{n}", "").strip()
            said.append([error.getCondition(), re.sub("registry,? .*", "registry …", message)])
    found["mistakes"] = pd.DataFrame(said, columns=["condition", "message"])
    return found
