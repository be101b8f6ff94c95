"""How well planted anomalies are found: sparkfl against pooled methods that see every row.

    python benchmarks/anomaly_quality.py [--stores 20] [--customers 500] [--seed 0]

All methods get the same standardised features (log1p of order value and number of orders). The
pooled ones are what federation gives up: an isolation forest and one global cluster (diagonal
Mahalanobis distance) over the rows of all stores.
"""

from __future__ import annotations

import argparse

import numpy as np
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score

from sparkfl import FederatedClustering, configure_spark
from sparkfl.datasets import fashion_stores, fashion_stores_anomalies
from sparkfl.features import FEATURES, customer_features
from sparkfl.metrics.detection import detection

HEAVY_TAILED = ["avg_order_value", "total_orders"]
CONTAMINATION = 0.05


def main() -> None:
    """Print a row a method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stores", type=int, default=20)
    parser.add_argument("--customers", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    builder = SparkSession.builder.master("local[*]").config("spark.sql.shuffle.partitions", 8)
    builder = builder.config("spark.ui.showConsoleProgress", "false")
    spark = configure_spark(builder, delta=False).getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    try:
        measure(spark, args.stores, args.customers, args.seed)
    finally:
        spark.stop()


def measure(spark: SparkSession, stores: int, customers: int, seed: int) -> None:
    """Score the same customers by each method."""
    events = fashion_stores(spark, stores, customers, seed)
    truth = fashion_stores_anomalies(spark, stores, customers, seed)
    features = customer_features(events, "2025-01-01", "2026-01-01").persist()
    model = FederatedClustering(
        inputCols=list(FEATURES), log1pCols=HEAVY_TAILED, contamination=CONTAMINATION
    ).fit(features)
    scored = model.transform(features).persist()
    found = detection(scored, truth).agg(F.sum("flagged"), F.sum("known"), F.sum("hits")).first()
    assert found is not None
    known = truth.withColumn("known", F.lit(1))
    rows = scored.join(known, ["store_id", "customer_id"], "left").orderBy("customer_id").toPandas()
    label = rows["known"].notna().to_numpy()
    pooled = rows[list(FEATURES)].to_numpy(float)
    pooled[:, :2] = np.log1p(pooled[:, :2])
    pooled = (pooled - pooled.mean(axis=0)) / pooled.std(axis=0)
    print(f"{len(rows)} customers of {stores} stores, {label.sum()} planted anomalies")
    print("| method | AUC | average precision | precision | recall |")
    print("|---|---|---|---|---|")
    flagged = rows["is_anomaly"].to_numpy(bool)
    report("sparkfl, from releases alone", label, rows["anomaly_score"].to_numpy(), flagged)
    forest = IsolationForest(random_state=seed).fit(pooled)
    report("isolation forest, pooled rows", label, -forest.score_samples(pooled))
    report("one global cluster, pooled rows", label, (pooled**2).sum(axis=1))


def report(
    method: str, label: np.ndarray, score: np.ndarray, flagged: np.ndarray | None = None
) -> None:
    """Print one method's figures; without flags of its own, its top 5 % count as flagged."""
    if flagged is None:
        flagged = score >= np.quantile(score, 1 - CONTAMINATION)
    hits = (flagged & label).sum()
    ranks = f"{roc_auc_score(label, score):.3f} | {average_precision_score(label, score):.3f}"
    print(f"| {method} | {ranks} | {hits / flagged.sum():.3f} | {hits / label.sum():.3f} |")


if __name__ == "__main__":
    main()
