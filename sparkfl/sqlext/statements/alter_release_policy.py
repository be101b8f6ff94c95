"""``ALTER RELEASE POLICY name SET (…)``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.columns import quote
from sparkfl.privacy.policy import ReleasePolicy
from sparkfl.serving.catalog import qualified, registry
from sparkfl.sqlext.clauses.options import options, options_sql
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.statement import NOTHING, Row, Statement
from sparkfl.sqlext.values import bound_options

__all__ = ["AlterReleasePolicy"]


@dataclass(frozen=True)
class AlterReleasePolicy(Statement):
    """Change some options of a release policy; the others stay.

    NULL takes an option back to its default. Versions that were trained under the policy keep to it
    as it was, and so do UPDATE and REFRESH MODEL, unless their OPTIONS name it again.

    Examples
    --------
    .. code-block:: sql

        ALTER RELEASE POLICY careful SET (MIN_SIZE = 30, GRID = NULL)
    """

    name: str
    given: Mapping[str, object]

    @classmethod
    def parse(cls, cursor: Cursor) -> AlterReleasePolicy:
        """Read the statement from its first word."""
        cursor.expect("ALTER", "RELEASE", "POLICY")
        name = cursor.model_name("release policy")
        cursor.expect("SET")
        if cursor.at("(", ")"):
            raise cursor.error("SET changes at least one option: SET (MIN_SIZE = 20)")
        statement = cls(name, options(cursor))
        cursor.end()
        return statement

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return f"ALTER RELEASE POLICY {quote(self.name)} {options_sql(self.given, 'SET')}"

    @property
    def schema(self) -> StructType:
        """No columns."""
        return NOTHING

    def run(self, spark: SparkSession) -> list[Row]:
        """Change it.

        Raises
        ------
        ParameterError
            If a key is unknown, or a value not valid.
        PolicyNotFoundError
            If there is no such policy.
        """
        given = bound_options(self.given, spark)
        policies = registry(spark)
        policies.check_writable()
        found = policies.policy(qualified(spark, self.name))
        changed = ReleasePolicy.of_json(found.content).changed(given)
        policies.create_policy(found.name, changed.to_json(), replace=True)
        return []
