"""``DROP FEDERATION [IF EXISTS] name``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.columns import quote
from sparkfl.errors import FederationNotFoundError
from sparkfl.serving.apart import forget
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.statement import NOTHING, Row, Statement

__all__ = ["DropFederation"]


@dataclass(frozen=True)
class DropFederation(Statement):
    """Forget a federation here: its aggregator, or a store that has left.

    What is in the exchange stays, as its record, and so do models. A store that has not left is
    taken out of the federation first, as by LEAVE FEDERATION.

    Examples
    --------
    .. code-block:: sql

        DROP FEDERATION IF EXISTS consortium
    """

    name: str
    if_exists: bool

    @classmethod
    def parse(cls, cursor: Cursor) -> DropFederation:
        """Read the statement from its first word."""
        cursor.expect("DROP", "FEDERATION")
        if_exists = cursor.accept("IF", "EXISTS")
        statement = cls(cursor.model_name("federation"), if_exists)
        cursor.end()
        return statement

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return f"DROP FEDERATION {'IF EXISTS ' * self.if_exists}{quote(self.name)}"

    @property
    def schema(self) -> StructType:
        """No columns."""
        return NOTHING

    def run(self, spark: SparkSession) -> list[Row]:
        """Forget; with IF EXISTS, what is not there is no error."""
        try:
            forget(spark, self.name)
        except FederationNotFoundError:
            if not self.if_exists:
                raise
        return []
