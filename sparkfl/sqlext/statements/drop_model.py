"""``DROP MODEL [IF EXISTS] name [version]``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.errors import ModelNotFoundError
from sparkfl.serving.catalog import registry
from sparkfl.sqlext.clauses import version
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.statement import NOTHING, Row

__all__ = ["DropModel"]


@dataclass(frozen=True)
class DropModel:
    """Drop a model, or one version of it; its number is never used again.

    Examples
    --------
    .. code-block:: sql

        DROP MODEL IF EXISTS segments
    """

    name: str
    version: int | str | None
    if_exists: bool

    @classmethod
    def parse(cls, cursor: Cursor) -> DropModel:
        """Read the statement from its first word."""
        cursor.expect("DROP", "MODEL")
        if_exists = cursor.accept("IF", "EXISTS")
        statement = cls(cursor.name("a model's name"), version(cursor), if_exists)
        cursor.end()
        return statement

    @property
    def schema(self) -> StructType:
        """No columns."""
        return NOTHING

    def run(self, spark: SparkSession) -> list[Row]:
        """Drop; with IF EXISTS, what is not there is no error."""
        models = registry(spark)
        try:
            found = models.get(self.name, self.version)
        except ModelNotFoundError:
            if self.if_exists:
                return []
            raise
        models.drop(found.name, None if self.version is None else found.version)
        return []
