"""Table functions that ask no single model: the registry as a table, metrics of any query."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import (
    IntegerType,
    MapType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from sparkfl.columns import kind_of, resolve
from sparkfl.errors import ParameterError, SchemaError
from sparkfl.metrics.classification import classification
from sparkfl.metrics.regression import regression
from sparkfl.registry import LABEL, ModelVersion
from sparkfl.serving.catalog import find, registry
from sparkfl.serving.exploration import explored

__all__ = ["RELATIONS", "ml_model_metrics"]

_OURS = ("sparkfl.", "mlflow.")
_REGISTRY = (
    "model_name string, model_version string, version int, model_type string, accuracy double, "
    "production_ready boolean, created_date timestamp, updated_date timestamp, created_by string, "
    "tags map<string, string>"
)
_LOGGED = (
    "model_name string, model_version string, version int, evaluation_date timestamp, "
    "metric string, value double"
)

_VERSIONS = StructType(
    [
        StructField("model_name", StringType()),
        StructField("version", IntegerType()),
        StructField("model_id", StringType()),
        StructField("type", StringType()),
        StructField("source", StringType()),
        StructField("options", StringType()),
        StructField("transform", StringType()),
        StructField("created", TimestampType()),
        StructField("updated", TimestampType()),
        StructField("created_by", StringType()),
        StructField("run_id", StringType()),
        StructField("tags", MapType(StringType(), StringType())),
    ]
)


def _listed(spark: SparkSession, found: Iterable[ModelVersion]) -> DataFrame:
    """Return versions as rows; a plan that holds them."""
    rows = [
        (
            v.name,
            v.version,
            v.model_id,
            v.model_type,
            v.source,
            json.dumps(v.options, sort_keys=True),
            v.transform,
            v.created,
            v.updated,
            v.created_by,
            v.run_id,
            v.tags,
        )
        for v in found
    ]
    return spark.createDataFrame(rows, _VERSIONS)


def _models(spark: SparkSession) -> DataFrame:
    return _listed(spark, registry(spark).models())


def _model_versions(spark: SparkSession) -> DataFrame:
    models = registry(spark)
    return _listed(spark, (v for m in models.models() for v in models.versions(m.name)))


_METRICS: Mapping[str, Callable[..., DataFrame]] = {
    "classification": classification,
    "regression": regression,
}


def _metrics(
    query: DataFrame, task: str, actual: str, predicted: str, groups: list[str] | None = None
) -> DataFrame:
    """Judge the columns of a query, all of its rows or group by group."""
    names = [actual, predicted, *(groups or ())]
    found = [resolve(query, name, "metrics: the query") for name in names]
    if len({each.name for each in found}) < len(found):
        raise ParameterError(
            f"metrics: {', '.join(names)} name a column twice; a group is neither of the two."
        )
    if task == "regression":
        for each in found[:2]:
            if kind_of(each.type) != "number":
                raise SchemaError(
                    f"metrics: {each.name} is {each.type.simpleString()}; a regression is judged "
                    "by numbers. Cast it in the query, or ask for 'classification'."
                )
    return _METRICS[task](query, found[0].name, found[1].name, by=[each.name for each in found[2:]])


def _ml_model_registry(spark: SparkSession) -> DataFrame:
    """List all versions as HeliosDB does."""
    models = registry(spark)
    rows = []
    for version in (v for m in models.models() for v in models.versions(m.name)):
        own = {k: tag for k, tag in version.tags.items() if not k.startswith(_OURS)}
        accuracy = own["accuracy"] if "accuracy" in own else models.metrics(version).get("accuracy")
        rows.append(
            (
                version.name,
                version.tags.get(LABEL, str(version.version)),
                version.version,
                version.model_type,
                _number(accuracy),
                own.get("production_ready", "").lower() == "true",
                version.created,
                version.updated,
                version.created_by,
                own,
            )
        )
    return spark.createDataFrame(rows, _REGISTRY)


def _number(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None


def ml_model_metrics(spark: SparkSession, name: str) -> DataFrame:
    """Return the metrics of all versions of a model that were logged, the latest version first."""
    models, found = registry(spark), find(spark, name)
    rows = [
        (
            version.name,
            version.tags.get(LABEL, str(version.version)),
            version.version,
            version.created,
            metric,
            float(value),
        )
        for version in reversed(models.versions(found.name))
        for metric, value in sorted(models.metrics(version).items())
    ]
    return spark.createDataFrame(rows, _LOGGED)


RELATIONS: Mapping[str, Callable[..., DataFrame]] = {
    "explore": explored,
    "metrics": _metrics,
    "ml_model_registry": _ml_model_registry,
    "model_versions": _model_versions,
    "models": _models,
}
"""What is asked without a model: ``answer(query, **options)``, with the session if it has none."""
