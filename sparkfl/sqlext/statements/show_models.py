"""``SHOW MODELS``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.serving.catalog import registry
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.listing import MODELS, listed
from sparkfl.sqlext.statements.statement import Row, Statement

__all__ = ["ShowModels"]


@dataclass(frozen=True)
class ShowModels(Statement):
    """A row a model: its latest version.

    Examples
    --------
    .. code-block:: sql

        SHOW MODELS
    """

    @classmethod
    def parse(cls, cursor: Cursor) -> ShowModels:
        """Read the statement from its first word."""
        cursor.expect("SHOW", "MODELS")
        cursor.end()
        return cls()

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return "SHOW MODELS"

    @property
    def schema(self) -> StructType:
        """The columns of `MODELS`."""
        return MODELS

    def run(self, spark: SparkSession) -> list[Row]:
        """List the models by name."""
        return [listed(v) for v in registry(spark).models()]
