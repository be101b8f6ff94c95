"""``ALTER FEATURE VIEW name { ADD item, … | ADD EXPECT … | DROP COLUMN | CONSTRAINT … }``."""

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
from sparkfl.sqlext.views.expected import (
    AddExpectations,
    DropExpectations,
    at_expectation,
    expected,
)
from sparkfl.sqlext.views.kept import checked

__all__ = ["AlterFeatureView"]


@dataclass(frozen=True)
class AlterFeatureView(Statement):
    """Make the next version of a feature view, with more columns or expectations, or without some.

    Items are those of CREATE FEATURE VIEW, of the sources that the view has; where it has several,
    their names (DESCRIBE FEATURE VIEW) stand before a column and a dot. What other columns are made
    of cannot be dropped. ADD [CONSTRAINT name] EXPECT … and DROP CONSTRAINT name change what is
    expected of the columns; a name that was not given is made of the text, and DESCRIBE has it.

    Examples
    --------
    .. code-block:: sql

        ALTER FEATURE VIEW customer_value
        ADD max(spent) OVER LAST 30 DAYS AS most_30d, most_30d / avg_spent_30d AS peak;
        ALTER FEATURE VIEW customer_value DROP COLUMN peak;
        ALTER FEATURE VIEW customer_value
        ADD CONSTRAINT known EXPECT nulls(avg_spent_30d) <= 0.5 ON VIOLATION WARN;
        ALTER FEATURE VIEW customer_value DROP CONSTRAINT known
    """

    name: str
    change: AddItems | DropColumns | AddExpectations | DropExpectations

    @classmethod
    def parse(cls, cursor: Cursor) -> AlterFeatureView:
        """Read the statement from its first word."""
        cursor.expect("ALTER")
        at_feature_view(cursor)
        name = cursor.model_name("feature view")
        if cursor.accept("ADD"):
            if not at_expectation(cursor):
                return cls(name, AddItems(read_query(cursor)))
            added = tuple(expected(cursor))
            cursor.end()
            return cls(name, AddExpectations(added))
        if not cursor.accept("DROP"):
            raise cursor.error("ADD item, … or DROP COLUMN column, … was expected")
        constraint = cursor.accept("CONSTRAINT")
        if not constraint and not cursor.accept("COLUMNS"):
            cursor.expect("COLUMN")
        what = "a name of an expectation" if constraint else "a column"
        dropped = [cursor.identifier(what)]
        while cursor.accept(","):
            dropped.append(cursor.identifier(what))
        cursor.end()
        return cls(name, (DropExpectations if constraint else DropColumns)(tuple(dropped)))

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
