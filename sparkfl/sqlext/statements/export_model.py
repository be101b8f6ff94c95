"""``EXPORT MODEL name [version] TO 'path'``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import SparkSession
from pyspark.sql.types import StringType, StructField, StructType

from sparkfl.columns import quote
from sparkfl.errors import ParameterError
from sparkfl.serving.catalog import find, registry
from sparkfl.sqlext.clauses.version import Version, bound_version, version, version_sql
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.literals import literal_sql
from sparkfl.sqlext.statements.statement import Row, Statement

__all__ = ["ExportModel"]


@dataclass(frozen=True)
class ExportModel(Statement):
    """Copy a version's files into a new directory of the driver's disk.

    They are a model of MLflow, which `mlflow.pyfunc.load_model(path)` loads, and from which
    CREATE MODEL … FROM makes the same model again, in another registry too.

    Examples
    --------
    .. code-block:: sql

        EXPORT MODEL segments 2 TO '/backup/segments'
    """

    name: str
    version: Version
    path: str

    @classmethod
    def parse(cls, cursor: Cursor) -> ExportModel:
        """Read the statement from its first word."""
        cursor.expect("EXPORT", "MODEL")
        name = cursor.model()
        wanted = None if cursor.at("TO") else version(cursor)
        cursor.expect("TO")
        path = str(cursor.literal("a path as a string"))
        cursor.end()
        return cls(name, wanted, path)

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return (
            f"EXPORT MODEL {quote(self.name)}{version_sql(self.version)} TO "
            f"{literal_sql(self.path)}"
        )

    @property
    def schema(self) -> StructType:
        """`path`."""
        return StructType([StructField("path", StringType())])

    def run(self, spark: SparkSession) -> list[Row]:
        """Copy the files.

        Raises
        ------
        ParameterError
            If there is something at the path, or it is of another file system.
        """
        scheme, colon, _ = self.path.partition("://")
        if colon and scheme != "file":
            raise ParameterError(
                f"EXPORT MODEL writes to the driver's disk, not to {scheme}. Export to a local "
                "path and copy the directory, or load it by its uri, see DESCRIBE MODEL."
            )
        found = find(spark, self.name, bound_version(self.version, spark))
        if not self.path.strip():
            raise ParameterError("EXPORT MODEL … TO '' names no directory; give a path.")
        target = Path(self.path.removeprefix("file://")).absolute()
        try:
            registry(spark).export(found, target)
        except OSError as error:
            raise ParameterError(
                f"EXPORT MODEL cannot write to {target}: {error.strerror or error}. Name a "
                "directory that this user may make on the driver."
            ) from error
        return [(str(target),)]
