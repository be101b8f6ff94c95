"""``DROP RELEASE POLICY [IF EXISTS] name``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.columns import quote
from sparkfl.errors import PolicyNotFoundError
from sparkfl.serving.catalog import qualified, registry
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.statement import NOTHING, Row, Statement

__all__ = ["DropReleasePolicy"]


@dataclass(frozen=True)
class DropReleasePolicy(Statement):
    """Drop a release policy; versions that were trained under it keep to it as it was.

    Examples
    --------
    .. code-block:: sql

        DROP RELEASE POLICY IF EXISTS careful
    """

    name: str
    if_exists: bool

    @classmethod
    def parse(cls, cursor: Cursor) -> DropReleasePolicy:
        """Read the statement from its first word."""
        cursor.expect("DROP", "RELEASE", "POLICY")
        if_exists = cursor.accept("IF", "EXISTS")
        statement = cls(cursor.model_name("release policy"), if_exists)
        cursor.end()
        return statement

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return f"DROP RELEASE POLICY {'IF EXISTS ' * self.if_exists}{quote(self.name)}"

    @property
    def schema(self) -> StructType:
        """No columns."""
        return NOTHING

    def run(self, spark: SparkSession) -> list[Row]:
        """Drop; with IF EXISTS, what is not there is no error."""
        try:
            registry(spark).drop_policy(qualified(spark, self.name))
        except PolicyNotFoundError:
            if not self.if_exists:
                raise
        return []
