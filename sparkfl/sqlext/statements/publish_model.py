"""``PUBLISH MODEL name [version] AS [OR REPLACE] [TEMPORARY] FUNCTION f``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import IntegerType, StringType, StructField, StructType

from sparkfl.columns import quote
from sparkfl.serving.catalog import find
from sparkfl.serving.publishing import publish
from sparkfl.sqlext.clauses.function import function_name, function_sql
from sparkfl.sqlext.clauses.version import Version, bound_version, version, version_sql
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.statement import Row, Statement

__all__ = ["PublishModel"]


@dataclass(frozen=True)
class PublishModel(Statement):
    """Create a function of stock SQL that predicts as a version does, the latest by default.

    Sessions without sparkfl can call it: of a federated model with the store and the features, for
    a struct of the columns that `model_predict` adds; of a single model with its columns, for its
    prediction. The figures stand in the function, or, where there are many, in a table beside it.
    The function does not change when the model gets another version; publish that with OR REPLACE.
    A temporary function is the session's own, and is not remembered.

    Examples
    --------
    .. code-block:: sql

        PUBLISH MODEL segments AS OR REPLACE FUNCTION segment_of;
        PUBLISH MODEL segments 2 AS OR REPLACE TEMPORARY FUNCTION segment_before
    """

    name: str
    version: Version
    function: tuple[str, ...]
    replace: bool = False
    temporary: bool = False

    @classmethod
    def parse(cls, cursor: Cursor) -> PublishModel:
        """Read the statement from its first word."""
        cursor.expect("PUBLISH", "MODEL")
        name = cursor.model()
        wanted = None if cursor.at("AS") else version(cursor)
        cursor.expect("AS")
        replace = cursor.accept("OR", "REPLACE")
        temporary = cursor.accept("TEMPORARY") or cursor.accept("TEMP")
        cursor.expect("FUNCTION")
        statement = cls(name, wanted, function_name(cursor), replace, temporary)
        cursor.end()
        return statement

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        made = f"{'OR REPLACE ' * self.replace}{'TEMPORARY ' * self.temporary}FUNCTION"
        model = f"{quote(self.name)}{version_sql(self.version)}"
        return f"PUBLISH MODEL {model} AS {made} {function_sql(self.function)}"

    @property
    def schema(self) -> StructType:
        """The function, the version, and the table of its figures, if there is one."""
        return StructType(
            [
                StructField("function", StringType()),
                StructField("model_name", StringType()),
                StructField("version", IntegerType()),
                StructField("figures", StringType()),
            ]
        )

    def run(self, spark: SparkSession) -> list[Row]:
        """Create the function."""
        found = find(spark, self.name, bound_version(self.version, spark))
        made = publish(spark, found, self.function, self.replace, self.temporary)
        return [(made.function, found.name, found.version, made.figures)]
