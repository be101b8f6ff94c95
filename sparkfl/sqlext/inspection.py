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

__all__ = ["OF_NAMES", "Rows", "training_rows"]

Rows = Callable[[ModelVersion], DataFrame]
"""Gives the rows that a version is asked over."""

_EXPLAINED = ("feature", "shap_value", "contribution_to_prediction")
_ALL = 2**31 - 1


def _metrics(spark: SparkSession, name: str, _version: int | str | None, _rows: Rows) -> DataFrame:
    return ml_model_metrics(spark, name)


def _compare(
    spark: SparkSession,
    name: str,
    _version: int | str | None,
    rows: Rows,
    first: int | str | None = None,
    second: int | str | None = None,
) -> DataFrame:
    """Return the metrics of two versions over the same rows, a row a metric."""
    if first is None or second is None:
        raise ParameterError("ml_compare_models: a version is NULL, which is none.")
    versions = [find(spark, name, given) for given in (first, second)]
    same = rows(versions[1])
    one, other = (_judged(spark, version, same) for version in versions)
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


def _importance(spark: SparkSession, name: str, version: int | str | None, rows: Rows) -> DataFrame:
    """Return each feature's share of what moves the predictions."""
    found = find(spark, name, version)
    capabilities = family(found).capabilities
    if "feature_importance" in capabilities:
        told = capabilities["feature_importance"](load(spark, found), spark)
        return told.withColumnRenamed("importance", "importance_score")
    explain = _capability(found, "global_explain", "ml_explain_feature_importance")
    told = explain(load(spark, found), rows(found))
    total = told.agg(F.sum("attribution").alias("total"))
    share = F.col("attribution") / F.nullif(F.col("total"), F.lit(0.0))
    return (
        told.crossJoin(total)
        .select("feature", share.alias("importance_score"))
        .orderBy(F.col("importance_score").desc())
    )


def _explain(spark: SparkSession, name: str, version: int | str | None, rows: Rows) -> DataFrame:
    """Return a row for each row of the query and each feature."""
    found = find(spark, name, version)
    query = rows(found)
    check_taken(query.columns, _EXPLAINED)
    explain = _capability(found, "explain", "ml_explain_prediction")
    told = explain(load(spark, found), query, top_k=_ALL)
    whole = F.aggregate(
        "attributions", F.lit(0.0), lambda sum_, part: sum_ + F.abs(part.getField("attribution"))
    )
    own = [F.col(quote(column)) for column in query.columns]
    each = told.select(*own, whole.alias("_whole"), F.explode_outer("attributions").alias("_part"))
    value = F.col("_part").getField("attribution")
    return each.select(
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


def training_rows(spark: SparkSession, read: Callable[[SparkSession, str], DataFrame]) -> Rows:
    """Return what gives the rows that a version was trained on, by its query, which has not run."""

    def rows(version: ModelVersion) -> DataFrame:
        if version.source is None:
            raise CapabilityError(
                f"Version {version.version} of model {version.name!r} was not trained by a "
                "statement: its query is not known. Give the rows as the last argument."
            )
        return read(spark, version.source)

    return rows


OF_NAMES: Mapping[str, Callable[..., DataFrame]] = {
    "ml_compare_models": _compare,
    "ml_explain_feature_importance": _importance,
    "ml_explain_prediction": _explain,
    "ml_model_metrics": _metrics,
}
"""By name: ``answer(session, model, version, rows, **options)`` gives a frame, as a plan."""
