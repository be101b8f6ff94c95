"""``LEAVE FEDERATION name``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.columns import quote
from sparkfl.exchange.member import Member
from sparkfl.serving.apart import home
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.statement import NOTHING, Row, Statement

__all__ = ["LeaveFederation"]


@dataclass(frozen=True)
class LeaveFederation(Statement):
    """Leave a federation that this store has joined, for good.

    The next AGGREGATE FEDERATION makes the global model anew without what this store has released;
    the other stores have nothing to do. What was released is still in the exchange and in earlier
    versions: nobody can be made to forget it.

    Examples
    --------
    .. code-block:: sql

        LEAVE FEDERATION consortium
    """

    name: str

    @classmethod
    def parse(cls, cursor: Cursor) -> LeaveFederation:
        """Read the statement from its first word."""
        cursor.expect("LEAVE", "FEDERATION")
        statement = cls(cursor.model_name("federation"))
        cursor.end()
        return statement

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return f"LEAVE FEDERATION {quote(self.name)}"

    @property
    def schema(self) -> StructType:
        """No columns."""
        return NOTHING

    def run(self, spark: SparkSession) -> list[Row]:
        """Leave.

        Raises
        ------
        FederationNotFoundError
            If it was not joined here.
        """
        Member(self.name, home(spark)).leave()
        return []
