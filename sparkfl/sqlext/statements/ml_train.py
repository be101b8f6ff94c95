"""``SELECT ml_train('name', query, 'type', parameters)``, as a call and in FROM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import SparkSession

from sparkfl.errors import ParameterError
from sparkfl.serving.catalog import qualified, registry
from sparkfl.serving.naming import named_options
from sparkfl.serving.single import trained_single
from sparkfl.serving.trained import Trained
from sparkfl.sqlext.clauses.if_exists import IfExists
from sparkfl.sqlext.clauses.training import TrainingClauses
from sparkfl.sqlext.statements.called import CalledTraining
from sparkfl.sqlext.statements.register import create, trained_on
from sparkfl.sqlext.statements.statement import Row
from sparkfl.sqlext.values import bound_options

__all__ = ["MlTrain"]


@dataclass(frozen=True)
class MlTrain(CalledTraining):
    """Train a model of a query, or the next version of the model of that name.

    It is HeliosDB's way to write CREATE OR REPLACE MODEL. The type is a MODEL_TYPE or a family such
    as 'xgboost'; the label is the parameter `label`, else the query's column of such a name, else
    its last column. In SELECT it returns the name of the version, such as `churn$1`. It trains, so
    it must be the whole statement.

    Examples
    --------
    .. code-block:: sql

        SELECT ml_train('spend', 'SELECT total_orders, avg_order_value FROM customers',
                        'random_forest', jsonb_build_object('max_depth', 3, 'num_trees', 5))
    """

    function = "ml_train"
    names = ("model_name", "training_query", "model_type", "parameters")
    query = "training_query"

    def _made(self, spark: SparkSession) -> list[Row]:
        name, kind = self.text("model_name", spark), self.text_or_none("model_type", spark)
        parameters = self.found.arguments.get("parameters") or {}
        if not isinstance(parameters, Mapping):
            raise ParameterError(
                f"ml_train: the parameters are {parameters!r}; write "
                "jsonb_build_object('max_depth', 6)."
            )
        query = self.source
        assert query is not None
        rows = query.frame(spark)
        given = bound_options(parameters, spark)
        options = named_options(rows, kind, given)

        def train() -> Trained:
            return trained_on(rows, query, name, lambda: trained_single(rows, options, None))

        clauses, when = TrainingClauses(None, options, query), IfExists(replace=True)
        return create(registry(spark), qualified(spark, name), when, clauses, train)
