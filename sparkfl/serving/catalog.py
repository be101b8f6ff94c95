"""Where SQL finds its models: the registry of a session, and what has been loaded from it."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from pyspark import SparkContext
from pyspark.sql import SparkSession

from sparkfl.registry import ModelRegistry, ModelVersion

__all__ = ["TRACKING_URI", "load", "registry"]

TRACKING_URI = "spark.sparkfl.trackingUri"
_KEPT = 32

_Loaded = OrderedDict[tuple[str, str, int], Any]
_loaded: WeakKeyDictionary[SparkContext, _Loaded] = WeakKeyDictionary()
_lock = Lock()


def registry(spark: SparkSession) -> ModelRegistry:
    """Return the registry at ``spark.sparkfl.trackingUri``, or where MLflow's settings say."""
    return ModelRegistry(spark.conf.get(TRACKING_URI, None))


def load(spark: SparkSession, version: ModelVersion) -> Any:
    """Return a model for Spark, from memory if the application has used it lately.

    What a stopped application has loaded goes with it: the stages of its models lived in its JVM.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        A session; it finds the registry.
    version : ModelVersion
        What to load.
    """
    models = registry(spark)
    key = (str(models.tracking_uri), version.run_id, version.version)
    with _lock:
        for stopped in [context for context in _loaded if context._jsc is None]:
            del _loaded[stopped]
        own = _loaded.setdefault(spark.sparkContext, OrderedDict())
        if key in own:
            own.move_to_end(key)
            return own[key]
    model = models.load(version.name, version.version, spark)
    with _lock:
        own[key] = model
        while len(own) > _KEPT:
            own.popitem(last=False)
    return model
