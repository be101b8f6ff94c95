"""``SHOW MODELS [IN schema] [[LIKE] 'pattern']``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.columns import quote
from sparkfl.serving.catalog import qualified, registry
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.listing import MODELS, like_sql, listed, named_like, pattern
from sparkfl.sqlext.statements.statement import Row, Statement

__all__ = ["ShowModels"]


@dataclass(frozen=True)
class ShowModels(Statement):
    """A row a model: its latest version.

    A pattern is as that of SHOW TABLES: ``*`` or ``%`` stands for any characters, ``|`` parts
    alternatives, and case does not matter. Without a schema the models of all are shown.

    Examples
    --------
    .. code-block:: sql

        SHOW MODELS;
        SHOW MODELS IN sales LIKE 'churn*|fraud*'
    """

    schema_path: tuple[str, ...] = ()
    pattern: str | None = None

    @classmethod
    def parse(cls, cursor: Cursor) -> ShowModels:
        """Read the statement from its first word."""
        cursor.expect("SHOW", "MODELS")
        schema: tuple[str, ...] = ()
        if cursor.accept("IN") or cursor.accept("FROM"):
            schema = cursor.path("a schema's name")
        statement = cls(schema, pattern(cursor))
        cursor.end()
        return statement

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        schema = ".".join(map(quote, self.schema_path))
        return f"SHOW MODELS{f' IN {schema}' if schema else ''}{like_sql(self.pattern)}"

    @property
    def schema(self) -> StructType:
        """The columns of `MODELS`."""
        return MODELS

    def run(self, spark: SparkSession) -> list[Row]:
        """List the models by name."""
        found = registry(spark).models()
        if self.schema_path:
            start = qualified(spark, ".".join([*self.schema_path, ""])).casefold()
            found = [v for v in found if _in_schema(v.name.casefold(), start)]
        return [listed(v) for v in named_like(found, self.pattern)]


def _in_schema(name: str, start: str) -> bool:
    """Tell whether a model is of the schema that names begin with; "" is the default one."""
    return name.startswith(start) and "." not in name[len(start) :]
