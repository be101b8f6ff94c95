"""``SHOW FEATURE VIEWS [[LIKE] 'pattern']``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pyspark.sql import SparkSession
from pyspark.sql.types import IntegerType, StringType, StructField, StructType, TimestampType

from sparkfl.serving.catalog import registry
from sparkfl.serving.feature_views import opened
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.listing import Listing, named_like
from sparkfl.sqlext.statements.statement import Row

__all__ = ["ShowFeatureViews"]


@dataclass(frozen=True)
class ShowFeatureViews(Listing):
    """A row a feature view, of its latest version.

    A pattern is as that of SHOW MODELS.

    Examples
    --------
    .. code-block:: sql

        SHOW FEATURE VIEWS LIKE 'customer*'
    """

    things: ClassVar[str] = "FEATURE VIEWS"

    @classmethod
    def at_things(cls, cursor: Cursor) -> None:
        """Step over ``FEATURE VIEWS`` or ``VDS``."""
        if not cursor.accept("VDS"):
            super().at_things(cursor)

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
