"""``DROP EXTERNAL SOURCE [IF EXISTS] name``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.columns import quote
from sparkfl.errors import SourceNotFoundError
from sparkfl.sources import drop_source
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.statement import NOTHING, Row, Statement

__all__ = ["DropExternalSource"]


@dataclass(frozen=True)
class DropExternalSource(Statement):
    """Drop an external source with the view of its bad rows; what it reads stays as it is.

    Examples
    --------
    .. code-block:: sql

        DROP EXTERNAL SOURCE IF EXISTS orders
    """

    path: tuple[str, ...]
    if_exists: bool

    @classmethod
    def parse(cls, cursor: Cursor) -> DropExternalSource:
        """Read the statement from its first word."""
        cursor.expect("DROP", "EXTERNAL", "SOURCE")
        if_exists = cursor.accept("IF", "EXISTS")
        statement = cls(cursor.source_path(), if_exists)
        cursor.end()
        return statement

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return (
            f"DROP EXTERNAL SOURCE {'IF EXISTS ' * self.if_exists}{'.'.join(map(quote, self.path))}"
        )

    @property
    def schema(self) -> StructType:
        """No columns."""
        return NOTHING

    def run(self, spark: SparkSession) -> list[Row]:
        """Drop; with IF EXISTS, what is not there is no error."""
        try:
            drop_source(spark, self.path)
        except SourceNotFoundError:
            if not self.if_exists:
                raise
        return []
