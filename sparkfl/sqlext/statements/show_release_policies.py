"""``SHOW RELEASE POLICIES [[LIKE] 'pattern']``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from pyspark.sql import SparkSession
from pyspark.sql.types import StringType, StructField, StructType, TimestampType

from sparkfl.privacy.policy import ReleasePolicy, guarantee
from sparkfl.serving.catalog import registry
from sparkfl.sqlext.statements.listing import Listing, named_like
from sparkfl.sqlext.statements.statement import Row

__all__ = ["ShowReleasePolicies"]


@dataclass(frozen=True)
class ShowReleasePolicies(Listing):
    """A row a release policy.

    A pattern is as that of SHOW MODELS.

    Examples
    --------
    .. code-block:: sql

        SHOW RELEASE POLICIES LIKE 'care*'
    """

    things: ClassVar[str] = "RELEASE POLICIES"

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
