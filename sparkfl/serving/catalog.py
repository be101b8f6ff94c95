"""Where SQL finds its models: the registry of a session, and what has been loaded from it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pyspark.sql import SparkSession

from sparkfl.registry import ModelRegistry, ModelVersion

__all__ = ["TRACKING_URI", "load", "registry"]

TRACKING_URI = "spark.sparkfl.trackingUri"
_KEPT = 32


def registry(spark: SparkSession) -> ModelRegistry:
    """Return the registry at ``spark.sparkfl.trackingUri``, or where MLflow's settings say."""
    return ModelRegistry(spark.conf.get(TRACKING_URI, None))


def load(spark: SparkSession, version: ModelVersion) -> Any:
    """Return a model for Spark, from memory if the application has used it lately.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        A session; it finds the registry.
    version : ModelVersion
        What to load.
    """
    models = registry(spark)
    key = (str(models.tracking_uri), version.run_id, version.version)
    loaded = _of_application(spark.sparkContext.applicationId)
    if key in loaded:
        loaded[key] = loaded.pop(key)
        return loaded[key]
    model = loaded[key] = models.load(version.name, version.version, spark)
    for oldest in list(loaded)[:-_KEPT]:
        loaded.pop(oldest, None)
    return model


@lru_cache(1)
def _of_application(_id: str) -> dict[tuple[str, str, int], Any]:
    """Models of the running application; those of one before lived in its JVM, and go with it."""
    return {}
