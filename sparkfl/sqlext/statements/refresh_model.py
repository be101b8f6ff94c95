"""``REFRESH MODEL name [PARTITION ('store', …)]``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.columns import quote
from sparkfl.errors import CapabilityError
from sparkfl.serving.catalog import find, load, registry
from sparkfl.serving.stores import next_version, require_federated, with_stores
from sparkfl.sqlext.clauses.query import Query
from sparkfl.sqlext.clauses.stores import Stores, stores
from sparkfl.sqlext.clauses.training import TrainingClauses
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.register import trained_on
from sparkfl.sqlext.statements.statement import CREATED_FEDERATED, Row, Statement, created_row
from sparkfl.sqlext.statements.update_model import UpdateModel

__all__ = ["RefreshModel"]


@dataclass(frozen=True)
class RefreshModel(Statement):
    """Train a model anew from the query of its latest version, and register the next.

    TRANSFORM and OPTIONS stay. It is UPDATE MODEL with the query that the model keeps. With
    PARTITION a federated model trains the stores that are named, again or for the first time, of
    their rows alone; the others stay, and so do the scaling that they share and the distribution of
    the scores.

    Examples
    --------
    .. code-block:: sql

        REFRESH MODEL segments;
        REFRESH MODEL shops PARTITION ('north');
        REFRESH MODEL shops PARTITION (store_id = 'north')
    """

    name: str
    stores: Stores | None = None

    @classmethod
    def parse(cls, cursor: Cursor) -> RefreshModel:
        """Read the statement from its first word."""
        cursor.expect("REFRESH", "MODEL")
        name = cursor.model_name()
        statement = cls(name, stores(cursor) if cursor.accept("PARTITION") else None)
        cursor.end()
        return statement

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        partition = "" if self.stores is None else f" {self.stores.sql}"
        return f"REFRESH MODEL {quote(self.name)}{partition}"

    @property
    def schema(self) -> StructType:
        """The columns of `CREATED_FEDERATED`; the last two are NULL for a single model."""
        return CREATED_FEDERATED

    def run(self, spark: SparkSession) -> list[Row]:
        """Train and register the next version.

        Raises
        ------
        CapabilityError
            If the latest version was not trained by a query, or is asked for stores and has none.
        """
        latest = find(spark, self.name)
        if latest.source is None:
            raise CapabilityError(
                f"Version {latest.version} of model {latest.name!r} was not trained by a "
                "statement: its query is not known. Give one: UPDATE MODEL … AS SELECT …."
            )
        query = Query(latest.source)
        if self.stores is None:
            return UpdateModel(self.name, TrainingClauses(None, {}, query)).run(spark)
        require_federated(latest)
        models, model = registry(spark), load(spark, latest)
        models.check_writable()
        self.stores.check_column(model.data.inputs.store_col)
        rows = query.frame(spark)
        stores, options = self.stores.values, latest.options
        trained = trained_on(
            rows,
            query,
            latest.name,
            lambda: with_stores(model, rows, options, stores),
            gated=True,
        )
        made = next_version(models, latest, trained)
        return [created_row(made, CREATED_FEDERATED)]
