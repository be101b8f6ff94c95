"""What a statement is, and the result columns that several share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

from pyspark.sql import SparkSession
from pyspark.sql.types import IntegerType, StringType, StructField, StructType

from sparkfl.registry import ModelVersion
from sparkfl.sqlext.clauses.query import Query
from sparkfl.sqlext.grammar import Cursor

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


class Statement(ABC):
    """A parsed statement: its result's columns, known before it runs, and how to run it."""

    @classmethod
    @abstractmethod
    def parse(cls, cursor: Cursor) -> Self:
        """Read the statement from its first word."""

    @property
    @abstractmethod
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""

    @property
    def source(self) -> Query | None:
        """Its query, which has to be one before anything runs; None if it takes none."""
        return None

    @property
    @abstractmethod
    def schema(self) -> StructType:
        """Columns of the result."""

    @abstractmethod
    def run(self, spark: SparkSession) -> list[Row]:
        """Run the statement in a session and return the result's rows."""


def created_row(version: ModelVersion) -> Row:
    """Return the row of `CREATED` for a version."""
    return (version.model_id, version.name, version.version)
