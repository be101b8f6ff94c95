"""``SELECT ml_federated_aggregate(federation_id => 'name', quality_threshold => 0.5)``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession

from sparkfl.errors import ParameterError
from sparkfl.exchange.versions import aggregate_into
from sparkfl.global_.aggregate import AGGREGATIONS
from sparkfl.serving.apart import aggregator
from sparkfl.serving.catalog import registry
from sparkfl.sqlext.statements.called import CalledTraining
from sparkfl.sqlext.statements.statement import Row, created_row
from sparkfl.sqlext.values import bound

__all__ = ["MlFederatedAggregate"]

_AVERAGING = "fedavg"


@dataclass(frozen=True)
class MlFederatedAggregate(CalledTraining):
    """Aggregate a federation, and let a good global model become champion.

    It is HeliosDB's way to write AGGREGATE FEDERATION. `aggregation_method` is 'kmeans' or
    'bisecting_kmeans'; 'fedavg' is 'kmeans', whose centres are averages of the stores', weighted
    by their customers. `quality_threshold` is the share of the released customers' variance that
    has to lie between the global clusters: a version with less does not become ``champion``.
    In SELECT it returns the name of the version, NULL while the first round is not complete.

    Examples
    --------
    .. code-block:: sql

        SELECT ml_federated_train(federation_id => 'consortium', model_name => 'of_all',
                                  local_data => 'SELECT total_orders, avg_order_value
                                                 FROM customers');
        SELECT ml_federated_aggregate(federation_id => 'consortium',
                                      aggregation_method => 'fedavg', quality_threshold => 0.5)
    """

    function = "ml_federated_aggregate"
    names = ("federation_id", "aggregation_method", "quality_threshold")
    needed = 1

    def _made(self, spark: SparkSession) -> list[Row]:
        own = aggregator(spark, self.text("federation_id", spark))
        method = self.text_or_none("aggregation_method", spark)
        threshold = bound(self.found.arguments.get("quality_threshold"), spark)
        if threshold is not None and (
            isinstance(threshold, bool)
            or not isinstance(threshold, int | float)
            or not 0 <= threshold <= 1
        ):
            raise ParameterError(
                f"{self.function}: quality_threshold is {threshold!r}; it must be a number from 0 "
                "to 1."
            )
        aggregation = None if method is None else _aggregation(method)
        _, version = aggregate_into(
            registry(spark),
            own,
            aggregation=aggregation,
            quality_threshold=None if threshold is None else float(threshold),
        )
        model = own.history.contract.model
        return [(None, model, None) if version is None else created_row(version)]


def _aggregation(method: str) -> str:
    """Return an aggregation by the names that there are for it."""
    name = "kmeans" if method.lower() == _AVERAGING else method.lower()
    if name not in AGGREGATIONS:
        raise ParameterError(
            f"ml_federated_aggregate: aggregation_method is {method!r}; choose one of "
            f"{', '.join((*AGGREGATIONS, _AVERAGING))}."
        )
    return name
