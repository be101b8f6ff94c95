"""``DROP MODEL [IF EXISTS] name [version]``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.columns import quote
from sparkfl.errors import ModelNotFoundError
from sparkfl.serving.catalog import find, registry, versioned
from sparkfl.serving.publishing import check_unpublished
from sparkfl.sqlext.clauses.version import Version, bound_version, version, version_sql
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.statement import NOTHING, Row, Statement

__all__ = ["DropModel"]


@dataclass(frozen=True)
class DropModel(Statement):
    """Drop a model, or one version of it; its number is never used again.

    One that is published as a function has to be unpublished first.

    Examples
    --------
    .. code-block:: sql

        DROP MODEL IF EXISTS segments
    """

    name: str
    version: Version
    if_exists: bool

    @classmethod
    def parse(cls, cursor: Cursor) -> DropModel:
        """Read the statement from its first word."""
        cursor.expect("DROP", "MODEL")
        if_exists = cursor.accept("IF", "EXISTS")
        statement = cls(cursor.model(), version(cursor), if_exists)
        cursor.end()
        return statement

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return (
            f"DROP MODEL {'IF EXISTS ' * self.if_exists}{quote(self.name)}"
            f"{version_sql(self.version)}"
        )

    @property
    def schema(self) -> StructType:
        """No columns."""
        return NOTHING

    def run(self, spark: SparkSession) -> list[Row]:
        """Drop; with IF EXISTS, what is not there is no error."""
        models, wanted = registry(spark), bound_version(self.version, spark)
        try:
            found = find(spark, self.name, wanted)
        except ModelNotFoundError:
            if self.if_exists:
                return []
            raise
        whole = versioned(self.name, wanted)[1] is None
        versions = models.versions(found.name) if whole else [found]
        check_unpublished(models, versions)
        models.drop(found.name, None if whole else found.version)
        return []
