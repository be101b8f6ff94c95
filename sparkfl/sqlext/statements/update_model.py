"""``UPDATE MODEL name [TRANSFORM (…)] [OPTIONS (…)] AS query``."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.models.types import MODEL_TYPES
from sparkfl.options import Option, resolve
from sparkfl.registry import ModelVersion
from sparkfl.serving.catalog import load, registry
from sparkfl.serving.families import family
from sparkfl.serving.trained import Trained
from sparkfl.sqlext.clauses import TrainingClauses, training_clauses
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.register import register
from sparkfl.sqlext.statements.statement import CREATED, Row, created_row

__all__ = ["UpdateModel"]

HOW = {"INCREMENTAL": Option("incremental", bool, False)}
"""Options of this one training, which the next does not inherit."""


@dataclass(frozen=True)
class UpdateModel:
    """Train a model anew and register it as the next version.

    TRANSFORM and OPTIONS that are left out are those of the latest version. With INCREMENTAL a
    federated model trains only the stores whose rows have changed since that version, see
    `sparkfl.FederatedClustering.update`.

    Examples
    --------
    .. code-block:: sql

        UPDATE MODEL segments AS SELECT total_orders, avg_order_value FROM customers;
        UPDATE MODEL shops OPTIONS (INCREMENTAL = TRUE) AS SELECT * FROM features
    """

    name: str
    clauses: TrainingClauses

    @classmethod
    def parse(cls, cursor: Cursor) -> UpdateModel:
        """Read the statement from its first word."""
        cursor.expect("UPDATE", "MODEL")
        name = cursor.name("a model's name")
        cursor.accept("VERSION")
        return cls(name, training_clauses(cursor, MODEL_TYPES))

    @property
    def schema(self) -> StructType:
        """`model_id`, `model_name`, `version`."""
        return CREATED

    def run(self, spark: SparkSession) -> list[Row]:
        """Train and register the next version."""
        models = registry(spark)
        latest = models.get(self.name)
        given = dict(self.clauses.options)
        how = {key: given.pop(key) for key in HOW if key in given}
        clauses = replace(self.clauses, options=given or dict(latest.options))
        incremental = bool(resolve(how, HOW, "UPDATE MODEL")["incremental"])
        trained, clauses = self._train(spark, latest, clauses, incremental)
        return [created_row(register(models, latest.name, trained, clauses, "new_version"))]

    def _train(
        self,
        spark: SparkSession,
        latest: ModelVersion,
        clauses: TrainingClauses,
        incremental: bool,
    ) -> tuple[Trained, TrainingClauses]:
        """Train as the latest version was trained; return the clauses that were used, too."""
        before = load(spark, latest.name, latest.version)
        used = replace(clauses, transform=clauses.transform or before.clause)
        train_again = family(latest).train_again
        return train_again(
            spark, before, used.query, used.options, used.transform, incremental
        ), used
