# Databricks notebook source
# MAGIC %md
# MAGIC # 2. Local models and the global model
# MAGIC
# MAGIC Each shop's customers are clustered inside the shop. Only summaries of clusters leave
# MAGIC it: how many customers, and per feature mean and sum of squares, never of fewer than 10
# MAGIC customers. From these the global model is built, and what it says is matched with what
# MAGIC each shop found.

# COMMAND ----------

import tempfile

from pyspark.sql import SparkSession
from pyspark.sql import functions as sf

from sparkfl import FederatedClustering, configure_spark
from sparkfl.datasets import fashion_stores, fashion_stores_anomalies
from sparkfl.federation.evaluation import evaluate
from sparkfl.features import FEATURES, customer_features
from sparkfl.registry import ModelRegistry
from sparkfl.reporting import plots, summarize

# Databricks brings `spark` and `display`; elsewhere they are made here.
try:
    spark
except NameError:
    spark = configure_spark(SparkSession.builder.appName("models")).getOrCreate()
try:
    display
except NameError:

    def display(shown):
        if hasattr(shown, "toPandas"):
            shown.show(12, truncate=40)


SHOPS = {"stores": 2, "customers": 500, "seed": 0}
features = customer_features(fashion_stores(spark, **SHOPS), "2025-01-01", "2026-01-01").cache()

# COMMAND ----------

# MAGIC %md
# MAGIC ## Training
# MAGIC One call: scaling by the federation's moments, a local model a shop, the release, the
# MAGIC global model, and the severity from which a customer is an anomaly.

# COMMAND ----------

model = FederatedClustering(
    inputCols=list(FEATURES),
    k=3,
    globalK=4,
    seed=2,
    globalSeed=42,
).fit(features)
display(model.verdicts)

# COMMAND ----------

# MAGIC %md
# MAGIC ## What left the shops
# MAGIC This is all that the global model has seen. No customer is in it.

# COMMAND ----------

display(model.releases)

# COMMAND ----------

scored = model.transform(features).cache()
summary = summarize(model, scored, evaluate(model, features))
display(plots.store_profiles(summary))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Matching
# MAGIC Cluster numbers mean nothing across models, so local and global clusters are matched by
# MAGIC centroid. Both shops share the bulk of their customers' clusters; what is peculiar to a
# MAGIC shop shows as a large distance, or as a global cluster that only one shop leads to.

# COMMAND ----------

display(model.matches)
display(plots.cluster_map(summary))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Is the global model any good for a shop?
# MAGIC Silhouettes of local and global clusters on each shop's customers, and how far the two
# MAGIC agree (adjusted Rand index). Do not expect the global silhouette to win: it groups all
# MAGIC shops at once.

# COMMAND ----------

display(evaluate(model, features))
display(plots.silhouettes(summary))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Who is anomalous, and why
# MAGIC The shop's anomalous cluster, and the customers above the threshold with the feature
# MAGIC that makes them so: very frequent, long-standing shoppers in one shop; recent high-value
# MAGIC purchases in the other.

# COMMAND ----------

display(model.anomalousClusters)
display(
    scored.where("is_anomaly")
    .groupBy("store_id", "anomaly_reason")
    .count()
    .orderBy("store_id", sf.desc("count"))
)

# COMMAND ----------

# MAGIC %md
# MAGIC The generator knows whom it planted, so the verdict can be checked.

# COMMAND ----------

planted = fashion_stores_anomalies(spark, **SHOPS).withColumn("planted", sf.lit(True))
checked = scored.join(planted, ["store_id", "customer_id"], "left").fillna(False, ["planted"])
hits = sf.count_if(sf.col("planted") & sf.col("is_anomaly"))
quality = checked.groupBy("store_id").agg(
    (hits / sf.count_if("is_anomaly")).alias("precision"),
    (hits / sf.count_if("planted")).alias("recall"),
)
display(quality)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Keeping it
# MAGIC One version in MLflow holds the global model and all local models. (On Databricks leave
# MAGIC the address out: the workspace's MLflow is used.)

# COMMAND ----------

registry = ModelRegistry(f"sqlite:///{tempfile.mkdtemp()}/mlflow.db")
version = registry.register("fashion_anomalies", model, if_exists="new_version")
again = registry.load("fashion_anomalies", version.version, spark)
display(again.transform(features).where("is_anomaly").orderBy(sf.desc("anomaly_score")))
