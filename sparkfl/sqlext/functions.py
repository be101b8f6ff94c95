"""The table functions: model_predict and model_evaluate."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pyspark.sql import DataFrame, SparkSession

from sparkfl.serving.catalog import load

__all__ = ["FUNCTIONS", "model_evaluate", "model_predict"]

HIDDEN_FIELDS = "advanced_statistics_show_hidden_fields"


def model_predict(
    spark: SparkSession, name: str, version: int | str | None, df: DataFrame
) -> DataFrame:
    """Return a query's rows with a model's outputs: ``model_predict(name, version, query)``.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        The session of the query.
    name : str
        The model.
    version : int, str or None
        A version, an alias, or None for the latest.
    df : pyspark.sql.DataFrame
        The query; it is planned, not run.

    Raises
    ------
    ModelNotFoundError
        If there is no such model or version.
    SchemaError
        If the query lacks columns of the model, or has one named like an output.
    """
    hidden = str(spark.conf.get(HIDDEN_FIELDS, "false")).lower() == "true"
    return load(spark, name, version).predict(df, hidden)


def model_evaluate(
    spark: SparkSession, name: str, version: int | str | None, df: DataFrame
) -> DataFrame:
    """Return a model's metrics over a query: ``model_evaluate(name, version, query)``.

    Parameters and errors are those of `model_predict`. Clustering gives one row with its
    ``silhouette``, a federated model a row a store as `federation.evaluation.evaluate` does.
    """
    return load(spark, name, version).evaluate(df)


FUNCTIONS: Mapping[str, Callable[[SparkSession, str, int | str | None, DataFrame], DataFrame]] = {
    "model_evaluate": model_evaluate,
    "model_predict": model_predict,
}
