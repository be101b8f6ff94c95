"""``SHOW FEATURE VIEWS [[LIKE] 'pattern']``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import IntegerType, StringType, StructField, StructType, TimestampType

from sparkfl.serving.catalog import registry
from sparkfl.serving.feature_views import opened
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.literals import literal_sql
from sparkfl.sqlext.statements.listing import named_like, pattern
from sparkfl.sqlext.statements.statement import Row, Statement

__all__ = ["ShowFeatureViews"]


@dataclass(frozen=True)
class ShowFeatureViews(Statement):
    """A row a feature view, of its latest version.

    A pattern is as that of SHOW MODELS.

    Examples
    --------
    .. code-block:: sql

        SHOW FEATURE VIEWS LIKE 'customer*'
    """

    pattern: str | None = None

    @classmethod
    def parse(cls, cursor: Cursor) -> ShowFeatureViews:
        """Read the statement from its first word."""
        cursor.expect("SHOW")
        if not cursor.accept("VDS"):
            cursor.expect("FEATURE", "VIEWS")
        statement = cls(pattern(cursor))
        cursor.end()
        return statement

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        like = "" if self.pattern is None else f" LIKE {literal_sql(self.pattern)}"
        return f"SHOW FEATURE VIEWS{like}"

    @property
    def schema(self) -> StructType:
        """Name, version, keys, sources, how many columns, tiles, when and by whom it was made."""
        return StructType(
            [
                StructField("view_name", StringType()),
                StructField("version", IntegerType()),
                StructField("entity", StringType()),
                StructField("sources", StringType()),
                StructField("columns", IntegerType()),
                StructField("tiles", StringType()),
                StructField("updated", TimestampType()),
                StructField("updated_by", StringType()),
            ]
        )

    def run(self, spark: SparkSession) -> list[Row]:
        """List the views by name."""
        rows: list[Row] = []
        for each in named_like(registry(spark).feature_views(), self.pattern):
            view = opened(each)
            sources = ", ".join(source.name for source in view.sources)
            told = (each.name, each.version, ", ".join(view.keys), sources, len(view.columns))
            rows.append((*told, each.content.get("tiles"), each.created, each.created_by))
        return rows
