"""``CREATE [OR REPLACE] MODEL [IF NOT EXISTS] name [PARTITION BY c] … OPTIONS (…) AS query``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.columns import quote
from sparkfl.models.types import ALL_TYPES
from sparkfl.serving.catalog import qualified, registry
from sparkfl.serving.single import trained_single
from sparkfl.serving.trained import Trained
from sparkfl.sqlext.clauses.if_exists import IfExists, if_exists
from sparkfl.sqlext.clauses.partition import partition
from sparkfl.sqlext.clauses.query import Query
from sparkfl.sqlext.clauses.training import TrainingClauses, training_clauses
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.create_model_from import CreateModelFrom
from sparkfl.sqlext.statements.register import create, trained_on
from sparkfl.sqlext.statements.statement import CREATED, CREATED_FEDERATED, Row, Statement

__all__ = ["CreateModel"]


@dataclass(frozen=True)
class CreateModel(Statement):
    """Train a model and register its first version, or the next with OR REPLACE.

    With PARTITION BY one model is fitted for each value of a column, in workers, and all of them
    are one version: `model_predict` has each row scored by its group's, `model_verdicts` tells
    what became of each. It goes with types whose estimator takes arrays. What TRANSFORM, or the
    preprocessing without it, learns (means, categories, scales) it learns from the rows of all
    groups, so that features mean the same in each; the estimator learns from its group's alone.

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
    group: str | None = None

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
        group = partition(cursor, "group") if cursor.accept("PARTITION", "BY") else None
        return cls(name, when, training_clauses(cursor, ALL_TYPES), group)

    @property
    def source(self) -> Query:
        """The training query."""
        return self.clauses.query

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        group = "" if self.group is None else f"PARTITION BY {quote(self.group)} "
        return f"{self.when.create_sql('MODEL')} {quote(self.name)} {group}{self.clauses.sql}"

    @property
    def schema(self) -> StructType:
        """`model_id`, `model_name`, `version`; with PARTITION BY the groups, as the stores are."""
        return CREATED if self.group is None else CREATED_FEDERATED

    def run(self, spark: SparkSession) -> list[Row]:
        """Train and register; with IF NOT EXISTS and the model there, return its latest version."""
        clauses = self.clauses.bound(spark)
        return create(
            registry(spark),
            qualified(spark, self.name),
            self.when,
            clauses,
            lambda: self._train(spark, clauses),
            self.schema,
        )

    def _train(self, spark: SparkSession, clauses: TrainingClauses) -> Trained:
        rows = clauses.query.frame(spark)
        return trained_on(
            rows,
            clauses.query,
            self.name,
            lambda: trained_single(rows, clauses.options, clauses.transform, self.group),
        )
