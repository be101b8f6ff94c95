"""``SELECT ml_automl(problem_type => 'classification', training_data => query, …)``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.errors import ParameterError
from sparkfl.options import Option
from sparkfl.serving.automl import TRIALS, automl_search
from sparkfl.serving.catalog import qualified, registry
from sparkfl.serving.single import trained_best
from sparkfl.serving.trained import Trained
from sparkfl.sqlext.clauses.call import Call, call, call_sql
from sparkfl.sqlext.clauses.query import Query
from sparkfl.sqlext.clauses.training import TrainingClauses
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.ml_train import REPLACED, as_called, called_schema, query_of, text_of
from sparkfl.sqlext.statements.register import create, of_tables
from sparkfl.sqlext.statements.statement import CREATED, Row, Statement
from sparkfl.sqlext.values import bound

__all__ = ["MlAutoml"]

_NAMES = (
    "problem_type",
    "training_data",
    "target_variable",
    "time_limit",
    "metric",
    "model_name",
    "num_trials",
)
_LIMIT = Option("time_limit", float, None, above=0.0)
_TRIALS = Option("num_trials", int, TRIALS, minimum=1, maximum=1000)


@dataclass(frozen=True)
class MlAutoml(Statement):
    """Try several types and values, and register the model that is best on rows held out.

    A classification, a regression or a clustering. `time_limit` is in seconds: no model begins
    after it; at most `num_trials` models, 16 by default, are tried. `metric` says which is best.
    The model is called `model_name`, by default `automl_` and the target. In SELECT it returns the
    name of the version, such as `automl_churn$1`, of which `model_trials` tells all that was
    tried. It trains, so it must be the whole statement.

    Examples
    --------
    .. code-block:: sql

        SELECT ml_automl(problem_type => 'clustering', num_trials => 2, model_name => 'found',
                         training_data => 'SELECT total_orders, avg_order_value FROM customers')
    """

    found: Call

    @classmethod
    def parse(cls, cursor: Cursor) -> MlAutoml:
        """Read the statement from its first word."""
        statement = cls(call(cursor, "ml_automl", _NAMES))
        for name in _NAMES[:2]:
            if name not in statement.found.arguments:
                raise cursor.error(f"ml_automl takes {', '.join(_NAMES)}: there is no {name}")
        return statement

    @property
    def source(self) -> Query:
        """The training query."""
        return query_of(self.found, "training_data", "ml_automl")

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return call_sql("ml_automl", self.found)

    @property
    def schema(self) -> StructType:
        """`model_id`, `model_name`, `version` in FROM; else one column, the version's name."""
        return CREATED if self.found.rows else called_schema(self.found, "ml_automl")

    def run(self, spark: SparkSession) -> list[Row]:
        """Search and register."""
        given = {k: bound(v, spark) for k, v in self.found.arguments.items()}
        target, metric, name = (
            _text(given, key) for key in ("target_variable", "metric", "model_name")
        )
        limit, trials = (
            None if given.get(o.param) is None else o.check(given[o.param])
            for o in (_LIMIT, _TRIALS)
        )
        search = automl_search(
            text_of(self.found, "problem_type", spark, "ml_automl"),
            target,
            metric,
            limit,
            trials or TRIALS,
        )
        name = name or f"automl_{target or given['problem_type']}"
        rows = self.source.frame(spark)
        clauses = TrainingClauses(None, {}, self.source)

        def train() -> Trained:
            return of_tables(trained_best(search, rows), self.source, spark)

        made = create(registry(spark), qualified(spark, name), REPLACED, clauses, train)
        return as_called(made, self.found)


def _text(given: Mapping[str, object], name: str) -> str | None:
    """Return an argument that is a text, None if it is left out."""
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise ParameterError(f"ml_automl: {name} is {value!r}; it must be a string.")
    return value
