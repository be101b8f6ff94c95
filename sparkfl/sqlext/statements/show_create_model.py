"""``SHOW CREATE MODEL name [version]``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StringType, StructField, StructType

from sparkfl.columns import quote
from sparkfl.errors import CapabilityError
from sparkfl.registry import ModelVersion
from sparkfl.serving.catalog import find, load
from sparkfl.serving.families import family
from sparkfl.sqlext.clauses.options import options_sql
from sparkfl.sqlext.clauses.version import Version, bound_version, version, version_sql
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.statement import Row, Statement

__all__ = ["ShowCreateModel", "created_by"]


@dataclass(frozen=True)
class ShowCreateModel(Statement):
    """The statement that trains a version again.

    Examples
    --------
    .. code-block:: sql

        SHOW CREATE MODEL segments
    """

    name: str
    version: Version

    @classmethod
    def parse(cls, cursor: Cursor) -> ShowCreateModel:
        """Read the statement from its first word."""
        cursor.expect("SHOW", "CREATE", "MODEL")
        statement = cls(cursor.model(), version(cursor))
        cursor.end()
        return statement

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return f"SHOW CREATE MODEL {quote(self.name)}{version_sql(self.version)}"

    @property
    def schema(self) -> StructType:
        """`createmodel_stmt`, as SHOW CREATE TABLE has `createtab_stmt`."""
        return StructType([StructField("createmodel_stmt", StringType())])

    def run(self, spark: SparkSession) -> list[Row]:
        """Return the statement."""
        found = find(spark, self.name, bound_version(self.version, spark))
        return [(created_by(spark, found),)]


def created_by(spark: SparkSession, found: ModelVersion) -> str:
    """Return the text of the statement that made a version.

    Raises
    ------
    CapabilityError
        If it was not trained by a query.
    """
    if found.source is None:
        raise CapabilityError(
            f"Version {found.version} of model {found.name!r} was not made by a statement: its "
            "training query is not known."
        )
    kind = family(found)
    store = kind.store_of(load(spark, found))
    name = ".".join(map(quote, found.name.split(".")))
    lines = [f"CREATE {'FEDERATED ' * kind.federated}MODEL {name}"]
    lines += [f"PARTITION BY {quote(store)}"] if store else []
    lines += [f"TRANSFORM ({found.transform})"] if found.transform else []
    lines += [options_sql({k: _value(v) for k, v in found.options.items()})]
    return "\n".join([*lines, f"AS {found.source}"])


def _value(value: object) -> object:
    if isinstance(value, dict):
        return {name: _value(each) for name, each in value.items()}
    return tuple(map(_value, value)) if isinstance(value, list) else value
