"""``SHOW MODEL VERSIONS name``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import IntegerType, StructField, StructType

from sparkfl.columns import quote
from sparkfl.serving.catalog import find, registry
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.listing import MODELS, listed
from sparkfl.sqlext.statements.statement import Row, Statement

__all__ = ["ShowModelVersions"]


@dataclass(frozen=True)
class ShowModelVersions(Statement):
    """A row a version of a model, the latest first.

    Examples
    --------
    .. code-block:: sql

        SHOW MODEL VERSIONS segments
    """

    name: str

    @classmethod
    def parse(cls, cursor: Cursor) -> ShowModelVersions:
        """Read the statement from its first word."""
        cursor.expect("SHOW", "MODEL", "VERSIONS")
        statement = cls(cursor.model_name())
        cursor.end()
        return statement

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return f"SHOW MODEL VERSIONS {quote(self.name)}"

    @property
    def schema(self) -> StructType:
        """The columns of `MODELS`, and what became of the version."""
        return StructType([*MODELS.fields, StructField("replaced_by", IntegerType())])

    def run(self, spark: SparkSession) -> list[Row]:
        """List the versions."""
        models = registry(spark)
        name = find(spark, self.name).name
        versions = sorted(models.versions(name), key=lambda v: -v.version)
        replaced = [v.tags.get("sparkfl.replaced_by") for v in versions]
        return [
            (*listed(v), int(by) if by else None) for v, by in zip(versions, replaced, strict=True)
        ]
