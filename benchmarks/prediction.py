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
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.clustering import BisectingKMeans
from pyspark.ml.feature import StandardScaler, VectorAssembler
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks.harness import alternately, say, spark_session
from benchmarks.results import Result
from benchmarks.stores import FEATURES, stores
from sparkfl import FederatedClustering, FederatedClusteringModel
from sparkfl.registry import ModelRegistry

__all__ = ["measure"]

OWN = "local_prediction + prediction"
K, GLOBAL_K = 3, 8


def measure(quick: bool) -> list[Result]:
    """Predict cached rows in turns; each sums what it predicts, so that all of it is computed."""
    rows = 250 if quick else 5_000
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    with spark_session(quick) as spark:
        path = str(stores([(1_000, rows)]))
        df = spark.read.parquet(path).persist()
        name = f"prediction: {df.count():,} rows, models of 1,000 stores and the global one"
        say(name)
        model = FederatedClustering(inputCols=list(FEATURES), k=K, globalK=GLOBAL_K).fit(df)
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
        against(
            "MLlib",
            "PipelineModel.transform, scaling and one BisectingKMeans model of "
            f"{GLOBAL_K} clusters, as sparkfl's global one",
            ">= 6",
        ),
        against(
            "MLlib, less to do",
            f"PipelineModel.transform without scaling, one model of {K} clusters",
        ),
        against("the rows alone", "reading them and hashing the names of the stores"),
        against("spark_udf", "mlflow.pyfunc.spark_udf, the same centres in numpy", ">= 3"),
        against("registered", "mlflow.pyfunc.spark_udf of the registered version, scores and all"),
        Result("prediction: Python nodes in the plan", nodes + everything, "nodes", target="<= 0"),
    ]


def _alternately(
    spark: SparkSession, df: DataFrame, model: FederatedClusteringModel, home: Path
) -> dict[str, float]:
    """Time all of them."""
    some = df.where(F.col("store_id") < "store_00020")
    scaled, plain = _pipeline(GLOBAL_K, scaling=True).fit(some), _pipeline(K).fit(some)
    inputs = F.struct("store_id", *FEATURES)
    nearest = _centres_udf(spark, model, home)
    registered = _registered_udf(spark, model, home)

    def own() -> float:
        return model.transform(df).agg(F.sum(F.expr(OWN))).collect()[0][0]

    def mllib(pipeline: PipelineModel) -> object:
        return pipeline.transform(df).agg(F.sum("prediction")).collect()

    def rows() -> object:
        read = F.expr(f"xxhash64(store_id) % 2 + {' + '.join(FEATURES)}")
        return df.agg(F.sum(read)).collect()

    def udf() -> float:
        return df.agg(F.sum(nearest(inputs))).collect()[0][0]

    def version() -> object:
        predicted = df.select(registered(inputs).alias("p"))
        return predicted.agg(F.sum(F.expr("p.local_prediction + p.prediction"))).collect()

    if not math.isclose(own(), udf(), rel_tol=1e-6):
        raise AssertionError("sparkfl and the same centres in numpy predict differently")
    took = alternately(
        {
            "sparkfl": own,
            "MLlib": lambda: mllib(scaled),
            "MLlib, less to do": lambda: mllib(plain),
            "spark_udf": udf,
            "the rows alone": rows,
        },
        rounds=7,
    )
    return took | alternately({"registered": version}, rounds=1)


def _pipeline(k: int, scaling: bool = False) -> Pipeline:
    """MLlib's way to a model of k clusters; of the unit variances that it scales to, not centred.

    Centred on zero, BisectingKMeans could not split them.
    """
    features = "scaled" if scaling else "features"
    stages = [VectorAssembler(inputCols=list(FEATURES), outputCol="features")]
    stages += [StandardScaler(inputCol="features", outputCol="scaled")] if scaling else []
    return Pipeline(stages=[*stages, BisectingKMeans(featuresCol=features, k=k, seed=0)])


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
    everywhere, scaling = model.data.clusters.mean, model.data.scaling
    columns = list(FEATURES)

    # A class of this function, so that it travels by value.
    class Nearest(mlflow.pyfunc.PythonModel):
        def predict(self, context: object, model_input, params=None):  # noqa: ARG002
            rows = (model_input[columns].to_numpy() - scaling.mean) * scaling.factor
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
