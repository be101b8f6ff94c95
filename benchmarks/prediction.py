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
    """Predict cached rows in turns; each sums what it predicts, so that all of it is computed.

    Stores have names, and in a second table numbers: Spark reads a table without texts quicker.
    """
    rows = 250 if quick else 5_000
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    with spark_session(quick) as spark, tempfile.TemporaryDirectory() as home:
        named = spark.read.parquet(str(stores([(1_000, rows)]))).persist()
        number = F.substring("store_id", 7, 5).cast("bigint")
        numbered = named.withColumn("store_id", number).persist()
        say(f"prediction: {named.count():,} rows, {numbered.count():,} rows")
        model = _fit(named)
        took = _alternately(spark, named, model, Path(home))
        took |= {f"numbered stores, {who}": each for who, each in _numbered(numbered).items()}
        nodes = _python_nodes(model.transform(named).agg(F.sum(F.expr(OWN))))
        everything = _python_nodes(model.transform(named))

    def against(other: str, description: str, target: str = "", own: str = "sparkfl") -> Result:
        ratio, described = took[other] / took[own], f"{description}, over sparkfl"
        return Result(f"prediction: {other}", took[other], "s", described, ratio, target)

    pipeline = (
        f"PipelineModel.transform, scaling and one BisectingKMeans model of {GLOBAL_K} clusters, "
        "as sparkfl's global one"
    )
    fewer = f"PipelineModel.transform without scaling, one model of {K} clusters"
    of = f"{1_000 * rows:,} rows, models of 1,000 stores and the global one"
    return [
        Result(f"prediction: {of}", took["sparkfl"], "s"),
        against("MLlib", pipeline, ">= 6"),
        against("MLlib, less to do", fewer),
        against("the rows alone", "reading them and hashing the names of the stores"),
        against("spark_udf", "mlflow.pyfunc.spark_udf, the same centres in numpy", ">= 3"),
        against("registered", "mlflow.pyfunc.spark_udf of the registered version, scores and all"),
        against("scores and reasons too", "all columns that transform adds"),
        Result(f"prediction: numbered stores, {of}", took["numbered stores, sparkfl"], "s"),
        against("numbered stores, MLlib", pipeline, ">= 6", "numbered stores, sparkfl"),
        Result("prediction: Python nodes in the plan", nodes + everything, "nodes", target="<= 0"),
    ]


def _fit(df: DataFrame) -> FederatedClusteringModel:
    """Fit what predicts."""
    return FederatedClustering(inputCols=list(FEATURES), k=K, globalK=GLOBAL_K).fit(df)


def _own(model: FederatedClusteringModel, df: DataFrame) -> float:
    """Sum both predictions."""
    return model.transform(df).agg(F.sum(F.expr(OWN))).collect()[0][0]


def _mllib(pipeline: PipelineModel, df: DataFrame) -> object:
    """Sum MLlib's one prediction."""
    return pipeline.transform(df).agg(F.sum("prediction")).collect()


def _numbered(df: DataFrame) -> dict[str, float]:
    """Time sparkfl and MLlib where stores have numbers."""
    model = _fit(df)
    pipeline = _pipeline(GLOBAL_K, scaling=True).fit(df.where(F.col("store_id") < 20))
    works = {"sparkfl": lambda: _own(model, df), "MLlib": lambda: _mllib(pipeline, df)}
    return alternately(works, rounds=7)


def _alternately(
    spark: SparkSession, df: DataFrame, model: FederatedClusteringModel, home: Path
) -> dict[str, float]:
    """Time all of them."""
    some = df.where(F.col("store_id") < "store_00020")
    scaled, plain = _pipeline(GLOBAL_K, scaling=True).fit(some), _pipeline(K).fit(some)
    inputs = F.struct("store_id", *FEATURES)
    nearest = _centres_udf(spark, model, home)
    registered = _registered_udf(spark, model, home)

    def udf() -> float:
        return df.agg(F.sum(nearest(inputs))).collect()[0][0]

    def version() -> object:
        predicted = df.select(registered(inputs).alias("p"))
        return predicted.agg(F.sum(F.expr("p.local_prediction + p.prediction"))).collect()

    def rows() -> object:
        read = F.expr(f"xxhash64(store_id) % 2 + {' + '.join(FEATURES)}")
        return df.agg(F.sum(read)).collect()

    def everything() -> object:
        outputs = [OWN, "anomaly_score", "int(is_anomaly)", "length(anomaly_reason)"]
        return model.transform(df).agg(*(F.sum(F.expr(each)) for each in outputs)).collect()

    if not math.isclose(_own(model, df), udf(), rel_tol=1e-6):
        raise AssertionError("sparkfl and the same centres in numpy predict differently")
    took = alternately(
        {
            "sparkfl": lambda: _own(model, df),
            "MLlib": lambda: _mllib(scaled, df),
            "MLlib, less to do": lambda: _mllib(plain, df),
            "spark_udf": udf,
            "the rows alone": rows,
            "scores and reasons too": everything,
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
