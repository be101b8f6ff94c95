"""What only the driver's own side of a session has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.errors import PySparkAttributeError

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

__all__ = ["spark_context"]


def spark_context(spark: SparkSession | None) -> SparkContext | None:
    """Return the context of a session; None for a client of Spark Connect, which has none.

    Examples
    --------
    >>> spark_context(spark) is spark.sparkContext
    True
    """
    try:
        return spark.sparkContext if spark else None
    except PySparkAttributeError:
        return None
