"""``SHOW RELEASE POLICIES [[LIKE] 'pattern']``."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StringType, StructField, StructType, TimestampType

from sparkfl.privacy.policy import ReleasePolicy, guarantee
from sparkfl.serving.catalog import registry
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.literals import literal_sql
from sparkfl.sqlext.statements.listing import named_like, pattern
from sparkfl.sqlext.statements.statement import Row, Statement

__all__ = ["ShowReleasePolicies"]


@dataclass(frozen=True)
class ShowReleasePolicies(Statement):
    """A row a release policy.

    A pattern is as that of SHOW MODELS.

    Examples
    --------
    .. code-block:: sql

        SHOW RELEASE POLICIES LIKE 'care*'
    """

    pattern: str | None = None

    @classmethod
    def parse(cls, cursor: Cursor) -> ShowReleasePolicies:
        """Read the statement from its first word."""
        cursor.expect("SHOW", "RELEASE", "POLICIES")
        statement = cls(pattern(cursor))
        cursor.end()
        return statement

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        like = "" if self.pattern is None else f" LIKE {literal_sql(self.pattern)}"
        return f"SHOW RELEASE POLICIES{like}"

    @property
    def schema(self) -> StructType:
        """A policy's name, its options as a JSON object, what they mean, when they were changed."""
        return StructType(
            [
                StructField("policy_name", StringType()),
                StructField("options", StringType()),
                StructField("released", StringType()),
                StructField("created", TimestampType()),
                StructField("updated", TimestampType()),
                StructField("updated_by", StringType()),
            ]
        )

    def run(self, spark: SparkSession) -> list[Row]:
        """List the policies by name."""
        found = named_like(registry(spark).policies(), self.pattern)
        return [
            (
                each.name,
                json.dumps(each.content),
                guarantee(ReleasePolicy.of_json(each.content)),
                each.created,
                each.updated,
                each.updated_by,
            )
            for each in found
        ]
