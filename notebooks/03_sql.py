# Databricks notebook source
# MAGIC %md
# MAGIC # 3. The same story in SQL
# MAGIC
# MAGIC Training, evaluation and prediction are statements: first a model a shop, trained one by
# MAGIC one, and a global model of their clusters; then all of it in a single statement.
# MAGIC
# MAGIC The session needs sparkfl's extension: `configure_spark` does that, on Databricks the
# MAGIC cluster's Spark config (`python -m sparkfl.sqlext` prints what goes into it).

# COMMAND ----------

import os
import tempfile

from pyspark.sql import SparkSession

from sparkfl import configure_spark
from sparkfl.datasets import fashion_stores
from sparkfl.features import churn_label, customer_features, standardize, store_features

# Databricks brings `spark` and `display`; elsewhere they are made here.
try:
    spark
except NameError:
    spark = configure_spark(SparkSession.builder.appName("sql")).getOrCreate()
try:
    display
except NameError:

    def display(shown):
        if hasattr(shown, "toPandas"):
            shown.show(12, truncate=40)


if "DATABRICKS_RUNTIME_VERSION" not in os.environ:
    spark.conf.set("spark.sparkfl.trackingUri", f"sqlite:///{tempfile.mkdtemp()}/mlflow.db")

events = fashion_stores(spark, stores=2, customers=500, seed=0)
features = customer_features(events, "2025-01-01", "2026-01-01").cache()
features.createOrReplaceTempView("customer_features")
stores = store_features(churn_label(standardize(features, by="store"))).cache()
stores.createOrReplaceTempView("src_for_fedlrn")

# COMMAND ----------

# MAGIC %md
# MAGIC ## A local model for each shop
# MAGIC The features were standardized inside the shop.

# COMMAND ----------

SHOPS = ("comfort_wear_store_view", "sporty_style_store_view")


def customers_of(shop):
    """Return the query for a shop's standardized features."""
    return f"""
      SELECT sf.standardized_avg_order_value AS avg_order_value,
             sf.standardized_total_orders AS total_orders,
             sf.standardized_customer_lifetime AS customer_lifetime,
             sf.standardized_days_since_last_purchase AS days_since_last_purchase
      FROM (SELECT explode(store_features) AS sf FROM src_for_fedlrn WHERE store_id = '{shop}')"""


local = {
    shop: spark.sql(f"""
      CREATE OR REPLACE MODEL anomaly_{shop}
      TRANSFORM (
        vector_assembler(array(
          avg_order_value, total_orders, customer_lifetime, days_since_last_purchase)) features
      )
      OPTIONS (MODEL_TYPE = 'bisecting_kmeans', NUM_CLUSTERS = 3, SEED = 2)
      AS {customers_of(shop)}
    """).first()
    for shop in SHOPS
}
display(spark.sql("SHOW MODELS"))

# COMMAND ----------

for shop in SHOPS:
    version = local[shop].version
    display(
        spark.sql(f"SELECT * FROM model_evaluate(anomaly_{shop}, {version}, {customers_of(shop)})")
    )

# COMMAND ----------

# MAGIC %md
# MAGIC ## What the shops pass on
# MAGIC Size and centre of each local cluster.

# COMMAND ----------

spark.sql(
    "CREATE OR REPLACE TEMP TABLE local_clusters AS "
    + " UNION ALL ".join(
        f"""
        SELECT '{shop}' AS store_id, prediction AS local_prediction, count(1) AS cluster_size,
               avg(avg_order_value) AS avg_order_value, avg(total_orders) AS total_orders,
               avg(customer_lifetime) AS customer_lifetime,
               avg(days_since_last_purchase) AS days_since_last_purchase
        FROM model_predict(anomaly_{shop}, {local[shop].version}, {customers_of(shop)})
        GROUP BY prediction
        HAVING count(1) >= 10"""
        for shop in SHOPS
    )
)
display(spark.sql("SELECT * FROM local_clusters ORDER BY store_id, local_prediction"))

# COMMAND ----------

# MAGIC %md
# MAGIC ## A global model of it

# COMMAND ----------

meta = spark.sql("""
  CREATE OR REPLACE MODEL global_anomaly_fedmodel
  TRANSFORM (
    vector_assembler(array(
      avg_order_value, total_orders, customer_lifetime, days_since_last_purchase)) features
  )
  OPTIONS (MODEL_TYPE = 'bisecting_kmeans', NUM_CLUSTERS = 3, SEED = 42)
  AS SELECT * FROM local_clusters
""").first()

# COMMAND ----------

# MAGIC %md
# MAGIC Local clusters and the global cluster that each belongs to: the numbers of different
# MAGIC models have nothing to do with each other.

# COMMAND ----------

display(
    spark.sql(f"""
      SELECT store_id, local_prediction, prediction AS global_prediction, cluster_size
      FROM model_predict(global_anomaly_fedmodel, {meta.version}, TABLE(local_clusters))
      ORDER BY prediction, store_id
    """)
)

# COMMAND ----------

for shop in SHOPS:
    display(
        spark.sql(
            f"SELECT '{shop}' AS store_id, silhouette "
            f"FROM model_evaluate(global_anomaly_fedmodel, {meta.version}, {customers_of(shop)})"
        )
    )

# COMMAND ----------

# MAGIC %md
# MAGIC ## All of it in one statement
# MAGIC Scaling, a local model a shop, the release, the global model, the anomaly score: one
# MAGIC version of one model, from the plain features of all shops.

# COMMAND ----------

federated = spark.sql("""
  CREATE OR REPLACE FEDERATED MODEL shop_anomalies PARTITION BY store_id
  OPTIONS (MODEL_TYPE = 'bisecting_kmeans', NUM_CLUSTERS = 3, SEED = 2,
           GLOBAL_NUM_CLUSTERS = 3, GLOBAL_SEED = 42)
  AS SELECT store_id, ln(1 + avg_order_value) AS log_order_value,
            ln(1 + total_orders) AS log_orders, customer_lifetime, days_since_last_purchase
     FROM customer_features
""").first()

ROWS = """
  SELECT store_id, customer_id, ln(1 + avg_order_value) AS log_order_value,
         ln(1 + total_orders) AS log_orders, customer_lifetime, days_since_last_purchase
  FROM customer_features"""

# COMMAND ----------

display(spark.sql(f"SELECT * FROM model_evaluate(shop_anomalies, {federated.version}, {ROWS})"))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Who is anomalous, and why

# COMMAND ----------

anomalies = spark.sql(f"""
  SELECT store_id, anomaly_reason, count(1) AS customers, max(anomaly_score) AS highest_score
  FROM model_predict(shop_anomalies, {federated.version}, {ROWS})
  WHERE is_anomaly
  GROUP BY store_id, anomaly_reason
  ORDER BY store_id, customers DESC
""")
display(anomalies)

# COMMAND ----------

display(spark.sql("DESCRIBE MODEL shop_anomalies"))
display(spark.sql("SHOW MODEL VERSIONS shop_anomalies"))
