"""``UNPUBLISH FUNCTION [IF EXISTS] f``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.serving.publishing import unpublish
from sparkfl.sqlext.clauses.function import function_name, function_sql
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.statement import NOTHING, Row, Statement

__all__ = ["UnpublishFunction"]


@dataclass(frozen=True)
class UnpublishFunction(Statement):
    """Drop a function that a model was published as, with the table of its figures.

    Functions that sparkfl has not published stay.

    Examples
    --------
    .. code-block:: sql

        UNPUBLISH FUNCTION IF EXISTS segment_of
    """

    function: tuple[str, ...]
    if_exists: bool = False

    @classmethod
    def parse(cls, cursor: Cursor) -> UnpublishFunction:
        """Read the statement from its first word."""
        cursor.expect("UNPUBLISH", "FUNCTION")
        if_exists = cursor.accept("IF", "EXISTS")
        statement = cls(function_name(cursor), if_exists)
        cursor.end()
        return statement

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return f"UNPUBLISH FUNCTION {'IF EXISTS ' * self.if_exists}{function_sql(self.function)}"

    @property
    def schema(self) -> StructType:
        """No columns."""
        return NOTHING

    def run(self, spark: SparkSession) -> list[Row]:
        """Drop the function and what is known of it."""
        unpublish(spark, self.function, self.if_exists)
        return []
