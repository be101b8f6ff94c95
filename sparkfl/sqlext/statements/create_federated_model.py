"""``CREATE [OR REPLACE] FEDERATED MODEL [IF NOT EXISTS] name PARTITION BY store … AS query``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.columns import quote
from sparkfl.local.algorithms import ALGORITHMS
from sparkfl.serving.catalog import qualified, registry
from sparkfl.serving.federated import train_federated
from sparkfl.serving.trained import Trained
from sparkfl.sqlext.clauses.if_exists import IfExists, if_exists
from sparkfl.sqlext.clauses.partition import partition
from sparkfl.sqlext.clauses.query import Query
from sparkfl.sqlext.clauses.training import TrainingClauses, training_clauses
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.register import create, of_tables
from sparkfl.sqlext.statements.statement import CREATED_FEDERATED, Row, Statement

__all__ = ["CreateFederatedModel"]


@dataclass(frozen=True)
class CreateFederatedModel(Statement):
    """Train one local model a store and a global model of their released summaries.

    After the store come TRANSFORM, one `vector_assembler`, which may be left out, and OPTIONS, as
    in CREATE MODEL. Up to twenty stores, each local model is registered as ``name.store`` besides
    (with eight digits of its hash after it where that is another model's name).
    The Python equivalent is `sparkfl.FederatedClustering`.

    Examples
    --------
    .. code-block:: sql

        CREATE FEDERATED MODEL shoppers
        PARTITION BY store_id
        OPTIONS (MODEL_TYPE = 'bisecting_kmeans', NUM_CLUSTERS = 3, GLOBAL_NUM_CLUSTERS = 5)
        AS SELECT store_id, total_orders, avg_order_value FROM customers
    """

    name: str
    when: IfExists
    store: str
    clauses: TrainingClauses

    @classmethod
    def parse(cls, cursor: Cursor) -> CreateFederatedModel:
        """Read the statement from its first word."""
        cursor.expect("CREATE")
        replace = cursor.accept("OR", "REPLACE")
        cursor.expect("FEDERATED", "MODEL")
        when = if_exists(cursor, replace)
        name = cursor.model_name()
        cursor.expect("PARTITION", "BY")
        store = partition(cursor, "store")
        return cls(name, when, store, training_clauses(cursor, ALGORITHMS))

    @property
    def source(self) -> Query:
        """The training query."""
        return self.clauses.query

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return (
            f"{self.when.create_sql('FEDERATED MODEL')} {quote(self.name)} "
            f"PARTITION BY {quote(self.store)} {self.clauses.sql}"
        )

    @property
    def schema(self) -> StructType:
        """The columns of `CREATED_FEDERATED`."""
        return CREATED_FEDERATED

    def run(self, spark: SparkSession) -> list[Row]:
        """Train and register; with IF NOT EXISTS and the model there, return its latest version."""
        clauses = self.clauses.bound(spark)
        return create(
            registry(spark),
            qualified(spark, self.name),
            self.when,
            clauses,
            lambda: self._train(spark, clauses),
            CREATED_FEDERATED,
        )

    def _train(self, spark: SparkSession, clauses: TrainingClauses) -> Trained:
        rows = clauses.query.frame(spark)
        trained = train_federated(rows, self.store, clauses.options, clauses.transform)
        return of_tables(trained, clauses.query, spark)
