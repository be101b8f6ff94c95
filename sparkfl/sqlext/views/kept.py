"""What is kept of a definition: names of tables as they are known from everywhere."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from sparkfl.columns import quote
from sparkfl.errors import SchemaError
from sparkfl.features.quality.check import check_readable
from sparkfl.features.views import FeatureView
from sparkfl.features.views.standing import check_sources
from sparkfl.serving.named_views import known_view
from sparkfl.sqlext.lexer import lex
from sparkfl.sqlext.parts import path_of
from sparkfl.sqlext.views.definition import Definition
from sparkfl.tables.attempt import attempt

__all__ = ["checked", "content_of"]

_PLAIN = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)


def content_of(spark: SparkSession, name: str, definition: Definition) -> dict[str, Any]:
    """Return what a registry keeps of a definition.

    Tables are of the schema that is current now, as those of Spark's views are; a temporary view
    keeps its name, and is that of the session that asks.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        The session.
    name : str
        Name of the view in the registry.
    definition : Definition
        The definition.

    Raises
    ------
    SchemaError
        If a source is a feature view.
    """
    view = dict(definition.view)
    view["sources"] = [_placed(spark, source) for source in view["sources"]]
    if view.get("entities"):
        view["entities"] = _placed(spark, view["entities"])
    tiles = definition.tiles
    if tiles == "":
        tiles = _beside(name, "tiles")
    return {"view": view, "tiles": None if tiles is None else _in_schema(spark, tiles)}


def checked(spark: SparkSession, name: str, content: dict[str, Any]) -> dict[str, Any]:
    """Return the content, once its sources have what it needs, with their types; nothing runs.

    Raises
    ------
    SchemaError
        If a source lacks a column, or has one of a type that cannot be used.
    StorageError
        If a source is not there.
    """
    view = FeatureView.from_dict({**content["view"], "name": name})
    check_sources(view, spark)
    plan = view.features("1970-01-01", spark=spark)
    schema = plan.schema  # Spark Connect looks at it only now.
    for each in view.expectations:
        check_readable(name, schema, plan, each)
    return {**content, "columns": view.source_columns(spark), **_quality(spark, name, content)}


def _quality(spark: SparkSession, name: str, content: Mapping[str, Any]) -> dict[str, str]:
    """Name the table of verdicts, once something is expected."""
    if content.get("quality") or not content["view"].get("expectations"):
        return {}
    return {"quality": _in_schema(spark, _beside(name, "quality"))}


def _beside(name: str, what: str) -> str:
    """Name a table after the view."""
    *schema, last = name.split(".")
    return ".".join(map(quote, [*schema, f"{last}_{what}"]))


def _placed(spark: SparkSession, read: Mapping[str, Any]) -> dict[str, Any]:
    """Name the table of a source in full."""
    table = read.get("table")
    if not table or "/" in table:
        return dict(read)
    try:
        with attempt():
            found = spark.catalog.getTable(table)
    except AnalysisException as error:
        path = path_of(lex(table))
        if path is not None and known_view(spark, ".".join(path)) is not None:
            raise SchemaError(
                f"The source {table} is a feature view, whose features are as of one time; those "
                "of another view, as of any time, are made of events. Name the tables that it is "
                "of, or ask both views and join what they say."
            ) from error
        # What else is wrong with it is said when it is read.
        return dict(read)
    if found.isTemporary or not found.namespace:
        return dict(read)
    parts = [found.catalog or "spark_catalog", *found.namespace, found.name]
    return {**read, "table": ".".join(p if _PLAIN.match(p) else quote(p) for p in parts)}


def _in_schema(spark: SparkSession, table: str) -> str:
    """Name a table to be in full."""
    parts = re.findall(r"`(?:[^`]|``)*`", table)
    if len(parts) == 1:
        parts = [quote(spark.catalog.currentDatabase()), *parts]
    if len(parts) == 2:
        parts = [quote(spark.catalog.currentCatalog()), *parts]
    return ".".join(parts)
