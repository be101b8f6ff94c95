"""``JOIN FEDERATION name USING 'invitation'``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StringType, StructField, StructType

from sparkfl.columns import quote
from sparkfl.exchange.member import Member
from sparkfl.serving.apart import home
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.literals import literal_sql
from sparkfl.sqlext.statements.statement import Row, Statement

__all__ = ["JoinFederation"]


@dataclass(frozen=True)
class JoinFederation(Statement):
    """Join a federation as one of its stores, by the invitation that its aggregator has sent.

    A private key is made and kept in ``spark.sparkfl.federationHome``, by default
    ``~/.sparkfl/federations``; it never leaves it, and all that this store releases is signed with
    it. The name is what the federation is called here. It returns the store's name.

    Examples
    --------
    .. code-block:: sql

        JOIN FEDERATION consortium USING 'sparkfl-invitation-1.eyJhZ2dyZWdhdG9yIjoi'
    """

    name: str
    invitation: str

    @classmethod
    def parse(cls, cursor: Cursor) -> JoinFederation:
        """Read the statement from its first word."""
        cursor.expect("JOIN", "FEDERATION")
        name = cursor.model_name("federation")
        cursor.expect("USING")
        invitation = str(cursor.literal("the invitation as a string"))
        cursor.end()
        return cls(name, invitation)

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return f"JOIN FEDERATION {quote(self.name)} USING {literal_sql(self.invitation)}"

    @property
    def schema(self) -> StructType:
        """Name of the store."""
        return StructType([StructField("store", StringType())])

    def run(self, spark: SparkSession) -> list[Row]:
        """Join.

        Raises
        ------
        ParameterError
            If it is no invitation.
        FederationExistsError
            If another federation is called so here.
        """
        return [(Member.join(self.name, self.invitation, home(spark)).store,)]
