"""From a stored feature view to its features, and what models and queries know of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from sparkfl.errors import FeatureViewNotFoundError, ParameterError, SchemaError
from sparkfl.features.views import FeatureView
from sparkfl.features.views.execution import ORIGIN, ORIGIN_VERSION
from sparkfl.registry import ModelVersion, StoredFeatureView
from sparkfl.serving.catalog import qualified, registry, versioned

__all__ = [
    "VIEWS",
    "check_origin",
    "feature_join",
    "feature_tag",
    "feature_view",
    "find_view",
    "opened",
    "origins",
    "part_of",
]

VIEWS = "sparkfl.feature_views"
"""The tag of the feature views that a training read: versions by name, as JSON."""


def find_view(spark: SparkSession, name: str) -> StoredFeatureView:
    """Return a version of a feature view, as SQL names it: ``name`` or ``name$3``.

    Raises
    ------
    FeatureViewNotFoundError
        If there is no such view or version.
    """
    view, version = versioned(name)
    return registry(spark).feature_view(qualified(spark, view), version)


def opened(stored: StoredFeatureView) -> FeatureView:
    """Return the view that is stored."""
    content = {**stored.content["view"], "name": stored.name}
    return FeatureView.from_dict(content, version=stored.version)


def feature_view(
    spark: SparkSession,
    name: str,
    entities: DataFrame | None,
    as_of: str | None = None,
    tiles: bool = False,
) -> DataFrame:
    """Return the features as of a time."""
    stored = find_view(spark, name)
    table = stored.content.get("tiles")
    if tiles and table is None:
        raise ParameterError(
            f"The feature view {stored.name} keeps no tiles; leave TILES out, or CREATE OR REPLACE "
            "it with TILE INTERVAL 1 DAY and refresh it."
        )
    return opened(stored).features(as_of, entities, table if tiles else None, spark)


def feature_join(
    spark: SparkSession, name: str, labels: DataFrame | None, label_time: str | None = None
) -> DataFrame:
    """Return labels with the features of their own times."""
    assert labels is not None
    if label_time is None:
        raise ParameterError("feature_join: the column of the labels' time is NULL; name it.")
    return opened(find_view(spark, name)).join(labels, label_time)


def feature_tag(schema: StructType) -> dict[str, str]:
    """Return the tag that says which views the columns of a training are of."""
    found: dict[str, set[int]] = {}
    for name, version in origins(schema).values():
        found.setdefault(name, set()).add(version)
    versions = {name: sorted(own) for name, own in sorted(found.items())}
    return {VIEWS: json.dumps(versions)} if versions else {}


def check_origin(spark: SparkSession, model: ModelVersion, query: DataFrame) -> None:
    """Refuse features that another version of a view makes otherwise than the one trained on.

    Raises
    ------
    SchemaError
        If the model reads such a column.
    """
    trained: dict[str, list[int]] = json.loads(model.tags.get(VIEWS, "{}"))
    if not trained:
        return
    read = {name.lower() for name, _ in model.fields}
    for column, (name, version) in origins(query.schema).items():
        if column in read and name in trained and version not in trained[name]:
            then, now = (_part(spark, name, v, column) for v in (trained[name][-1], version))
            if then is None or then != now:
                raise SchemaError(
                    f"Model {model.name!r} was trained on version {trained[name][-1]} of the "
                    f"feature view {name}, and the query has version {version}, which makes "
                    f"{column} otherwise: {_told(then)} then, {_told(now)} now. Ask "
                    f"feature_view({name}${trained[name][-1]}), or train the model again."
                )


def part_of(view: Mapping[str, Any], column: str) -> dict[str, Any] | None:
    """Return what a column of a view is made of; None if there is none.

    Examples
    --------
    >>> view = {"sources": [], "derived": {"A": "1", "b": "a + 1"}}
    >>> part_of(view, "B")
    {'derived': 'a + 1', 'of': {'A': {'derived': '1', 'of': {}}}}
    """
    for source in view["sources"]:
        for feature in source["features"]:
            if feature["name"].lower() == column.lower():
                plain = {key: own for key, own in source.items() if key not in ("features", "name")}
                return {**feature, "source": plain}
    about = view.get("entities") or {}
    for name, text in about.get("columns", {}).items():
        if name.lower() == column.lower():
            return {"column": text, "table": about.get("table"), "query": about.get("query")}
    derived = view.get("derived", {})
    names = list(derived)
    for place, name in enumerate(names):
        if name.lower() == column.lower():
            before = [
                n for n in [*_named(view), *names[:place]] if n.lower() in derived[name].lower()
            ]
            return {"derived": derived[name], "of": {n: part_of(view, n) for n in before}}
    return None


def _named(view: Mapping[str, Any]) -> list[str]:
    """Names of what is not derived."""
    made = [feature["name"] for source in view["sources"] for feature in source["features"]]
    return [*(view.get("entities") or {}).get("columns", {}), *made]


def _part(spark: SparkSession, name: str, version: int, column: str) -> dict[str, Any] | None:
    """Return what a column was made of; None if that is not known any more."""
    try:
        stored = registry(spark).feature_view(name, version)
    except FeatureViewNotFoundError:
        return None
    return part_of(stored.content["view"], column)


def _told(part: dict[str, Any] | None) -> str:
    return "not known any more" if part is None else json.dumps(part, ensure_ascii=False)


def origins(schema: StructType) -> dict[str, tuple[str, int]]:
    """Return view and version of each column that says so, by its name in lower case."""
    found = {}
    for field in schema.fields:
        told = field.metadata or {}
        if ORIGIN in told and ORIGIN_VERSION in told:
            found[field.name.lower()] = (str(told[ORIGIN]), int(told[ORIGIN_VERSION]))
    return found
