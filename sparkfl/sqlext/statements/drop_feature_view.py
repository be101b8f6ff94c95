"""``DROP FEATURE VIEW [IF EXISTS] name``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.columns import quote
from sparkfl.errors import FeatureViewNotFoundError
from sparkfl.serving.catalog import qualified, registry
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.create_feature_view import at_feature_view
from sparkfl.sqlext.statements.statement import NOTHING, Row, Statement

__all__ = ["DropFeatureView"]


@dataclass(frozen=True)
class DropFeatureView(Statement):
    """Drop a feature view with all of its versions; the table of its tiles stays.

    A view that is made of the name later goes on counting where this one ended, so that a model
    does not take its versions for those that it was trained on.

    Examples
    --------
    .. code-block:: sql

        DROP FEATURE VIEW IF EXISTS customer_value
    """

    name: str
    if_exists: bool

    @classmethod
    def parse(cls, cursor: Cursor) -> DropFeatureView:
        """Read the statement from its first word."""
        cursor.expect("DROP")
        at_feature_view(cursor)
        if_exists = cursor.accept("IF", "EXISTS")
        statement = cls(cursor.model_name("feature view"), if_exists)
        cursor.end()
        return statement

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return f"DROP FEATURE VIEW {'IF EXISTS ' * self.if_exists}{quote(self.name)}"

    @property
    def schema(self) -> StructType:
        """No columns."""
        return NOTHING

    def run(self, spark: SparkSession) -> list[Row]:
        """Drop; with IF EXISTS, what is not there is no error."""
        try:
            registry(spark).drop_feature_view(qualified(spark, self.name))
        except FeatureViewNotFoundError:
            if not self.if_exists:
                raise
        return []
