"""What a statement is, and the result columns that several share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Self

from pyspark.sql import SparkSession
from pyspark.sql.types import IntegerType, StringType, StructField, StructType

from sparkfl.options import Option
from sparkfl.registry import ModelVersion
from sparkfl.sqlext.clauses.query import Query
from sparkfl.sqlext.grammar import Cursor

__all__ = [
    "CREATED",
    "CREATED_FEDERATED",
    "NOTHING",
    "Row",
    "Statement",
    "created_row",
]

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

CREATED_FEDERATED = StructType(
    [
        *CREATED.fields,
        StructField("stores", IntegerType()),
        StructField("stores_without_model", IntegerType()),
    ]
)
"""The result where a version may be federated; `model_verdicts` says why a store has no model."""


class Statement(ABC):
    """A parsed statement: its result's columns, known before it runs, and how to run it."""

    options: ClassVar[Sequence[Option]] = ()
    """Those of its own clause, for its page."""

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


def created_row(version: ModelVersion, schema: StructType = CREATED) -> Row:
    """Return the row of `CREATED` or `CREATED_FEDERATED` for a version."""
    row: Row = (version.model_id, version.name, version.version)
    if schema == CREATED:
        return row
    stores, trained = (version.tags.get(f"sparkfl.{name}") for name in ("stores", "stores_trained"))
    if stores is None or trained is None:
        return (*row, None, None)
    return (*row, int(stores), int(stores) - int(trained))
