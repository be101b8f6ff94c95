"""Whether a session has sparkfl's SQL extension."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["has_extension"]


def has_extension(spark: SparkSession) -> bool:
    """Tell whether the session has the functions of sparkfl's SQL extension."""
    return spark.catalog.functionExists("sparkfl_scaled")
