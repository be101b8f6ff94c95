"""How quick are single models beside MLlib's: predictions, analysis, CREATE MODEL?"""

from __future__ import annotations

import tempfile
from collections.abc import Callable

from pyspark.ml import Pipeline
from pyspark.ml.clustering import KMeans
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from benchmarks.harness import alternately, say, spark_session
from benchmarks.results import Result
from sparkfl.models.fitted import SqlModel
from sparkfl.serving.catalog import load, registry

__all__ = ["measure"]

FEATURES = [f"x{i}" for i in range(8)]
MODELS = {
    "kmeans": ("K = 8, SEED = 1", ">= 3"),
    "linear_reg": ("LABEL = y", ">= 3"),
    "logistic_reg": ("LABEL = y", ">= 3"),
    "random_forest_regression": ("LABEL = y, NUM_TREES = 20, MAX_DEPTH = 5, SEED = 1", ">= 1.5"),
    "random_forest_classifier": ("LABEL = y, NUM_TREES = 20, MAX_DEPTH = 5, SEED = 1", ">= 1.5"),
}
"""Options, and by how much more the rows a second are to be than MLlib's."""
TRAINED_ON = 1_000


def measure(quick: bool) -> list[Result]:
    """Predict cached rows in turns with MLlib's own model; then analyse, and train a thousand."""
    rows = 200_000 if quick else 6_000_000
    with spark_session(quick) as spark, tempfile.TemporaryDirectory() as home:
        spark.conf.set("spark.sparkfl.trackingUri", f"sqlite:///{home}/mlflow.db")
        columns = [(F.rand(i) * 10).alias(name) for i, name in enumerate(FEATURES)]
        label = (F.rand(99) > 0.5).cast("int").alias("y")
        frame = spark.range(rows).repartition(2).select(*columns, label).persist()
        frame.createOrReplaceTempView("numbers")
        say(f"single: {frame.count():,} rows of {len(FEATURES)} features")
        results = [_prediction(spark, name, rows) for name in MODELS]
        return [*results, _analysis(spark), _training(spark)]


def _prediction(spark: SparkSession, name: str, rows: int) -> Result:
    """Sum what `model_predict` says, and what MLlib's model says of assembled features."""
    say(f"single: {name}")
    options, target = MODELS[name]
    spark.sql(
        f"CREATE OR REPLACE MODEL single TRANSFORM (vector_assembler({', '.join(FEATURES)}) v) "
        f"OPTIONS (TYPE = '{name}', {options}) AS SELECT * FROM numbers LIMIT {3 * TRAINED_ON}"
    )
    model = load(spark, registry(spark).get("single"))
    assert isinstance(model, SqlModel)
    assembler = VectorAssembler(inputCols=FEATURES, outputCol=model.features)
    prediction = F.sum(model.fitted.getPredictionCol())
    took = alternately(
        {
            "sparkfl": lambda: spark.sql(
                "SELECT sum(prediction) FROM model_predict(single, latest, TABLE numbers)"
            ).collect(),
            "MLlib": lambda: (
                model.fitted.transform(assembler.transform(spark.table("numbers")))
                .agg(prediction)
                .collect()
            ),
        },
        rounds=3,
    )
    ratio = took["MLlib"] / took["sparkfl"]
    described = "VectorAssembler and the fitted model's transform, over model_predict"
    what = f"single: predict {rows:,} rows by {name}"
    return Result(what, took["sparkfl"], "s", described, ratio, target)


def _analysis(spark: SparkSession) -> Result:
    """Analyse a query of a model that has been used before."""
    text = "SELECT prediction FROM model_predict(single, latest, TABLE numbers)"
    took = alternately({"analysis": lambda: spark.sql(text)}, rounds=9)
    return Result("single: analysis of model_predict", took["analysis"], "s", target="<= 0.1")


def _training(spark: SparkSession) -> Result:
    """Train and register k-means, beside MLlib's pipeline alone."""
    few = f"SELECT {', '.join(FEATURES)} FROM numbers LIMIT {TRAINED_ON}"
    spark.sql(few).persist().createOrReplaceTempView("few")
    pipeline = Pipeline(
        stages=[
            VectorAssembler(inputCols=FEATURES, outputCol="features"),
            KMeans(k=3, seed=1),
        ]
    )
    works: dict[str, Callable[[], object]] = {
        "sparkfl": lambda: spark.sql(
            "CREATE OR REPLACE MODEL few_model OPTIONS (TYPE = 'kmeans', K = 3, SEED = 1) "
            "AS TABLE few"
        ),
        "MLlib": lambda: pipeline.fit(spark.table("few")),
    }
    took = alternately(works, rounds=7)
    beyond = took["sparkfl"] - took["MLlib"]
    what = f"single: CREATE MODEL of {TRAINED_ON:,} rows, beyond MLlib's fit"
    return Result(what, beyond, "s", target="<= 1.5")
