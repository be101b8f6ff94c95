"""``SELECT ml_train_with_privacy(model_name => …, training_data => …, privacy_budget => …)``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import SparkSession

from sparkfl.errors import ParameterError
from sparkfl.serving.catalog import qualified, registry
from sparkfl.serving.federated import train_federated
from sparkfl.serving.private import asked_policy, private_options
from sparkfl.serving.trained import Trained
from sparkfl.sqlext.clauses.if_exists import IfExists
from sparkfl.sqlext.clauses.query import Query
from sparkfl.sqlext.clauses.training import TrainingClauses
from sparkfl.sqlext.statements.called import CalledTraining
from sparkfl.sqlext.statements.register import create, trained_on
from sparkfl.sqlext.statements.statement import Row
from sparkfl.sqlext.values import bound

__all__ = ["MlTrainWithPrivacy"]

_STORE, _ALL = "store_id", "all"
_POLICY = ("privacy_budget", "noise_mechanism", "bounds", "delta", "entity_key")


@dataclass(frozen=True)
class MlTrainWithPrivacy(CalledTraining):
    """Train a differentially private clustering of a query, or the next version of that model.

    It is HeliosDB's way to write CREATE OR REPLACE FEDERATED MODEL with a release policy that has
    EPSILON. `privacy_budget` is the epsilon of this training, `noise_mechanism` is 'gaussian' or
    'laplace'. Noise hides a row only as far as its values are bounded, so that `bounds` are needed,
    or a `release_policy` that has them, of whose EPSILON the call can ask for less and not for
    more. With `store`, the name of a column, each of its values is a store with a model of its own;
    without, all rows are one. `entity_key` names the column of the customers, `delta` that of the
    guarantee, and `parameters` have other OPTIONS of CREATE FEDERATED MODEL. In SELECT it returns
    the name of the version, such as `private$1`. It trains, so it must be the whole statement.

    Examples
    --------
    .. code-block:: sql

        SELECT ml_train_with_privacy(
            model_name => 'private_shoppers',
            training_data => 'SELECT customer_id, total_orders, avg_order_value FROM customers',
            privacy_budget => 2.0, noise_mechanism => 'laplace', entity_key => 'customer_id',
            bounds => jsonb_build_object('total_orders', array(0, 20),
                                         'avg_order_value', array(0, 100)))
    """

    function = "ml_train_with_privacy"
    names = (
        "model_name",
        "training_data",
        "privacy_budget",
        "noise_mechanism",
        "bounds",
        "delta",
        "entity_key",
        "release_policy",
        "store",
        "parameters",
    )
    query = "training_data"

    def _made(self, spark: SparkSession) -> list[Row]:
        name, store = self.text("model_name", spark), self.text_or_none("store", spark)
        given = {key: bound(self.found.arguments.get(key), spark) for key in _POLICY}
        parameters = bound(self.found.arguments.get("parameters"), spark) or {}
        if not isinstance(parameters, Mapping):
            raise ParameterError(
                f"{self.function}: the parameters are {parameters!r}; write "
                "jsonb_build_object('num_clusters', 4)."
            )
        stated = {key: value for key, value in given.items() if value is not None}
        policy = asked_policy(spark, stated, self.text_or_none("release_policy", spark))
        options = private_options(policy, parameters)
        query = self.source
        assert query is not None
        if store is None:
            store, query = _STORE, _of_one_store(query, spark)

        def train() -> Trained:
            rows = query.frame(spark)
            return trained_on(
                rows,
                query,
                name,
                lambda: train_federated(rows, store, options, None),
                gated=True,
            )

        clauses, when = TrainingClauses(None, options, query), IfExists(replace=True)
        return create(registry(spark), qualified(spark, name), when, clauses, train)


def _of_one_store(query: Query, spark: SparkSession) -> Query:
    """Name the one store of a query that names none."""
    columns = query.frame(spark).columns
    if any(column.lower() == _STORE for column in columns):
        raise ParameterError(
            f"ml_train_with_privacy: the query has a column {_STORE!r}. Give store => {_STORE!r} "
            "if it names stores; if it does not, give it another name by AS."
        )
    # The text may end with a comment.
    return Query(f"SELECT '{_ALL}' AS {_STORE}, * FROM (\n{query.text}\n)")
