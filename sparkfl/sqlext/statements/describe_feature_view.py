"""``DESCRIBE FEATURE VIEW [EXTENDED] name``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC

from pyspark.sql import SparkSession
from pyspark.sql.types import StringType, StructField, StructType

from sparkfl.columns import quote
from sparkfl.registry import StoredFeatureView
from sparkfl.serving.catalog import registry
from sparkfl.serving.feature_quality import changes_of
from sparkfl.serving.feature_views import find_view, opened
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.create_feature_view import at_feature_view
from sparkfl.sqlext.statements.statement import Row, Statement
from sparkfl.sqlext.views.written import feature_sql, source_sql

__all__ = ["DescribeFeatureView"]


@dataclass(frozen=True)
class DescribeFeatureView(Statement):
    """Names and values of what is known of a version of a feature view, the latest by default.

    `name$2` is version 2. Each source, each column of a table of entities, each feature and each
    derived feature has a row with its text, and so has what is expected of them. What has become of
    a column of a source since the version was made is there as `changed.source.column`, with the
    features that depend on it. EXTENDED reads the data: for each source the time of
    its latest event (`freshness`), and how many rows lack an entity or a time; for each column,
    over all entities as of now, how many are there and how many NULL, and of numbers mean,
    standard deviation, least and greatest.

    Examples
    --------
    .. code-block:: sql

        DESCRIBE FEATURE VIEW customer_value;
        DESCRIBE FEATURE VIEW EXTENDED customer_value
    """

    name: str
    extended: bool = False

    @classmethod
    def parse(cls, cursor: Cursor) -> DescribeFeatureView:
        """Read the statement from its first word."""
        if not cursor.accept("DESC"):
            cursor.expect("DESCRIBE")
        at_feature_view(cursor)
        following = cursor.peek(1)
        extended = following is not None and following.is_name and cursor.accept("EXTENDED")
        statement = cls(cursor.model("feature view"), extended)
        cursor.end()
        return statement

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return f"DESCRIBE FEATURE VIEW {'EXTENDED ' * self.extended}{quote(self.name)}"

    @property
    def schema(self) -> StructType:
        """`info_name`, `info_value`, as Spark describes a column."""
        return StructType(
            [StructField("info_name", StringType()), StructField("info_value", StringType())]
        )

    def run(self, spark: SparkSession) -> list[Row]:
        """Describe the version."""
        stored = find_view(spark, self.name)
        told = _told(spark, stored)
        if self.extended:
            view = opened(stored)
            for row in view.excluded(spark).collect():
                latest = row.latest  # of the time zone of this process
                told[f"freshness.{row.source}"] = latest and latest.astimezone(UTC)
                told[f"rows.{row.source}"] = json.dumps(
                    {n: row[n] for n in ("rows", "without_entity", "without_time")}
                )
            for name, figures in view.statistics(spark=spark).items():
                told[f"statistics.{name}"] = json.dumps(figures, default=str, ensure_ascii=False)
        return [(name, None if value is None else str(value)) for name, value in told.items()]


def _told(spark: SparkSession, stored: StoredFeatureView) -> dict[str, object]:
    """Return what is known without reading data."""
    versions = registry(spark).feature_view_versions(stored.name)
    view, tiles = stored.content["view"], stored.content.get("tiles")
    about = view.get("entities") or {}
    told: dict[str, object] = {
        "view_name": stored.name,
        "version": stored.version,
        "versions": ", ".join(str(each.version) for each in versions),
        "entity": ", ".join(view["entity"]),
        "per": view.get("per"),
        "created": versions[0].created,
        "updated": stored.created,
        "updated_by": stored.created_by,
        "tiles": tiles,
    }
    if tiles is not None:
        told["refreshed_until"] = opened(stored).refreshed(tiles, spark)
    told |= {"entities": source_sql(about, view)} if about else {}
    told |= {f"source.{each['name']}": source_sql(each, view) for each in view["sources"]}
    told |= {f"column.{name}": text for name, text in about.get("columns", {}).items()}
    for source in view["sources"]:
        for name, text in source.get("columns", {}).items():
            told[f"source.{source['name']}.{name}"] = text
        for feature in source["features"]:
            told[f"feature.{feature['name']}"] = f"{feature_sql(feature)} FROM {source['name']}"
    told |= {f"derived.{name}": text for name, text in view.get("derived", {}).items()}
    told |= {"select": ", ".join(view["select"])} if view.get("select") else {}
    for each in opened(stored).expectations:
        told[f"expectation.{each.name}"] = f"{each.expect} ON VIOLATION {each.on_violation.upper()}"
    told |= {"quality": stored.content["quality"]} if stored.content.get("quality") else {}
    for change in changes_of(spark, stored):
        told[".".join(filter(None, ("changed", change.source, change.column)))] = str(change)
    return told
