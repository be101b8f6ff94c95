"""Save a model of each kind in the format of this sparkfl: ``python … DIRECTORY``.

What is saved once is committed, and loaded by `test_format.py` for good: it is not made again.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType

from sparkfl import FederatedClustering, configure_spark
from sparkfl.models.fitted import SqlModel
from sparkfl.models.relation_model import RelationModel, train_relation
from sparkfl.models.series_model import SeriesModel
from sparkfl.models.series_training import train_series
from sparkfl.models.training import train
from sparkfl.models.types import FORECASTING_TYPES, MODEL_TYPES, RELATION_TYPES
from sparkfl.registry.files import stage_model
from sparkfl.serving.families import FAMILIES
from sparkfl.transforms.clause import ColumnRef, TransformItem, TransformList

SCHEMA = "shop string, region string, spend double, visits int, churned boolean"


def rows() -> list[tuple[str, str, float, int, bool]]:
    """Two shops with few visits and many; those who spend little are gone."""
    return [
        (shop, region, base + i % 5, visits, base < 50)
        for shop, base_visits in (("north", 2), ("süd", 20))
        for region, base, visits in (("a", 10.0, base_visits), ("b", 100.0, 3 * base_visits))
        for i in range(12)
    ]


def save_federation(spark: SparkSession, directory: Path, scaling: str) -> None:
    """Save a federation, registered and as Spark does, and what it predicts."""
    df = spark.createDataFrame(rows(), SCHEMA).coalesce(1)
    estimator = FederatedClustering(
        storeCol="shop", inputCols=["spend", "visits"], k=2, globalK=2, scaling=scaling, seed=1
    )
    model = estimator.fit(df)
    stage_model(model.registrable, directory / "model")
    model.save(str(directory / "spark"))
    predicted = model.data.predict(pd.DataFrame(rows(), columns=df.columns))
    predicted.to_csv(directory / "predicted.csv", index=False, float_format="%.17g")


def save(spark: SparkSession, directory: Path) -> None:
    """Save the samples into an empty directory."""
    save_federation(spark, directory / "federated", "store")
    save_federation(spark, directory / "federated_quantile", "quantile")
    df = spark.createDataFrame(rows(), SCHEMA).coalesce(1)
    options = {"MODEL_TYPE": "kmeans", "K": 2, "SEED": 1}
    stage_model(train(df.select("spend", "visits"), options, None), directory / "kmeans" / "model")
    columns = tuple(ColumnRef((name,)) for name in ("i", "spend", "visits"))
    items = (
        TransformItem("string_indexer", (ColumnRef(("region",)),), "i"),
        TransformItem("vector_assembler", (columns,), "f"),
    )
    options = {"MODEL_TYPE": "random_forest_classifier", "LABEL": "churned", "SEED": 1}
    options |= {"NUM_TREES": 2}
    forest = train(df, options, TransformList(items, "string_indexer(region) i, …"))
    stage_model(forest, directory / "random_forest_classifier" / "model")


OF_TYPE: dict[str, dict[str, object]] = {
    "survival_regression": {"CENSOR_COL": "churned"},
    "lda": {"K": 2, "MAX_ITER": 3},
    "xgboost_ranker": {"QUERY_COL": "shop", "NDCG_EXP_GAIN": False},
}
_COLUMNS = ("LABEL", "CENSOR_COL", "QUERY_COL")
LABELS = {"classification": "churned", "ranking": "visits", "regression": "spend"}


def save_types(spark: SparkSession, directory: Path) -> None:
    """Save a model of each type, zipped, with what it predicts, into an empty directory."""
    df = spark.createDataFrame(rows(), SCHEMA).coalesce(1)
    for name, kind in MODEL_TYPES.items():
        options: dict[str, object] = {"MODEL_TYPE": name, **OF_TYPE.get(name, {})}
        if kind.task.name in LABELS:
            options["LABEL"] = LABELS[kind.task.name]
        columns = [c for c in ("region", "spend", "visits") if c != options.get("LABEL")]
        used = {str(options[key]) for key in _COLUMNS if key in options}
        model = train(df.select(*columns, *used), options, None)
        save_predicting(model, df, directory / name)
    series = spark.range(24).selectExpr("id AS day", "id + 3 * (id % 4) + id % 5 AS sales")
    for name, forecaster in FORECASTING_TYPES.items():
        options = {"MODEL_TYPE": name, "TIME_COL": "day", "LABEL": "sales", "SEASONAL_PERIOD": 4}
        save_predicting(train_series(series, forecaster, name, options), series, directory / name)

    save_relations(spark, directory)


def save_relations(spark: SparkSession, directory: Path) -> None:
    """Save a model of each type that learns from columns as they stand."""
    made = {
        "als": ("id % 7 AS userCol, id % 5 AS itemCol, double(id % 3) AS ratingCol", {"RANK": 2}),
        "fp_growth": ("array(string(id % 2), string(id % 3)) AS itemsCol", {"MIN_CONFIDENCE": 0.1}),
        "power_iteration_clustering": ("id AS srcCol, (id + 1) % 40 AS dstCol", {}),
        "prefix_span": ("array(array(string(id % 2)), array(string(id % 3))) AS sequenceCol", {}),
    }
    for name, (columns, options) in made.items():
        kind = RELATION_TYPES[name]
        df = spark.range(40).selectExpr(f"struct({columns}) AS row").select("row.*")
        named = {column.option.key: column.option.param for column in kind.reads}
        given = {key: param for key, param in named.items() if param in df.columns}
        model = train_relation(df, kind, name, {"MODEL_TYPE": name, **given, **options})
        save_predicting(model, df, directory / name)


def save_predicting(
    model: SqlModel | SeriesModel | RelationModel, df: DataFrame, archive: Path
) -> None:
    """Save a model, zipped, with what it predicts."""
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / archive.name
        stage_model(model, made / "model")
        if "predict" in FAMILIES[model.modelType].capabilities:
            predicted = model.predict(df)
            flat = [f.name for f in predicted.schema if isinstance(f.dataType, ArrayType)]
            texts = {name: F.to_json(name) for name in flat}
            predicted.withColumns(texts).toPandas().to_csv(
                made / "predicted.csv", index=False, float_format="%.17g"
            )
        shutil.make_archive(str(archive), "zip", made)


if __name__ == "__main__":
    session = configure_spark(SparkSession.builder.master("local[1]"), delta=False).getOrCreate()
    save(session, Path(sys.argv[1]))
    save_types(session, Path(sys.argv[1]) / "types")
    session.stop()
