"""``CREATE [OR REPLACE] MODEL [IF NOT EXISTS] name [TRANSFORM (…)] OPTIONS (…) AS query``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.columns import quote
from sparkfl.models.training import train
from sparkfl.models.types import MODEL_TYPES
from sparkfl.serving.catalog import qualified, registry
from sparkfl.serving.trained import Trained
from sparkfl.sqlext.clauses.if_exists import IfExists, if_exists
from sparkfl.sqlext.clauses.query import Query
from sparkfl.sqlext.clauses.training import TrainingClauses, training_clauses
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.create_model_from import CreateModelFrom
from sparkfl.sqlext.statements.register import create, of_tables
from sparkfl.sqlext.statements.statement import CREATED, Row, Statement

__all__ = ["CreateModel"]


@dataclass(frozen=True)
class CreateModel(Statement):
    """Train a model and register its first version, or the next with OR REPLACE.

    The Python equivalent is a `pyspark.ml.Pipeline` fitted and registered with
    `sparkfl.registry.ModelRegistry.register`.

    Examples
    --------
    .. code-block:: sql

        CREATE MODEL segments
        TRANSFORM (vector_assembler(array(total_orders, avg_order_value)) features)
        OPTIONS (MODEL_TYPE = 'bisecting_kmeans', NUM_CLUSTERS = 3, SEED = 2)
        AS SELECT total_orders, avg_order_value FROM customers
    """

    name: str
    when: IfExists
    clauses: TrainingClauses

    @classmethod
    def parse(cls, cursor: Cursor) -> CreateModel | CreateModelFrom:  # type: ignore[override]
        """Read the statement from its first word."""
        cursor.expect("CREATE")
        replace = cursor.accept("OR", "REPLACE")
        cursor.expect("MODEL")
        when = if_exists(cursor, replace)
        name = cursor.model_name()
        if cursor.accept("FROM"):
            return CreateModelFrom.rest(cursor, name, when)
        return cls(name, when, training_clauses(cursor, MODEL_TYPES))

    @property
    def source(self) -> Query:
        """The training query."""
        return self.clauses.query

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return f"{self.when.create_sql('MODEL')} {quote(self.name)} {self.clauses.sql}"

    @property
    def schema(self) -> StructType:
        """`model_id`, `model_name`, `version`."""
        return CREATED

    def run(self, spark: SparkSession) -> list[Row]:
        """Train and register; with IF NOT EXISTS and the model there, return its latest version."""
        clauses = self.clauses.bound(spark)
        return create(
            registry(spark),
            qualified(spark, self.name),
            self.when,
            clauses,
            lambda: self._train(spark, clauses),
        )

    def _train(self, spark: SparkSession, clauses: TrainingClauses) -> Trained:
        rows = clauses.query.frame(spark)
        trained = Trained(train(rows, clauses.options, clauses.transform))
        return of_tables(trained, clauses.query, spark)
