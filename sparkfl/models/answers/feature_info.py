"""The columns that a model reads, and what their values were in training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkfl.models.answers.table import table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from sparkfl.models.answers.model import Asked

__all__ = ["feature_info"]

_COLUMNS = {
    "input": "name",
    "type": "type",
    "kind": "kind",
    "min": "least",
    "max": "most",
    "mean": "mean",
    "stddev": "deviation",
    "category_count": "categories",
    "null_count": "missing",
}
_SCHEMA = (
    "input string, type string, kind string, min double, max double, mean double, stddev double, "
    "category_count bigint, null_count bigint"
)


def feature_info(model: Asked, spark: SparkSession) -> DataFrame:
    """Return a row a column."""
    inputs = model.facts.inputs
    columns = {name: [getattr(each, own) for each in inputs] for name, own in _COLUMNS.items()}
    return table(spark, columns, _SCHEMA)
