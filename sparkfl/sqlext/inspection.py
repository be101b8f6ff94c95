"""Functions that ask more of a name than one model: other versions, or the training query."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from sparkfl.columns import check_taken, quote
from sparkfl.errors import CapabilityError, ParameterError
from sparkfl.registry import ModelVersion
from sparkfl.serving.catalog import find, load
from sparkfl.serving.families import family
from sparkfl.serving.relations import ml_model_metrics
from sparkfl.sqlext.jvm.query import query as parsed

__all__ = ["OF_NAMES"]

_EXPLAINED = ("feature", "shap_value", "contribution_to_prediction")
_ALL = 2**31 - 1


def _metrics(
    spark: SparkSession, name: str, _version: int | str | None, _query: DataFrame | None
) -> DataFrame:
    return ml_model_metrics(spark, name)


def _compare(
    spark: SparkSession,
    name: str,
    _version: int | str | None,
    query: DataFrame | None,
    first: int | str | None = None,
    second: int | str | None = None,
) -> DataFrame:
    """Return the metrics of two versions over the same rows, a row a metric."""
    if first is None or second is None:
        raise ParameterError("ml_compare_models: a version is NULL, which is none.")
    versions = [find(spark, name, given) for given in (first, second)]
    rows = query if query is not None else _training_query(spark, versions[1])
    one, other = (_judged(spark, version, rows) for version in versions)
    joined = one.withColumnRenamed("value", "value_1").join(
        other.withColumnRenamed("value", "value_2"), "metric", "full_outer"
    )
    difference = (F.col("value_2") - F.col("value_1")).alias("difference")
    return joined.select("metric", "value_1", "value_2", difference).orderBy("metric")


def _judged(spark: SparkSession, version: ModelVersion, rows: DataFrame) -> DataFrame:
    """Return the metrics of a version, a row a metric; of several stores or groups their means."""
    evaluate = _capability(version, "evaluate", "ml_compare_models")
    judged = evaluate(load(spark, version), rows)
    names = [f.name for f in judged.schema if f.dataType.simpleString() == "double"]
    means = judged.agg(*[F.avg(quote(name)).alias(name) for name in names])
    pairs = [F.struct(F.lit(n).alias("metric"), F.col(quote(n)).alias("value")) for n in names]
    return means.select(F.inline(F.array(*pairs)))


def _importance(
    spark: SparkSession, name: str, version: int | str | None, _query: DataFrame | None
) -> DataFrame:
    """Return each feature's share of what moves the predictions."""
    found = find(spark, name, version)
    capabilities = family(found).capabilities
    if "feature_importance" in capabilities:
        told = capabilities["feature_importance"](load(spark, found), spark)
        return told.withColumnRenamed("importance", "importance_score")
    explain = _capability(found, "global_explain", "ml_explain_feature_importance")
    told = explain(load(spark, found), _training_query(spark, found))
    total = told.agg(F.sum("attribution").alias("total"))
    share = F.col("attribution") / F.nullif(F.col("total"), F.lit(0.0))
    return (
        told.crossJoin(total)
        .select("feature", share.alias("importance_score"))
        .orderBy(F.col("importance_score").desc())
    )


def _explain(
    spark: SparkSession, name: str, version: int | str | None, query: DataFrame | None
) -> DataFrame:
    """Return a row for each row of the query and each feature."""
    assert query is not None
    check_taken(query.columns, _EXPLAINED)
    found = find(spark, name, version)
    explain = _capability(found, "explain", "ml_explain_prediction")
    told = explain(load(spark, found), query, top_k=_ALL)
    whole = F.aggregate(
        "attributions", F.lit(0.0), lambda sum_, part: sum_ + F.abs(part.getField("attribution"))
    )
    own = [F.col(quote(column)) for column in query.columns]
    rows = told.select(*own, whole.alias("_whole"), F.explode_outer("attributions").alias("_part"))
    value = F.col("_part").getField("attribution")
    return rows.select(
        *own,
        F.col("_part").getField("feature").alias("feature"),
        value.alias("shap_value"),
        (value / F.nullif(F.col("_whole"), F.lit(0.0))).alias("contribution_to_prediction"),
    )


def _capability(version: ModelVersion, wanted: str, function: str) -> Callable[..., DataFrame]:
    """Return what answers, or say that it cannot be asked."""
    found = family(version).capabilities.get(wanted)
    if found is None:
        raise CapabilityError(
            f"{function} cannot be asked of {version.name!r}, a model of type {version.model_type}."
        )
    return found


def _training_query(spark: SparkSession, version: ModelVersion) -> DataFrame:
    """Return the query that a version was trained on, which has not run."""
    if version.source is None:
        raise CapabilityError(
            f"Version {version.version} of model {version.name!r} was not trained by a statement: "
            "its query is not known. Give the rows as the last argument."
        )
    return parsed(spark, version.source)


OF_NAMES: Mapping[str, Callable[..., DataFrame]] = {
    "ml_compare_models": _compare,
    "ml_explain_feature_importance": _importance,
    "ml_explain_prediction": _explain,
    "ml_model_metrics": _metrics,
}
"""By name: ``answer(session, model, version, query, **options)`` gives a frame, as a plan."""
