"""``CREATE [OR REPLACE] FEDERATED MODEL [IF NOT EXISTS] name PARTITION BY store … AS query``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.columns import quote
from sparkfl.errors import ModelExistsError, ParameterError
from sparkfl.local.algorithms import ALGORITHMS
from sparkfl.serving.apart import PART_OPTIONS, take_part
from sparkfl.serving.catalog import qualified, registry
from sparkfl.serving.feature_quality import check_training
from sparkfl.serving.federated import train_federated
from sparkfl.serving.trained import Trained
from sparkfl.sqlext.clauses.if_exists import IfExists, if_exists
from sparkfl.sqlext.clauses.partition import partition
from sparkfl.sqlext.clauses.query import Query
from sparkfl.sqlext.clauses.training import TrainingClauses, training_clauses
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.register import create, trained_on
from sparkfl.sqlext.statements.statement import CREATED_FEDERATED, Row, Statement, created_row

__all__ = ["CreateFederatedModel"]


@dataclass(frozen=True)
class CreateFederatedModel(Statement):
    """Train one local model a store and a global model of their released summaries.

    After the store come TRANSFORM, one `vector_assembler`, which may be left out, and OPTIONS, as
    in CREATE MODEL. Up to twenty stores, each local model is registered as ``name.store`` besides
    (with eight digits of its hash after it where that is another model's name).
    The Python equivalent is `sparkfl.FederatedClustering`.

    At a store of a federation of stores apart (JOIN FEDERATION), OPTIONS are FEDERATION and ROLE =
    'store', and what a store decides for itself: RELEASE_POLICY, GUARD_PATH, and WAIT, the seconds
    to wait for the aggregator. The statement then releases what is due of this store, and the
    version is NULL until the aggregator has made the first global model: run it again, with OR
    REPLACE once there is a model.

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
        if PART_OPTIONS[0].named_in(clauses.options):
            return self._take_part(spark, clauses)
        return create(
            registry(spark),
            qualified(spark, self.name),
            self.when,
            clauses,
            lambda: self._train(spark, clauses),
            CREATED_FEDERATED,
        )

    def _take_part(self, spark: SparkSession, clauses: TrainingClauses) -> list[Row]:
        """Release what is due of this store; the version is NULL before the first is made."""
        models, name = registry(spark), qualified(spark, self.name)
        if clauses.transform is not None:
            raise ParameterError(
                "TRANSFORM does not go with FEDERATION: its stores have agreed on the features, "
                "which the query gives."
            )
        if models.exists(name) and self.when.ignore:
            return [created_row(models.get(name), CREATED_FEDERATED)]
        if models.exists(name) and not self.when.replace:
            raise ModelExistsError(
                f"Model {name} exists. CREATE OR REPLACE FEDERATED MODEL goes on with the "
                "federation's next round, and makes its next version."
            )
        models.check_writable()
        rows = clauses.query.frame(spark)
        check_training(rows, name)
        version = take_part(rows, name, self.store, clauses.options, {})
        if version is None:
            return [(None, name, None, None, None)]
        return [created_row(version, CREATED_FEDERATED)]

    def _train(self, spark: SparkSession, clauses: TrainingClauses) -> Trained:
        rows = clauses.query.frame(spark)
        return trained_on(
            rows,
            clauses.query,
            self.name,
            lambda: train_federated(rows, self.store, clauses.options, clauses.transform),
            gated=True,
        )
