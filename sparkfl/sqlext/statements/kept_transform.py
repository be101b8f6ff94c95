"""Keep the fitted TRANSFORM of a table beside it."""

from __future__ import annotations

from pyspark.sql import SparkSession

from sparkfl.models.preview import SqlTransform
from sparkfl.serving.catalog import qualified, registry
from sparkfl.sqlext.clauses.query import Query

__all__ = ["keep_transform"]


def keep_transform(spark: SparkSession, table: str, fitted: SqlTransform, query: Query) -> None:
    """Register a fitted clause as the next version of the model ``<table>_transform``."""
    registry(spark).register(
        qualified(spark, f"{table}_transform"),
        fitted,
        if_exists="new_version",
        source=query.text,
        transform=fitted.clause.text,
    )
