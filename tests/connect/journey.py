"""From events to a report, by the public Python API; and, as a program, from a Connect client."""

from __future__ import annotations

import importlib.util
import json
import logging
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from statements import statements

from sparkfl import FederatedClustering, FederatedClusteringModel, configure_spark
from sparkfl.datasets import fashion_stores, online_retail
from sparkfl.errors import SparkflError
from sparkfl.execution import progress
from sparkfl.features import FEATURES, customer_features, standardize
from sparkfl.features.views import Aggregation, FeatureView, Source
from sparkfl.federation.evaluation import evaluate, training_report
from sparkfl.registry import ModelRegistry
from sparkfl.reporting import html_page, summarize, text_report
from sparkfl.tables import delta_version, read_table, write_table
from sparkfl.tables.changes import changed_stores
from sparkfl.tables.place import speaks_delta

Frames = dict[str, pd.DataFrame]


def journey(spark: SparkSession, tracking_uri: str, home: Path) -> Frames:
    """Go all the way; return what was found, each in an order that does not depend on Spark."""
    events, generated = online_retail(spark), fashion_stores(spark, customers=50)
    features = customer_features(events, "2010-12-01", "2011-12-10").cache()
    estimator = FederatedClustering(inputCols=list(FEATURES), k=3)
    model = estimator.fit(features)
    report = training_report(model, features)
    registry = ModelRegistry(tracking_uri)
    kept = {"metrics": report.metrics, "tables": report.tables, "tags": report.tags}
    version = registry.register(f"shops_{home.name}", model, **kept)
    loaded = registry.load(version.name, spark=spark)
    scored = write_table(loaded.transform(features), f"{home}/scored", format="parquet")
    judged = evaluate(loaded, features)
    summary = summarize(loaded, scored, judged, "customer_id")
    page = html_page(summary, "shops", "by the journey")
    told = [f"{text_report(summary)}\n{page}"]
    return {
        "features": _ordered(features, "store_id", "customer_id"),
        "standardized": _ordered(standardize(features, "federation"), "store_id", "customer_id"),
        "scored": _ordered(scored, "store_id", "customer_id"),
        "evaluation": _ordered(judged, "store_id"),
        "metrics": pd.DataFrame([report.metrics]),
        "report": pd.DataFrame({"text": told}),
        "view": _ordered(_of_view(events), "customer_id", "store_id"),
        "generated": _ordered(generated.groupBy("eventType").count(), "eventType"),
        **{name: model.data.tables[name].to_pandas() for name in ("releases", "global_model")},
        **_kept_up(estimator, model, features, home),
        **_other_ways(spark, features),
        **_versions(spark, features, home),
    }


def _kept_up(
    estimator: FederatedClustering, model: FederatedClusteringModel, df: DataFrame, home: Path
) -> Frames:
    """Update, save, load and resume."""
    fewer = estimator.update(model, df.where("store_id <> 'Spain'"))
    again = estimator.update_stores(fewer, df, ["Spain"])
    for _ in range(2):
        again.write().overwrite().save(f"{home}/model")
        estimator.write().overwrite().save(f"{home}/estimator")
    loaded = FederatedClusteringModel.load(f"{home}/model")
    resumable = FederatedClustering.load(f"{home}/estimator").setCheckpointDir(f"{home}/left")
    resumable.fit(df)
    return {
        "fewer": fewer.data.tables["changes"].to_pandas(),
        "again": loaded.data.tables["global_model"].to_pandas(),
        "resumed": pd.DataFrame({"stores": [resumable.fit(df).summary.resumed]}),
    }


def _other_ways(spark: SparkSession, df: DataFrame) -> Frames:
    """Fit an array column by scikit-learn, and a store that no worker holds."""
    array = F.array(*(F.col(name).cast("double") for name in FEATURES))
    packed = df.select("store_id", array.alias("packed"))
    by_sklearn = FederatedClustering(featuresCol="packed", algorithm="sklearn.cluster.KMeans", k=3)
    waves = {f"x{n}": F.sin(F.col("id") * n) for n in range(1, 5)}
    one = spark.range(300_000).withColumns({"store_id": F.lit("one"), **waves})
    large = FederatedClustering(inputCols=list(waves), k=3).fit(one)
    columns = ["verdict", "strategy", "rows"]
    fitted = by_sklearn.fit(packed)
    predicted = fitted.transform(packed).groupBy("store_id").count()
    return {
        "by_sklearn": fitted.data.tables["verdicts"].to_pandas()[columns],
        "by_sklearn_rows": _ordered(predicted, "store_id"),
        "large": large.data.tables["verdicts"].to_pandas()[columns],
        "large_releases": large.data.tables["releases"].to_pandas(),
    }


def _versions(spark: SparkSession, df: DataFrame, home: Path) -> Frames:
    """Tell which stores changed between two versions of a table, where there is Delta."""
    if not speaks_delta(spark):
        return {}
    path = f"{home}/versions"
    for rows in (df, df.where("store_id <> 'Spain'")):
        write_table(rows, path)
    changed = changed_stores(spark, path, "store_id", ["total_orders"], since=0)
    return {
        "changed": _ordered(changed.withColumn("now", F.lit(delta_version(spark, path))), "now")
    }


def _of_view(events: DataFrame) -> DataFrame:
    """Features of a view, as of a time."""
    orders = Source(
        events,
        [Aggregation("count", window=90), Aggregation("percentile", "total", 90, q=0.9)],
        time="timestamp",
        columns={
            "customer_id": "identityMap['ECID'][0].id",
            "store_id": "web.webPageDetails.storeCode",
            "total": "aggregate(productListItems, 0D, (sum, item) -> sum + item.priceTotal)",
        },
    )
    return FeatureView("orders", "customer_id", [orders], per="store_id").features("2011-12-10")


def _ordered(df: DataFrame, *by: str) -> pd.DataFrame:
    """Bring rows to the driver in an order of their own."""
    # Spark Connect's own way to pandas puts metrics beside the rows, which no file takes.
    return df.orderBy(*by).toArrow().to_pandas()


def where_sparkfl_is(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Tell, in a worker, from where it has the package."""
    import sparkfl

    for _ in batches:
        yield pa.RecordBatch.from_pydict({"path": [str(sparkfl.__file__)]})


def mistakes(spark: SparkSession, home: Path) -> Iterator[str]:
    """Make some, and tell what was said."""
    for mistake in (
        lambda: read_table(spark, "/nowhere/at-all.csv"),
        lambda: read_table(spark, "no_such_table"),
        lambda: FederatedClustering(storeCol="id", inputCols=["absent"]).fit(spark.range(3)),
        lambda: configure_spark(SparkSession.Builder()),
        lambda: ModelRegistry(f"sqlite:///{home}/own.db").models(),
    ):
        try:
            mistake()
        except SparkflError as error:
            yield str(error)


def main(url: str, tracking_uri: str, home: Path) -> None:
    """Go from a client, and leave in its folder what was found and how it was."""
    logging.basicConfig(level=logging.INFO, filename=home / "journey.log")
    progress._LOG_EVERY = 0.2
    spark = configure_spark(SparkSession.builder.remote(url)).getOrCreate()
    found = journey(spark, tracking_uri, home) | statements(spark, tracking_uri, home.name)
    for name, frame in found.items():
        frame.to_parquet(home / f"{name}.parquet")
    places = spark.range(8).mapInArrow(where_sparkfl_is, "path string").collect()
    how = {
        "java": shutil.which("java"),
        "py4j": importlib.util.find_spec("py4j") is not None,
        "workers": sorted({row.path for row in places}),
        "mistakes": list(mistakes(spark, home)),
    }
    (home / "how.json").write_text(json.dumps(how))
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
