"""What a statement is, and the result columns that several share."""

from __future__ import annotations

from typing import Protocol

from pyspark.sql import SparkSession
from pyspark.sql.types import IntegerType, StringType, StructField, StructType

from sparkfl.registry import ModelVersion

__all__ = ["CREATED", "NOTHING", "Row", "Statement", "created_row"]

Row = tuple[object, ...]

NOTHING = StructType([])
"""The result of a statement that returns no rows."""

CREATED = StructType(
    [
        StructField("model_id", StringType()),
        StructField("model_name", StringType()),
        StructField("version", IntegerType()),
    ]
)
"""The result of a statement that makes a version."""


class Statement(Protocol):
    """A parsed statement: its result's columns, known before it runs, and how to run it."""

    @property
    def schema(self) -> StructType:
        """Columns of the result."""

    def run(self, spark: SparkSession) -> list[Row]:
        """Run the statement in a session and return the result's rows."""


def created_row(version: ModelVersion) -> Row:
    """Return the row of `CREATED` for a version."""
    return (version.model_id, version.name, version.version)
