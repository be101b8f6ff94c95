"""``DESCRIBE RELEASE POLICY name``."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StringType, StructField, StructType

from sparkfl.columns import quote
from sparkfl.privacy.policy import POLICY_OPTIONS, ReleasePolicy, guarantee
from sparkfl.serving.catalog import qualified, registry
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.statement import Row, Statement

__all__ = ["DescribeReleasePolicy"]


@dataclass(frozen=True)
class DescribeReleasePolicy(Statement):
    """Names and values of what a release policy asks, and `released`: what that means in words.

    Examples
    --------
    .. code-block:: sql

        DESCRIBE RELEASE POLICY careful
    """

    name: str

    @classmethod
    def parse(cls, cursor: Cursor) -> DescribeReleasePolicy:
        """Read the statement from its first word."""
        if not cursor.accept("DESC"):
            cursor.expect("DESCRIBE")
        cursor.expect("RELEASE", "POLICY")
        statement = cls(cursor.model_name("release policy"))
        cursor.end()
        return statement

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return f"DESCRIBE RELEASE POLICY {quote(self.name)}"

    @property
    def schema(self) -> StructType:
        """`info_name`, `info_value`, as Spark describes a column."""
        return StructType(
            [StructField("info_name", StringType()), StructField("info_value", StringType())]
        )

    def run(self, spark: SparkSession) -> list[Row]:
        """Describe the policy."""
        found = registry(spark).policy(qualified(spark, self.name))
        policy = ReleasePolicy.of_json(found.content)
        described: dict[str, object] = {"policy_name": found.name}
        content = policy.to_json()
        described |= {option.key: content.get(option.param) for option in POLICY_OPTIONS}
        described |= {"released": guarantee(policy)}
        described |= {"created": found.created, "updated": found.updated}
        described |= {"updated_by": found.updated_by}
        return [
            (name, None if value is None else _text(value)) for name, value in described.items()
        ]


def _text(value: object) -> str:
    return json.dumps(value) if isinstance(value, bool | dict) else str(value)
