"""How quick are per-store and global predictions beside MLlib's and MLflow's?"""

from __future__ import annotations

import logging
import math
import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import mlflow.pyfunc
import numpy as np
import pandas as pd
from pyspark.ml import PipelineModel
from pyspark.ml.clustering import BisectingKMeans
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks.harness import alternately, say, spark_session
from benchmarks.results import Result
from benchmarks.stores import FEATURES, stores
from sparkfl import FederatedClustering, FederatedClusteringModel
from sparkfl.registry import ModelRegistry

__all__ = ["measure"]

OWN = "local_prediction + prediction"


def measure(quick: bool) -> list[Result]:
    """Predict cached rows in turns; each sums what it predicts, so that all of it is computed."""
    rows = 250 if quick else 5_000
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    with spark_session(quick) as spark:
        path = str(stores([(1_000, rows)]))
        df = spark.read.parquet(path).persist()
        name = f"prediction: {df.count():,} rows, models of 1,000 stores and the global one"
        say(name)
        model = FederatedClustering(inputCols=list(FEATURES), k=3, scaling="none").fit(df)
        with tempfile.TemporaryDirectory() as home:
            took = _alternately(spark, df, model, Path(home))
        nodes = _python_nodes(model.transform(df).agg(F.sum(F.expr(OWN))))
        everything = _python_nodes(model.transform(df))
    own = took["sparkfl"]

    def against(other: str, description: str, target: str = "") -> Result:
        described = f"{description}, over sparkfl"
        return Result(
            f"prediction: {other}", took[other], "s", described, took[other] / own, target
        )

    return [
        Result(name, own, "s"),
        against("MLlib", "PipelineModel.transform, one BisectingKMeans model", ">= 6"),
        against("spark_udf", "mlflow.pyfunc.spark_udf, the same centres in numpy", ">= 3"),
        against("registered", "mlflow.pyfunc.spark_udf of the registered version, scores and all"),
        Result("prediction: Python nodes in the plan", nodes + everything, "nodes", target="<= 0"),
    ]


def _alternately(
    spark: SparkSession, df: DataFrame, model: FederatedClusteringModel, home: Path
) -> dict[str, float]:
    """Time all of them."""
    assembler = VectorAssembler(inputCols=list(FEATURES), outputCol="features")
    some = assembler.transform(df.where(F.col("store_id") < "store_00020"))
    pipeline = PipelineModel([assembler, BisectingKMeans(k=3, seed=0).fit(some)])
    inputs = F.struct("store_id", *FEATURES)
    nearest = _centres_udf(spark, model, home)
    registered = _registered_udf(spark, model, home)

    def own() -> float:
        return model.transform(df).agg(F.sum(F.expr(OWN))).collect()[0][0]

    def mllib() -> object:
        return pipeline.transform(df).agg(F.sum("prediction")).collect()

    def udf() -> float:
        return df.agg(F.sum(nearest(inputs))).collect()[0][0]

    def version() -> object:
        predicted = df.select(registered(inputs).alias("p"))
        return predicted.agg(F.sum(F.expr("p.local_prediction + p.prediction"))).collect()

    if not math.isclose(own(), udf(), rel_tol=1e-6):
        raise AssertionError("sparkfl and the same centres in numpy predict differently")
    took = alternately({"sparkfl": own, "MLlib": mllib, "spark_udf": udf})
    return took | alternately({"registered": version}, rounds=1)


def _centres_udf(
    spark: SparkSession, model: FederatedClusteringModel, home: Path
) -> Callable[[Column], Column]:
    """Let MLflow serve the same centres, as quick as numpy makes it."""
    local = model.data.local_models
    size = max(len(own.centres) for own in local.values())
    names = pd.Index(list(local))
    centres = np.full((len(local), size, len(FEATURES)), np.inf)
    for i, own in enumerate(local.values()):
        centres[i, : len(own.centres)] = own.centres
    everywhere = model.data.clusters.mean
    columns = list(FEATURES)

    # A class of this function, so that it travels by value.
    class Nearest(mlflow.pyfunc.PythonModel):
        def predict(self, context: object, model_input, params=None):  # noqa: ARG002
            rows = model_input[columns].to_numpy()
            own = centres[names.get_indexer(model_input["store_id"])]
            near = ((rows[:, None] - own) ** 2).sum(axis=2).argmin(axis=1)
            global_ = ((rows[:, None] - everywhere[None]) ** 2).sum(axis=2).argmin(axis=1)
            return (near + global_).astype(float)

    path = home / "nearest"
    mlflow.pyfunc.save_model(path, python_model=Nearest(), pip_requirements=["numpy", "pandas"])
    udf: Callable[[Column], Column] = mlflow.pyfunc.spark_udf(
        spark, path.as_uri(), "double", env_manager="local"
    )
    return udf


def _registered_udf(
    spark: SparkSession, model: FederatedClusteringModel, home: Path
) -> Callable[[Column], Column]:
    """Let MLflow serve the version that sparkfl registers."""
    registry = ModelRegistry(f"sqlite:///{home}/mlflow.db")
    entry = registry.register("shops", model)
    path = registry.path(entry.name, entry.version).parent
    udf: Callable[[Column], Column] = mlflow.pyfunc.spark_udf(
        spark, path.as_uri(), "local_prediction int, prediction int", env_manager="local"
    )
    return udf


def _python_nodes(df: DataFrame) -> int:
    """Count the operators of an executed plan that call Python."""
    plan = df._jdf.queryExecution().executedPlan().toString()
    return len(re.findall(r"Python|InArrow|InPandas", plan))
