"""``SHOW FEDERATION name``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import IntegerType, LongType, StringType, StructField, StructType

from sparkfl.columns import quote
from sparkfl.exchange.overview import overview
from sparkfl.serving.apart import role_of
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.statement import Row, Statement

__all__ = ["ShowFederation"]


@dataclass(frozen=True)
class ShowFederation(Statement):
    """Tell of every store what became of its releases, in the last complete round and the open one.

    The aggregator and all stores see the same. `member` is ``invited``, ``joined`` or ``left``;
    `verdict` is ``released`` or ``waiting`` in the step that is open, and in others one of those
    that `docs/federation.md` lists: ``accepted``, ``missing``, ``late``, or why a release was
    refused, of which `detail` says more.

    Examples
    --------
    .. code-block:: sql

        SHOW FEDERATION consortium
    """

    name: str

    @classmethod
    def parse(cls, cursor: Cursor) -> ShowFederation:
        """Read the statement from its first word."""
        cursor.expect("SHOW", "FEDERATION")
        statement = cls(cursor.model_name("federation"))
        cursor.end()
        return statement

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return f"SHOW FEDERATION {quote(self.name)}"

    @property
    def schema(self) -> StructType:
        """A row a store, round and step."""
        return StructType(
            [
                StructField("store", StringType()),
                StructField("member", StringType()),
                StructField("round", IntegerType()),
                StructField("step", StringType()),
                StructField("verdict", StringType()),
                StructField("detail", StringType()),
                StructField("rows", LongType()),
            ]
        )

    def run(self, spark: SparkSession) -> list[Row]:
        """List the stores by name.

        Raises
        ------
        FederationNotFoundError
            If it was neither created nor joined here.
        """
        party = role_of(spark, self.name)
        return [tuple(each) for each in overview(party.storage, party.history)]
