"""Where SQL finds its models: the registry of a session, and what has been loaded from it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pyspark.sql import SparkSession

from sparkfl.errors import ParameterError
from sparkfl.registry import TRACKING_URI, ModelRegistry, ModelVersion

__all__ = ["TRACKING_URI", "find", "load", "qualified", "registry", "versioned"]

_KEPT = 32
_CATALOG, _SCHEMA = "spark_catalog", "default"


def registry(spark: SparkSession) -> ModelRegistry:
    """Return the registry at ``spark.sparkfl.trackingUri``, or where MLflow's settings say."""
    return ModelRegistry(spark.conf.get(TRACKING_URI, None))


def qualified(spark: SparkSession, name: str) -> str:
    """Return the registry's name of a model that SQL calls `name`.

    A model belongs to a schema, as a table does: without one it is of the current schema. The
    default schema of Spark's own catalog adds nothing to a name.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        The session, which has a current catalog and schema.
    name : str
        ``model``, ``schema.model`` or ``catalog.schema.model``.

    Examples
    --------
    >>> [qualified(spark, name) for name in ("m", "default.m", "sales.m", "spark_catalog.sales.m")]
    ['m', 'm', 'sales.m', 'sales.m']
    """
    parts = name.split(".")
    catalog = spark.catalog.currentCatalog()
    if len(parts) == 1:
        parts = [catalog, spark.catalog.currentDatabase(), name]
    elif len(parts) == 2:
        parts = [catalog, *parts]
    if parts[0].lower() == _CATALOG:
        parts = parts[1:]
        if len(parts) > 1 and parts[0].lower() == _SCHEMA:
            parts = parts[1:]
    return ".".join(parts)


def versioned(name: str, version: int | str | None = None) -> tuple[str, int | str | None]:
    """Split ``name$3`` and ``name@champion``.

    Raises
    ------
    ParameterError
        If there is another version besides.

    Examples
    --------
    >>> versioned("shops$3"), versioned("shops@champion"), versioned("shops", 2)
    (('shops', '3'), ('shops', '@champion'), ('shops', 2))
    """
    for mark in "$@":
        model, found, own = name.partition(mark)
        if found:
            if version is not None:
                raise ParameterError(
                    f"{name} names a version, and so does {version!r}; give one of them."
                )
            return model, own if mark == "$" else mark + own
    return name, version


def find(spark: SparkSession, name: str, version: int | str | None = None) -> ModelVersion:
    """Return a version of a model, as SQL names it.

    Raises
    ------
    ModelNotFoundError
        If there is no such model or version.
    ParameterError
        If two versions are named.
    """
    model, wanted = versioned(name, version)
    return registry(spark).get(qualified(spark, model), wanted)


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
    loaded = _of_application(_application(spark))
    if key in loaded:
        loaded[key] = loaded.pop(key)
        return loaded[key]
    model = loaded[key] = models.load(version.name, version.version, spark)
    for oldest in list(loaded)[:-_KEPT]:
        loaded.pop(oldest, None)
    return model


def _application(spark: SparkSession) -> str:
    """Name what holds a loaded model's own objects: the application, or a session of its server."""
    return f"{spark.conf.get('spark.app.id', None)} {getattr(spark, 'session_id', '')}"


@lru_cache(1)
def _of_application(_id: str) -> dict[tuple[str, str, int], Any]:
    """Models of the running application; those of one before lived in its JVM, and go with it."""
    return {}
