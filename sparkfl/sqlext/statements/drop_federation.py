"""``DROP FEDERATION [IF EXISTS] name``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pyspark.sql import SparkSession

from sparkfl.errors import FederationNotFoundError, SparkflError
from sparkfl.serving.apart import forget
from sparkfl.sqlext.statements.drop import Drop

__all__ = ["DropFederation"]


@dataclass(frozen=True)
class DropFederation(Drop):
    """Forget a federation here: its aggregator, or a store that has left.

    What is in the exchange stays, as its record, and so do models. A store that has not left is
    taken out of the federation first, as by LEAVE FEDERATION.

    Examples
    --------
    .. code-block:: sql

        DROP FEDERATION IF EXISTS consortium
    """

    thing: ClassVar[str] = "FEDERATION"
    absent: ClassVar[type[SparkflError]] = FederationNotFoundError

    def drop(self, spark: SparkSession) -> None:
        """Forget it."""
        forget(spark, self.name)
