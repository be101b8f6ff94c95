"""What a person wants to know of a federation, as small pandas frames."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pyspark.sql import Window
from pyspark.sql import functions as sf

from sparkfl.columns import resolve
from sparkfl.statistics.summary import ClusterSummary

if TYPE_CHECKING:
    import pyarrow as pa
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
        ``anomalous``, and ``profile``: per feature how many standard deviations of the federation
        its mean is away from the federation's.
    global_clusters : pandas.DataFrame
        One row a global cluster: ``cluster``, ``n``, ``profile``.
    reasons : pandas.DataFrame
        ``store``, ``reason`` (sign and feature), ``customers`` flagged for it.
    customers : pandas.DataFrame
        The ten highest scores of each store's flagged customers, which hold the ten highest of
        all, the highest first: ``customer``, ``store``, ``score``, ``reason``. None without a
        column of customers.

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
    customer_col: str | None = None,
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
    customer_col : str, optional
        Column of `scored` that names the customer; without it no customer is named.

    Returns
    -------
    Summary
        Stores as text, whatever the type of their column.

    Raises
    ------
    SchemaError
        If `scored` lacks the column of the stores or of the customers.

    Examples
    --------
    >>> from sparkfl import FederatedClustering
    >>> from sparkfl.federation.evaluation import evaluate
    >>> rows = [(f"c{i}", "Oslo", float(i % 7), float(i % 5)) for i in range(60)]
    >>> frame = spark.createDataFrame(
    ...     rows, "customer_id string, store_id string, x double, y double"
    ... )
    >>> model = FederatedClustering(k=2, inputCols=["x", "y"]).fit(frame)
    >>> summary = summarize(model, model.transform(frame), evaluate(model, frame), "customer_id")
    >>> summary.stores[["store", "customers", "verdict"]].values.tolist()
    [['Oslo', 60, 'ok']]
    >>> summary.customers["store"].unique().tolist()
    ['Oslo']
    """
    data = model.data
    features = tuple(data.inputs.features)
    releases, matches = _by_store(data.tables["releases"]), _by_store(data.matches)
    flagged = _by_store(data.anomalous_clusters)
    federation = _moments(releases)
    clusters = _profiles(releases, federation)
    matches = matches.rename(columns={"local_cluster": "cluster"})
    clusters = clusters.merge(
        matches[["store", "cluster", "global_cluster"]], on=["store", "cluster"]
    )
    worst = set(zip(flagged["store"], flagged["cluster"], strict=True))
    clusters["anomalous"] = [
        pair in worst for pair in zip(clusters["store"], clusters["cluster"], strict=True)
    ]
    rows = _anomalies(scored, model.getStoreCol(), customer_col)
    stores = _stores(
        rows, _by_store(evaluation.toArrow()), _by_store(data.tables["verdicts"]), flagged
    )
    return Summary(
        features=features,
        stores=_with_text(stores),
        clusters=_with_text(clusters),
        global_clusters=_profiles(data.tables["global_model"].to_pandas(), federation),
        reasons=_with_text(_reasons(rows)),
        customers=_with_text(_highest(rows)) if customer_col else pd.DataFrame(),
    )


def _by_store(table: pa.Table) -> pd.DataFrame:
    """Call the first column ``store``, whatever the users call it, and keep its values' type."""
    frame: pd.DataFrame = table.rename_columns(["store", *table.column_names[1:]]).to_pandas()
    frame["store"] = pd.Series(table.column(0).to_pylist(), dtype=object)
    return frame


def _with_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Write the stores as text."""
    return frame.assign(store=["(NULL)" if s is None else str(s) for s in frame["store"]])


def _anomalies(scored: DataFrame, store: str, customer: str | None) -> DataFrame:
    """Pick what is read of the scored rows, under names of our own."""
    named = sf.lit(None) if customer is None else resolve(scored, customer).column
    return scored.select(
        resolve(scored, store).column.alias("store"),
        named.cast("string").alias("customer"),
        sf.col("anomaly_score").alias("score"),
        sf.col("is_anomaly").alias("flagged"),
        sf.col("anomaly_reason").alias("reason"),
    )


def _moments(releases: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the federation, from its releases."""
    mean, ss = np.vstack(releases["mean"].tolist()), np.vstack(releases["ss"].tolist())
    total = ClusterSummary(releases["n"].to_numpy(), mean, ss).total()
    return total.mean[0], np.sqrt(total.ss[0] / total.n[0])


def _profiles(clusters: pd.DataFrame, federation: tuple[np.ndarray, np.ndarray]) -> pd.DataFrame:
    """Replace mean and ss of clusters by a profile, in standard deviations."""
    centre, deviation = federation
    mean = np.vstack(clusters["mean"].tolist()) - centre
    scaled = np.divide(mean, deviation, out=np.zeros_like(mean), where=deviation > 0)
    return clusters.drop(columns=["mean", "ss"]).assign(profile=list(scaled))


def _stores(
    rows: DataFrame, evaluation: pd.DataFrame, verdicts: pd.DataFrame, flagged: pd.DataFrame
) -> pd.DataFrame:
    """One row a store of what was scored or trained, the largest first."""
    counts = rows.groupBy("store").agg(
        sf.count("*").alias("customers"), sf.count_if("flagged").alias("anomalous_customers")
    )
    clusters = flagged.rename(
        columns={"cluster": "anomalous_cluster", "n": "anomalous_cluster_size"}
    )[["store", "anomalous_cluster", "anomalous_cluster_size"]].astype(
        {"anomalous_cluster": "Int64", "anomalous_cluster_size": "Int64"}
    )
    columns = ["store", "local_silhouette", "global_silhouette", "agreement"]
    stores = (
        _by_store(counts.toArrow())
        .merge(evaluation[columns], on="store", how="left")
        .merge(clusters, on="store", how="left")
        .merge(verdicts[["store", "verdict"]], on="store", how="left")
    )
    order = ["store", "customers", *columns[1:], "anomalous_cluster", "anomalous_cluster_size"]
    stores = stores[[*order, "anomalous_customers", "verdict"]]
    return stores.sort_values(["customers", "store"], ascending=[False, True], ignore_index=True)


def _reasons(rows: DataFrame) -> pd.DataFrame:
    """How many customers of a store were flagged for which reason."""
    counts = rows.where("flagged").groupBy("store", "reason").agg(sf.count("*").alias("customers"))
    return _by_store(counts.orderBy("store", "reason").toArrow())


def _highest(rows: DataFrame) -> pd.DataFrame:
    """Return the flagged customers with the highest scores of their store."""
    order = Window.partitionBy("store").orderBy(sf.desc("score"), "customer")
    highest = (
        rows.where("flagged")
        .withColumn("rank", sf.row_number().over(order))
        .where(sf.col("rank") <= MOST_CUSTOMERS)
        .orderBy(sf.desc("score"), "store", "customer")
        .select("store", "customer", "score", "reason")
    )
    return _by_store(highest.toArrow())
