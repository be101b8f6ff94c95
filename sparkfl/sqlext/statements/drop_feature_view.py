"""``DROP FEATURE VIEW [IF EXISTS] name``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pyspark.sql import SparkSession

from sparkfl.errors import FeatureViewNotFoundError, SparkflError
from sparkfl.serving.catalog import qualified, registry
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.create_feature_view import at_feature_view
from sparkfl.sqlext.statements.drop import Drop

__all__ = ["DropFeatureView"]


@dataclass(frozen=True)
class DropFeatureView(Drop):
    """Drop a feature view with all of its versions; the table of its tiles stays.

    A view that is made of the name later goes on counting where this one ended, so that a model
    does not take its versions for those that it was trained on.

    Examples
    --------
    .. code-block:: sql

        DROP FEATURE VIEW IF EXISTS customer_value
    """

    thing: ClassVar[str] = "FEATURE VIEW"
    absent: ClassVar[type[SparkflError]] = FeatureViewNotFoundError

    @classmethod
    def at_thing(cls, cursor: Cursor) -> None:
        """Step over ``FEATURE VIEW`` or ``VDS``."""
        at_feature_view(cursor)

    def drop(self, spark: SparkSession) -> None:
        """Drop it."""
        registry(spark).drop_feature_view(qualified(spark, self.name))
