"""``ALTER FEATURE VIEW name { ADD item, … | DROP COLUMN column, … }``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.columns import quote
from sparkfl.serving.catalog import registry
from sparkfl.serving.feature_views import find_view
from sparkfl.sqlext.clauses.query import read_query
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.create_feature_view import MADE, at_feature_view, made_row
from sparkfl.sqlext.statements.statement import Row, Statement
from sparkfl.sqlext.views.changed import AddItems, DropColumns
from sparkfl.sqlext.views.kept import checked

__all__ = ["AlterFeatureView"]


@dataclass(frozen=True)
class AlterFeatureView(Statement):
    """Make the next version of a feature view, with further columns or without some.

    Items are those of CREATE FEATURE VIEW, of the sources that the view has; where it has several,
    their names (DESCRIBE FEATURE VIEW) stand before a column and a dot. What other columns are made
    of cannot be dropped.

    Examples
    --------
    .. code-block:: sql

        ALTER FEATURE VIEW customer_value
        ADD max(spent) OVER LAST 30 DAYS AS most_30d, most_30d / avg_spent_30d AS peak;
        ALTER FEATURE VIEW customer_value DROP COLUMN peak
    """

    name: str
    change: AddItems | DropColumns

    @classmethod
    def parse(cls, cursor: Cursor) -> AlterFeatureView:
        """Read the statement from its first word."""
        cursor.expect("ALTER")
        at_feature_view(cursor)
        name = cursor.model_name("feature view")
        if cursor.accept("ADD"):
            return cls(name, AddItems(read_query(cursor)))
        if not cursor.accept("DROP"):
            raise cursor.error("ADD item, … or DROP COLUMN column, … was expected")
        if not cursor.accept("COLUMNS"):
            cursor.expect("COLUMN")
        dropped = [cursor.identifier("a column")]
        while cursor.accept(","):
            dropped.append(cursor.identifier("a column"))
        cursor.end()
        return cls(name, DropColumns(tuple(dropped)))

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return f"ALTER FEATURE VIEW {quote(self.name)} {self.change.sql}"

    @property
    def schema(self) -> StructType:
        """`view_name`, `version`."""
        return MADE

    def run(self, spark: SparkSession) -> list[Row]:
        """Make the version.

        Raises
        ------
        FeatureViewNotFoundError
            If there is no such view.
        ParameterError
            If a column that is dropped is not there, or another is made of it.
        SchemaError
            If a source lacks what an item needs.
        """
        views = registry(spark)
        views.check_writable()
        stored = find_view(spark, self.name)
        changed = self.change.changed(stored.content["view"])
        content = checked(spark, stored.name, {**stored.content, "view": changed})
        return [made_row(views.create_feature_view(stored.name, content, replace=True))]
