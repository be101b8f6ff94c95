"""Federated clustering: local models, their release, and the global model."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.ml import Estimator
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkfl.anomaly import score_bin, threshold
from sparkfl.errors import AggregationError, ParameterError
from sparkfl.federation_data import TABLES, FederationData, arrow_table, summary_columns
from sparkfl.federation_inputs import Inputs, feature_names, store_type
from sparkfl.federation_model import FederatedClusteringModel
from sparkfl.federation_predict import assign, score
from sparkfl.global_.aggregate import AGGREGATIONS, aggregate
from sparkfl.local.algorithms import ALGORITHMS
from sparkfl.local.histogram import released_histogram
from sparkfl.local.moments import pooled_moments
from sparkfl.local.scaling import Scaling
from sparkfl.local.summary import ClusterSummary
from sparkfl.local.training import LocalResult, LocalTraining
from sparkfl.params import FederatedClusteringSetters

__all__ = ["FederatedClustering", "FederatedClusteringModel"]

logger = logging.getLogger(__name__)

Results = Sequence[tuple[object, LocalResult]]


class FederatedClustering(
    Estimator[FederatedClusteringModel],
    FederatedClusteringSetters,
    DefaultParamsReadable["FederatedClustering"],
    DefaultParamsWritable,
):
    """Cluster each store's customers, then all stores' from what they release.

    One round: each store is clustered in its own worker, and lets out no more than the count,
    mean and within-cluster sum of squares of clusters of at least `minClusterSize` customers.
    The global model groups those summaries, weighted by their counts; it differs from k-FED [1]_
    in the weights and in that a small store never sends its rows. `fit` reads its input up to
    three times (moments, clusters, threshold of the anomaly score): persist an input that is
    dear to compute.

    Parameters
    ----------
    storeCol : str, default 'store_id'
        Column that names the store: string, integer or date.
    inputCols : list of str
        Numeric feature columns.
    featuresCol : str
        Vector or array column of features, in place of `inputCols`.
    k : int, default 3
        Clusters a store. A store with no more rows than that releases nothing.
    globalK : int, default 8
        Global clusters; capped with a warning at the number of distinct released clusters.
    seed : int, default 0
        Seed of the local fits. The result does not depend on the partitioning.
    globalSeed : int, default 0
        Seed of the aggregation.
    algorithm : {'bisecting_kmeans', 'kmeans'}, default 'bisecting_kmeans'
        How a store is clustered.
    aggregation : {'bisecting_kmeans', 'kmeans'}, default 'bisecting_kmeans'
        How released clusters are grouped.
    scaling : {'federation', 'store', 'none'}, default 'federation'
        Z-scores by the moments of all stores, which keeps clusters of different stores
        comparable; by the store's own; or none.
    log1pCols : list of str, default []
        Columns of `inputCols` to put through sign(x) log(1 + abs(x)) first; for heavy tails.
    minClusterSize : int, default 10
        Smallest cluster that may be released, at least 3. Smaller ones are merged.
    weighted : bool, default True
        Weigh released clusters by their counts.
    contamination : float, default 0.05
        Share of the training customers to flag as anomalies, in (0, 0.5].

    References
    ----------
    .. [1] Dennis, Li, Smith, "Heterogeneity for the win: one-shot federated clustering",
       ICML 2021.

    Examples
    --------
    >>> rows = [(s, float(x % 2 * 50 + x)) for s in ("north", "south") for x in range(40)]
    >>> df = spark.createDataFrame(rows, "store_id string, spend double")
    >>> model = FederatedClustering(inputCols=["spend"], k=2, globalK=2).fit(df)
    >>> model.verdicts.show()
    +--------+-------+----+-----------------+-----------+
    |store_id|verdict|rows|released_clusters|merged_rows|
    +--------+-------+----+-----------------+-----------+
    |   north|     ok|  40|                2|          0|
    |   south|     ok|  40|                2|          0|
    +--------+-------+----+-----------------+-----------+
    """

    def __init__(self, **params: object) -> None:
        super().__init__()
        self.setParams(**params)

    def setParams(self, **params: object) -> FederatedClustering:
        """Set the parameters that are given by their names."""
        unknown = sorted(name for name in params if not self.hasParam(name))
        if unknown:
            names = ", ".join(param.name for param in self.params)
            raise ParameterError(f"Unknown parameter {unknown[0]!r}; choose from {names}.")
        return self._set(**params)

    def _fit(self, dataset: DataFrame) -> FederatedClusteringModel:
        """Scale, train and release in the stores, aggregate, then find the edge of normality."""
        inputs = self._inputs(dataset)
        customers = inputs.select(dataset)
        common = self._common_scaling(customers, inputs)
        results = self._train(customers, inputs, common)
        data = FederationData(
            params={param.name: value for param, value in self.extractParamMap().items()},
            inputs=inputs,
            scaling=common or _pooled_scaling(results),
            threshold=float("inf"),
            tables=_tables(inputs, results, self._aggregate(results)),
        )
        data = replace(data, threshold=self._threshold(customers, data))
        return FederatedClusteringModel(dataset.sparkSession, data)

    def _inputs(self, df: DataFrame) -> Inputs:
        """Check the parameters against each other and against the columns of `df`."""
        _check_name("algorithm", self.getAlgorithm(), ALGORITHMS)
        _check_name("aggregation", self.getAggregation(), AGGREGATIONS)
        if self.isSet("inputCols") == self.isSet("featuresCol"):
            raise ParameterError(
                "Set either inputCols, the numeric feature columns, or featuresCol, a vector or "
                "array column."
            )
        array = self.getFeaturesCol() if self.isSet("featuresCol") else None
        features = tuple(self.getInputCols()) if array is None else feature_names(df, array)
        unknown = [name for name in self.getLog1pCols() if name not in features]
        if unknown or not features:
            raise ParameterError(
                f"log1pCols has {unknown}, which is not a feature; the features are "
                f"{list(features)}."
                if unknown
                else "There is no feature to cluster by. Name at least one."
            )
        store = store_type(df, self.getStoreCol())
        inputs = Inputs(self.getStoreCol(), store, features, array, tuple(self.getLog1pCols()))
        inputs.columns(df)
        return inputs

    def _common_scaling(self, df: DataFrame, inputs: Inputs) -> Scaling | None:
        """Scaling that all stores share; None if each has its own."""
        if self.getScaling() == "store":
            return None
        identity = Scaling.identity(len(inputs.features))
        if self.getScaling() == "none":
            return identity
        moments = pooled_moments(
            df, inputs.store(df), inputs.columns(df), self.getK(), self.getMinClusterSize()
        )
        return Scaling.of_moments(moments).rounded() if moments else identity

    def _train(self, df: DataFrame, inputs: Inputs, scaling: Scaling | None) -> Results:
        """Fit every store; at least one must release something."""
        training = LocalTraining(
            self.getAlgorithm(), self.getK(), self.getSeed(), self.getMinClusterSize(), scaling
        )
        results = training.fit_stores(df, inputs.store(df), inputs.columns(df))
        verdicts = Counter(result.verdict for _, result in results)
        told = ", ".join(f"{n} {verdict}" for verdict, n in verdicts.most_common()) or "no rows"
        if not verdicts["ok"]:
            raise AggregationError(
                f"No store released a cluster: {told}. A store needs finite features and more "
                f"than k={self.getK()} and at least minClusterSize={self.getMinClusterSize()} "
                "customers."
            )
        logger.info("Local training of %d stores: %s.", len(results), told)
        return results

    def _aggregate(self, results: Results) -> ClusterSummary:
        """Build the global clusters."""
        releases = ClusterSummary.concatenate([r.summary for _, r in results if r.summary])
        clusters = aggregate(
            releases,
            self.getGlobalK(),
            self.getGlobalSeed(),
            self.getWeighted(),
            self.getAggregation(),
        )
        logger.info("Global model: %d clusters of %d released.", len(clusters), len(releases))
        return clusters

    def _threshold(self, df: DataFrame, data: FederationData) -> float:
        """Score that the wanted share of the training customers reaches."""
        scored = score(*assign(df, data), data)
        bins = score_bin(F.col("anomaly_score"))
        cells = released_histogram(scored, bins, self.getMinClusterSize())
        return threshold(cells, self.getContamination())


def _check_name(param: str, value: str, names: Mapping[str, object]) -> None:
    """Refuse a name that is not in a table."""
    if value not in names:
        raise ParameterError(f"Unknown {param} {value!r}; choose one of {', '.join(names)}.")


def _pooled_scaling(results: Results) -> Scaling:
    """Pool the stores' own scalings, for stores that have none."""
    moments = [
        ClusterSummary(
            np.array([result.rows]),
            result.scaling.mean[None],
            result.scaling.std[None] ** 2 * (result.rows - 1),
        )
        for _, result in results
        if result.scaling
    ]
    return Scaling.of_moments(ClusterSummary.concatenate(moments).total())


def _tables(inputs: Inputs, results: Results, clusters: ClusterSummary) -> dict[str, pa.Table]:
    """Lay out what the stores released and what was made of it."""
    released = [(store, r.summary, r.scaling) for store, r in results if r.summary]
    every = ClusterSummary.concatenate([summary for _, summary, _ in released])
    columns: dict[str, list[Sequence[Any]]] = {
        "releases": [
            [store for store, summary, _ in released for _ in summary.n],
            [cluster for _, summary, _ in released for cluster in range(len(summary))],
            *summary_columns(every),
        ],
        "verdicts": [
            [store for store, _ in results],
            [r.verdict for _, r in results],
            [r.rows for _, r in results],
            [len(r.summary) if r.summary else 0 for _, r in results],
            [r.merged_rows for _, r in results],
        ],
        "local_models": [
            [store for store, _, _ in released],
            [summary.mean.tolist() for _, summary, _ in released],
            [scaling.mean.tolist() if scaling else None for _, _, scaling in released],
            [scaling.std.tolist() if scaling else None for _, _, scaling in released],
        ],
        "global_model": [list(range(len(clusters))), *summary_columns(clusters)],
    }
    return {name: arrow_table(name, inputs, columns[name]) for name in TABLES}
