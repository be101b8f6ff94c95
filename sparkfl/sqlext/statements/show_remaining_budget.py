"""``SHOW REMAINING BUDGET [FOR store]``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import (
    DoubleType,
    IntegerType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from sparkfl.errors import ParameterError
from sparkfl.federation.private import ACCOUNTANT_PATH
from sparkfl.privacy.accountant import Accountant
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.literals import literal_sql
from sparkfl.sqlext.statements.statement import Row, Statement

__all__ = ["ShowRemainingBudget"]


@dataclass(frozen=True)
class ShowRemainingBudget(Statement):
    """What each store has spent of its budget of differential privacy, and what remains.

    It is read where the setting ``spark.sparkfl.accountantPath`` says. What is spent is the
    epsilon of all releases of a store together at its delta, which is less than their sum where
    the noise is Gaussian. A store that was never charged has no row; its budget is whole. A store's
    name is a string or a number, or a name as such.

    Examples
    --------
    .. code-block:: sql

        SET spark.sparkfl.accountantPath = /var/lib/sparkfl/budget;
        SHOW REMAINING BUDGET;
        SHOW REMAINING BUDGET FOR 'north';
        RESET spark.sparkfl.accountantPath
    """

    store: str | None = None

    @classmethod
    def parse(cls, cursor: Cursor) -> ShowRemainingBudget:
        """Read the statement from its first word."""
        cursor.expect("SHOW", "REMAINING", "BUDGET")
        store = None
        if cursor.accept("FOR"):
            at_literal = cursor.at_literal()
            store = str(cursor.literal("a store") if at_literal else cursor.identifier("a store"))
        cursor.end()
        return cls(store)

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        of = "" if self.store is None else f" FOR {literal_sql(self.store)}"
        return f"SHOW REMAINING BUDGET{of}"

    @property
    def schema(self) -> StructType:
        """A store, its epsilon spent, at which delta, of which budget, what remains, releases."""
        return StructType(
            [
                StructField("store", StringType()),
                StructField("spent", DoubleType()),
                StructField("delta", DoubleType()),
                StructField("budget", DoubleType()),
                StructField("remaining", DoubleType()),
                StructField("releases", IntegerType()),
                StructField("last_release", TimestampType()),
            ]
        )

    def run(self, spark: SparkSession) -> list[Row]:
        """List the stores by name.

        Raises
        ------
        ParameterError
            If the session does not say where the accountant is.
        StorageError
            If what it has written cannot be read.
        """
        path = spark.conf.get(ACCOUNTANT_PATH, None)
        if path is None:
            raise ParameterError(
                f"{ACCOUNTANT_PATH} is not set. Set it to the ACCOUNTANT_PATH of the trainings, "
                "the directory where it is kept what stores have spent."
            )
        return [
            (a.store, a.spent, a.delta, a.budget, a.remaining, a.releases, a.last)
            for a in Accountant.at(path).accounts()
            if self.store is None or a.store == self.store
        ]
