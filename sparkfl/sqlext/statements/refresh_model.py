"""``REFRESH MODEL name``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.columns import quote
from sparkfl.errors import CapabilityError
from sparkfl.serving.catalog import find
from sparkfl.sqlext.clauses.query import Query
from sparkfl.sqlext.clauses.training import TrainingClauses
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.statement import CREATED_FEDERATED, Row, Statement
from sparkfl.sqlext.statements.update_model import UpdateModel

__all__ = ["RefreshModel"]


@dataclass(frozen=True)
class RefreshModel(Statement):
    """Train a model anew from the query of its latest version, and register the next.

    TRANSFORM and OPTIONS stay. It is UPDATE MODEL with the query that the model keeps.

    Examples
    --------
    .. code-block:: sql

        REFRESH MODEL segments
    """

    name: str

    @classmethod
    def parse(cls, cursor: Cursor) -> RefreshModel:
        """Read the statement from its first word."""
        cursor.expect("REFRESH", "MODEL")
        statement = cls(cursor.model_name())
        cursor.end()
        return statement

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return f"REFRESH MODEL {quote(self.name)}"

    @property
    def schema(self) -> StructType:
        """The columns of `CREATED_FEDERATED`; the last two are NULL for a single model."""
        return CREATED_FEDERATED

    def run(self, spark: SparkSession) -> list[Row]:
        """Train and register the next version.

        Raises
        ------
        CapabilityError
            If the latest version was not trained by a query.
        """
        latest = find(spark, self.name)
        if latest.source is None:
            raise CapabilityError(
                f"Version {latest.version} of model {latest.name!r} was not trained by a "
                "statement: its query is not known. Give one: UPDATE MODEL … AS SELECT …."
            )
        clauses = TrainingClauses(None, {}, Query(latest.source))
        return UpdateModel(self.name, clauses).run(spark)
