"""``DROP RELEASE POLICY [IF EXISTS] name``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pyspark.sql import SparkSession

from sparkfl.errors import PolicyNotFoundError, SparkflError
from sparkfl.serving.catalog import qualified, registry
from sparkfl.sqlext.statements.drop import Drop

__all__ = ["DropReleasePolicy"]


@dataclass(frozen=True)
class DropReleasePolicy(Drop):
    """Drop a release policy; versions that were trained under it keep to it as it was.

    Examples
    --------
    .. code-block:: sql

        DROP RELEASE POLICY IF EXISTS careful
    """

    thing: ClassVar[str] = "RELEASE POLICY"
    absent: ClassVar[type[SparkflError]] = PolicyNotFoundError

    def drop(self, spark: SparkSession) -> None:
        """Drop it."""
        registry(spark).drop_policy(qualified(spark, self.name))
