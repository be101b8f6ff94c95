"""``DESCRIBE EXTERNAL SOURCE name``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StringType, StructField, StructType

from sparkfl.columns import quote
from sparkfl.sources import describe_source
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.statement import Row, Statement

__all__ = ["DescribeExternalSource"]


@dataclass(frozen=True)
class DescribeExternalSource(Statement):
    """Names and values of what is known of an external source: kind, options, columns, parts.

    Secrets are stars.

    Examples
    --------
    .. code-block:: sql

        DESCRIBE EXTERNAL SOURCE orders
    """

    path: tuple[str, ...]

    @classmethod
    def parse(cls, cursor: Cursor) -> DescribeExternalSource:
        """Read the statement from its first word."""
        if not cursor.accept("DESC"):
            cursor.expect("DESCRIBE")
        cursor.expect("EXTERNAL", "SOURCE")
        statement = cls(cursor.source_path())
        cursor.end()
        return statement

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return f"DESCRIBE EXTERNAL SOURCE {'.'.join(map(quote, self.path))}"

    @property
    def schema(self) -> StructType:
        """`info_name`, `info_value`, as Spark describes a column."""
        return StructType(
            [StructField("info_name", StringType()), StructField("info_value", StringType())]
        )

    def run(self, spark: SparkSession) -> list[Row]:
        """Describe the source."""
        return list(describe_source(spark, self.path).items())
