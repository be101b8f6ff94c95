"""``UPDATE MODEL name [TRANSFORM (…)] [OPTIONS (…)] AS query``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.columns import quote
from sparkfl.errors import ParameterError
from sparkfl.models.types import ALL_TYPES
from sparkfl.options import Option, resolve
from sparkfl.registry import ModelVersion
from sparkfl.serving.catalog import find, load, registry
from sparkfl.serving.families import family
from sparkfl.serving.trained import Trained
from sparkfl.sqlext.clauses.query import Query
from sparkfl.sqlext.clauses.training import TrainingClauses, training_clauses
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.register import register, trained_on
from sparkfl.sqlext.statements.statement import CREATED_FEDERATED, Row, Statement, created_row

__all__ = ["UpdateModel"]

INCREMENTAL = Option("incremental", bool, False)
"""Options of this one training, which the next does not inherit."""


@dataclass(frozen=True)
class UpdateModel(Statement):
    """Train a model anew and register it as the next version.

    TRANSFORM and OPTIONS that are left out are those of the latest version; OPTIONS that are given
    stand in place of all of them. A federated model keeps its features; a query may have more
    columns, which are not read. With INCREMENTAL a federated model trains only the stores whose
    rows have changed since that version, see `sparkfl.FederatedClustering.update`; the query gives
    the rows of all stores, and a store without rows is no longer in the model.

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
        name = cursor.model_name()
        cursor.accept("VERSION")
        return cls(name, training_clauses(cursor, ALL_TYPES))

    @property
    def source(self) -> Query:
        """The training query."""
        return self.clauses.query

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return f"UPDATE MODEL {quote(self.name)} {self.clauses.sql}"

    @property
    def schema(self) -> StructType:
        """The columns of `CREATED_FEDERATED`; the last two are NULL for a single model."""
        return CREATED_FEDERATED

    def run(self, spark: SparkSession) -> list[Row]:
        """Train and register the next version."""
        models = registry(spark)
        latest = find(spark, self.name)
        models.check_writable()
        clauses = self.clauses.bound(spark)
        given = dict(clauses.options)
        how = {key: given.pop(key) for key in list(given) if key.upper() == INCREMENTAL.key}
        for key in given:
            if get_close_matches(key.upper(), [INCREMENTAL.key]):
                raise ParameterError(
                    f"UPDATE MODEL has no option {key}; did you mean {INCREMENTAL.key}?"
                )
        if given and not family(latest).model_type.named_in(given):
            raise ParameterError(
                "OPTIONS of UPDATE MODEL stand in place of all options of the latest version, and "
                f"have no MODEL_TYPE. Leave them out, or add what is to stay: {latest.options}."
            )
        clauses = replace(clauses, options=given or dict(latest.options))
        incremental = bool(resolve(how, [INCREMENTAL], "UPDATE MODEL")["incremental"])
        trained = self._train(spark, latest, clauses, incremental)
        made = register(
            models, latest.name, trained, clauses, "new_version", inherited=latest.transform
        )
        return [created_row(made, CREATED_FEDERATED)]

    def _train(
        self,
        spark: SparkSession,
        latest: ModelVersion,
        clauses: TrainingClauses,
        incremental: bool,
    ) -> Trained:
        """Train as the latest version was trained."""
        before = load(spark, latest)
        again = family(latest).train_again
        rows = clauses.query.frame(spark)
        return trained_on(
            rows,
            clauses.query,
            latest.name,
            lambda: again(before, rows, clauses.options, clauses.transform, incremental),
            gated=True,
        )
