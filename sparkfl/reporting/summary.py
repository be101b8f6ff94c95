"""What a person wants to know of a federation, as small pandas frames."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pyspark.sql import Window
from pyspark.sql import functions as sf

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from sparkfl.federation.estimator import FederatedClusteringModel

__all__ = ["MOST_CUSTOMERS", "Summary", "summarize"]

MOST_CUSTOMERS = 10
"""Customers that are named of a store, and of all stores."""


@dataclass(frozen=True)
class Summary:
    """A trained federation and what it found, without a customer's features.

    Attributes
    ----------
    features : tuple of str
        Names of the features, in the order of the model.
    stores : pandas.DataFrame
        One row a store, largest first: ``store``, ``customers``, ``local_silhouette``,
        ``global_silhouette``, ``agreement``, ``anomalous_cluster``, ``anomalous_cluster_size``,
        ``anomalous_customers``, ``verdict`` (NULL for a store that was not in the training).
    clusters : pandas.DataFrame
        One row a released cluster: ``store``, ``cluster``, ``n``, ``global_cluster``,
        ``anomalous``, and per feature how many standard deviations of the federation its mean is
        away from the federation's.
    global_clusters : pandas.DataFrame
        One row a global cluster: ``cluster``, ``n``, and the features as above.
    reasons : pandas.DataFrame
        ``store``, ``reason`` (sign and feature), ``customers`` flagged for it.
    customers : pandas.DataFrame
        The ten highest scores of each store's flagged customers, which hold the ten highest of
        all, the highest first: ``customer``, ``store``, ``score``, ``reason``.

    Examples
    --------
    >>> Summary(("spend", "visits")).stores.empty
    True
    """

    features: tuple[str, ...]
    stores: pd.DataFrame = field(default_factory=pd.DataFrame)
    clusters: pd.DataFrame = field(default_factory=pd.DataFrame)
    global_clusters: pd.DataFrame = field(default_factory=pd.DataFrame)
    reasons: pd.DataFrame = field(default_factory=pd.DataFrame)
    customers: pd.DataFrame = field(default_factory=pd.DataFrame)


def summarize(
    model: FederatedClusteringModel,
    scored: DataFrame,
    evaluation: DataFrame,
    customer_col: str = "customer_id",
) -> Summary:
    """Collect what a report shows: three small jobs over the scored rows.

    Parameters
    ----------
    model : FederatedClusteringModel
        The model that scored.
    scored : pyspark.sql.DataFrame
        What ``model.transform`` returned, best read back from a table.
    evaluation : pyspark.sql.DataFrame
        What :func:`sparkfl.federation.evaluation.evaluate` returned.
    customer_col : str, default 'customer_id'
        Column of `scored` that names the customer.

    Examples
    --------
    >>> from sparkfl import FederatedClustering
    >>> from sparkfl.federation.evaluation import evaluate
    >>> rows = [(f"c{i}", "Oslo", float(i % 7), float(i % 5)) for i in range(60)]
    >>> frame = spark.createDataFrame(
    ...     rows, "customer_id string, store_id string, x double, y double"
    ... )
    >>> model = FederatedClustering(k=2, inputCols=["x", "y"]).fit(frame)
    >>> summary = summarize(model, model.transform(frame), evaluate(model, frame))
    >>> summary.stores[["store", "customers", "verdict"]].values.tolist()
    [['Oslo', 60, 'ok']]
    >>> summary.customers["store"].unique().tolist()
    ['Oslo']
    """
    store = model.getStoreCol()
    features = tuple(model.data.inputs.features)
    releases = model.releases.toPandas().rename(columns={store: "store"})
    verdicts = model.data.tables["verdicts"].to_pandas().rename(columns={store: "store"})
    matches = model.matches.toPandas().rename(columns={store: "store", "local_cluster": "cluster"})
    flagged = model.anomalousClusters.toPandas().rename(columns={store: "store"})
    federation = _moments(releases)
    clusters = _profiles(releases, features, federation).merge(
        matches[["store", "cluster", "global_cluster"]], on=["store", "cluster"]
    )
    worst = set(zip(flagged["store"], flagged["cluster"], strict=True))
    clusters["anomalous"] = [
        pair in worst for pair in zip(clusters["store"], clusters["cluster"], strict=True)
    ]
    return Summary(
        features=features,
        stores=_stores(scored, evaluation, store, verdicts, flagged),
        clusters=clusters,
        global_clusters=_profiles(model.globalModel.toPandas(), features, federation),
        reasons=_reasons(scored, store),
        customers=_highest(scored, store, customer_col),
    )


def _moments(releases: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the federation, from its releases."""
    n = releases["n"].to_numpy()[:, None]
    mean, ss = np.vstack(releases["mean"].tolist()), np.vstack(releases["ss"].tolist())
    centre = (n * mean).sum(axis=0) / n.sum()
    variance = (ss + n * (mean - centre) ** 2).sum(axis=0) / n.sum()
    return centre, np.sqrt(variance)


def _profiles(
    clusters: pd.DataFrame, features: tuple[str, ...], federation: tuple[np.ndarray, np.ndarray]
) -> pd.DataFrame:
    """Replace mean and ss of clusters by a column a feature, in standard deviations."""
    centre, deviation = federation
    mean = np.vstack(clusters["mean"].tolist()) - centre
    scaled = np.divide(mean, deviation, out=np.zeros_like(mean), where=deviation > 0)
    columns = pd.DataFrame(scaled, columns=list(features), index=clusters.index)
    return pd.concat([clusters.drop(columns=["mean", "ss"]), columns], axis=1)


def _stores(
    scored: DataFrame,
    evaluation: DataFrame,
    store: str,
    verdicts: pd.DataFrame,
    flagged: pd.DataFrame,
) -> pd.DataFrame:
    """One row a store of what was scored or trained, the largest first."""
    counts = scored.groupBy(sf.col(store).alias("store")).agg(
        sf.count("*").alias("customers"), sf.count_if("is_anomaly").alias("anomalous_customers")
    )
    clusters = flagged.rename(
        columns={"cluster": "anomalous_cluster", "n": "anomalous_cluster_size"}
    )[["store", "anomalous_cluster", "anomalous_cluster_size"]].astype(
        {"anomalous_cluster": "Int64", "anomalous_cluster_size": "Int64"}
    )
    silhouettes = evaluation.toPandas().rename(columns={store: "store"})
    columns = ["store", "local_silhouette", "global_silhouette", "agreement"]
    stores = (
        counts.toPandas()
        .merge(silhouettes[columns], on="store", how="left")
        .merge(clusters, on="store", how="left")
        .merge(verdicts[["store", "verdict"]], on="store", how="left")
    )
    order = ["store", "customers", *columns[1:], "anomalous_cluster", "anomalous_cluster_size"]
    stores = stores[[*order, "anomalous_customers", "verdict"]]
    return stores.sort_values(["customers", "store"], ascending=[False, True], ignore_index=True)


def _reasons(scored: DataFrame, store: str) -> pd.DataFrame:
    """How many customers of a store were flagged for which reason."""
    return (
        scored.where("is_anomaly")
        .groupBy(sf.col(store).alias("store"), sf.col("anomaly_reason").alias("reason"))
        .agg(sf.count("*").alias("customers"))
        .orderBy("store", "reason")
        .toPandas()
    )


def _highest(scored: DataFrame, store: str, customer: str) -> pd.DataFrame:
    """Return the flagged customers with the highest scores of their store."""
    order = Window.partitionBy("store").orderBy(sf.desc("score"), "customer")
    return (
        scored.where("is_anomaly")
        .select(
            sf.col(customer).alias("customer"),
            sf.col(store).alias("store"),
            sf.col("anomaly_score").alias("score"),
            sf.col("anomaly_reason").alias("reason"),
        )
        .withColumn("rank", sf.row_number().over(order))
        .where(sf.col("rank") <= MOST_CUSTOMERS)
        .orderBy(sf.desc("score"), "store", "customer")
        .drop("rank")
        .toPandas()
    )
