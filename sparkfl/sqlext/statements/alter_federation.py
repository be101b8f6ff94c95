"""``ALTER FEDERATION name INVITE 'store' [, …]``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.columns import quote
from sparkfl.exchange.layout import check_store
from sparkfl.serving.apart import aggregator
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.literals import literal_sql
from sparkfl.sqlext.statements.create_federation import INVITED
from sparkfl.sqlext.statements.statement import Row, Statement

__all__ = ["AlterFederation"]


@dataclass(frozen=True)
class AlterFederation(Statement):
    """Invite further stores, or stores anew that have lost their keys or left.

    It returns a row a store with its invitation, a secret which that store needs for JOIN
    FEDERATION. Once a store has joined by a new invitation, its earlier key counts no more.

    Examples
    --------
    .. code-block:: sql

        ALTER FEDERATION consortium INVITE 'north', 'west'
    """

    name: str
    stores: tuple[str, ...]

    @classmethod
    def parse(cls, cursor: Cursor) -> AlterFederation:
        """Read the statement from its first word."""
        cursor.expect("ALTER", "FEDERATION")
        name = cursor.model_name("federation")
        cursor.expect("INVITE")
        stores = [str(cursor.literal("a store's name as a string"))]
        while cursor.accept(","):
            stores.append(str(cursor.literal("a store's name as a string")))
        cursor.end()
        return cls(name, tuple(stores))

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        stores = ", ".join(map(literal_sql, self.stores))
        return f"ALTER FEDERATION {quote(self.name)} INVITE {stores}"

    @property
    def schema(self) -> StructType:
        """The columns of `INVITED`."""
        return INVITED

    def run(self, spark: SparkSession) -> list[Row]:
        """Invite.

        Raises
        ------
        FederationNotFoundError
            If this session is not its aggregator.
        ParameterError
            If one cannot be a store's name.
        """
        own = aggregator(spark, self.name)
        stores = [check_store(store) for store in self.stores]
        return [(store, own.invite(store).text) for store in stores]
