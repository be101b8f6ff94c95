"""``SELECT ml_federated_train(federation_id => 'f', model_name => 'm', local_data => 'query')``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession

from sparkfl.serving.apart import take_part
from sparkfl.serving.catalog import qualified
from sparkfl.sqlext.clauses.duration import seconds_of
from sparkfl.sqlext.statements.called import CalledTraining
from sparkfl.sqlext.statements.statement import Row, created_row

__all__ = ["MlFederatedTrain"]


@dataclass(frozen=True)
class MlFederatedTrain(CalledTraining):
    """Release what is due of this store for its federation, and register the global model here.

    It is HeliosDB's way to write CREATE OR REPLACE FEDERATED MODEL … OPTIONS (FEDERATION = 'name',
    ROLE = 'store'). `update_frequency` is kept with the version, as ``sparkfl.update_frequency``,
    for the scheduler that calls this; nothing here calls anything by itself. In SELECT it returns
    the name of the version, NULL before the aggregator has made the first.

    Examples
    --------
    .. code-block:: sql

        SELECT ml_federated_train(federation_id => 'consortium', model_name => 'of_all',
                                  local_data => 'SELECT total_orders, avg_order_value
                                                 FROM customers',
                                  update_frequency => '1 day')
    """

    function = "ml_federated_train"
    names = ("federation_id", "model_name", "local_data", "update_frequency")
    query = "local_data"

    def _made(self, spark: SparkSession) -> list[Row]:
        federation, name = self.text("federation_id", spark), self.text("model_name", spark)
        frequency = self.text_or_none("update_frequency", spark)
        tags = {}
        if frequency is not None:
            seconds_of(frequency, "ml_federated_train: update_frequency")
            tags["sparkfl.update_frequency"] = frequency
        query = self.source
        assert query is not None
        rows = query.frame(spark)
        options = {"FEDERATION": federation}
        version = take_part(rows, qualified(spark, name), "", options, tags)
        return [(None, name, None) if version is None else created_row(version)]
