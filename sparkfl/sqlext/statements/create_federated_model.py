"""``CREATE [OR REPLACE] FEDERATED MODEL [IF NOT EXISTS] name PARTITION BY store … AS query``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.local.algorithms import ALGORITHMS
from sparkfl.serving.catalog import registry
from sparkfl.serving.federated import train_federated
from sparkfl.sqlext.clauses import IfExists, TrainingClauses, if_exists, training_clauses
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.register import create
from sparkfl.sqlext.statements.statement import CREATED, Row

__all__ = ["CreateFederatedModel"]


@dataclass(frozen=True)
class CreateFederatedModel:
    """Train one local model a store and a global model of their released summaries.

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
        name = cursor.name("a model's name")
        cursor.expect("PARTITION", "BY")
        bracketed = cursor.accept("(")
        store = cursor.identifier("the store's column")
        if bracketed:
            cursor.expect(")")
        return cls(name, when, store, training_clauses(cursor, ALGORITHMS))

    @property
    def schema(self) -> StructType:
        """`model_id`, `model_name`, `version`."""
        return CREATED

    def run(self, spark: SparkSession) -> list[Row]:
        """Train and register; with IF NOT EXISTS and the model there, return its latest version."""
        clauses = self.clauses
        return create(
            registry(spark),
            self.name,
            self.when,
            clauses,
            lambda: train_federated(
                spark, clauses.query, self.store, clauses.options, clauses.transform
            ),
        )
