"""Where SQL finds its models: the registry of a session, and what has been loaded from it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from threading import Lock
from weakref import WeakKeyDictionary

from pyspark import SparkContext
from pyspark.sql import SparkSession

from sparkfl.registry import ModelRegistry
from sparkfl.serving.families import FAMILIES, family
from sparkfl.serving.served_model import ServedModel

__all__ = ["TRACKING_URI", "load", "registry"]

TRACKING_URI = "spark.sparkfl.trackingUri"
_LOADED = 32

_Reader = Callable[[str, Path, str], ServedModel]
_readers: WeakKeyDictionary[SparkContext, _Reader] = WeakKeyDictionary()
_lock = Lock()


def registry(spark: SparkSession) -> ModelRegistry:
    """Return the registry at ``spark.sparkfl.trackingUri``, or where MLflow's settings say."""
    return ModelRegistry(spark.conf.get(TRACKING_URI, None))


def load(spark: SparkSession, name: str, version: int | str | None) -> ServedModel:
    """Return a version of a model, from memory if the application has used it lately.

    Raises
    ------
    ModelNotFoundError
        If there is no such model or version.
    CapabilityError
        If SQL knows no models of its type.
    """
    models = registry(spark)
    found = models.get(name, version)
    family(found)
    path = models.path(found.name, found.version)
    return _reader(spark.sparkContext)(found.model_type, path, found.run_id)


def _reader(context: SparkContext) -> _Reader:
    """Return the reader of an application, whose JVM the stages of its models live in.

    What a stopped application has read goes with it.
    """
    with _lock:
        for stopped in [c for c in _readers if c._jsc is None]:
            del _readers[stopped]
        return _readers.setdefault(context, lru_cache(_LOADED)(_read))


def _read(model_type: str, path: Path, _run: str) -> ServedModel:
    """Read a model; the run tells apart what has been at one path."""
    return FAMILIES[model_type].read(path)
