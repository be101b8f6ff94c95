"""``SELECT ml_automl(problem_type => 'classification', training_data => query, …)``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyspark.sql import SparkSession

from sparkfl.options import Option
from sparkfl.serving.automl import TRIALS, automl_search
from sparkfl.serving.catalog import qualified, registry
from sparkfl.serving.single import trained_best
from sparkfl.serving.trained import Trained
from sparkfl.sqlext.clauses.if_exists import IfExists
from sparkfl.sqlext.clauses.training import TrainingClauses
from sparkfl.sqlext.statements.called import CalledTraining
from sparkfl.sqlext.statements.register import create, trained_on
from sparkfl.sqlext.statements.statement import Row
from sparkfl.sqlext.values import bound

__all__ = ["MlAutoml"]

_LIMIT = Option("time_limit", float, None, above=0.0)
_TRIALS = Option("num_trials", int, TRIALS, minimum=1, maximum=1000)


@dataclass(frozen=True)
class MlAutoml(CalledTraining):
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

    function = "ml_automl"
    names = (
        "problem_type",
        "training_data",
        "target_variable",
        "time_limit",
        "metric",
        "model_name",
        "num_trials",
    )
    query = "training_data"

    def _made(self, spark: SparkSession) -> list[Row]:
        problem = self.text("problem_type", spark)
        target, metric, name = (
            self.text_or_none(key, spark) for key in ("target_variable", "metric", "model_name")
        )
        limit, trials = self._number(_LIMIT, spark), self._number(_TRIALS, spark)
        search = automl_search(problem, target, metric, limit, trials or TRIALS)
        query = self.source
        assert query is not None
        rows = query.frame(spark)

        called = qualified(spark, name or f"automl_{target or problem}")

        def train() -> Trained:
            return trained_on(rows, query, called, lambda: trained_best(search, rows))

        clauses, when = TrainingClauses(None, {}, query), IfExists(replace=True)
        return create(registry(spark), called, when, clauses, train)

    def _number(self, option: Option, spark: SparkSession) -> Any:
        """Return an argument that is a number, None if it is left out."""
        value = bound(self.found.arguments.get(option.param), spark)
        return None if value is None else option.check(value)
