# Databricks notebook source
# MAGIC %md
# MAGIC # 1. From events to features
# MAGIC
# MAGIC FitFashionMart runs two web shops, `comfort_wear_store_view` and
# MAGIC `sporty_style_store_view`. Each records what its visitors do as XDM events. This
# MAGIC notebook turns the purchases among them into four numbers a customer and store: what the
# MAGIC models of the next notebook are trained on.

# COMMAND ----------

from matplotlib.figure import Figure
from pyspark.sql import SparkSession
from pyspark.sql import functions as sf

from sparkfl import configure_spark
from sparkfl.datasets import fashion_stores
from sparkfl.features import (
    FEATURES,
    churn_label,
    customer_features,
    excluded_events,
    standardize,
    store_features,
)

# Databricks brings `spark` and `display`; elsewhere they are made here.
try:
    spark
except NameError:
    spark = configure_spark(SparkSession.builder.appName("features")).getOrCreate()
try:
    display
except NameError:

    def display(shown):
        if hasattr(shown, "toPandas"):
            shown.show(12, truncate=40)


START, END = "2025-01-01", "2026-01-01"

# COMMAND ----------

# MAGIC %md
# MAGIC ## The events
# MAGIC Both shops in one table, told apart by `web.webPageDetails.storeCode`. (One table a shop
# MAGIC works as well: give `customer_features` a mapping of store to table.)

# COMMAND ----------

events = fashion_stores(spark, stores=2, customers=500, seed=0)
display(
    events.groupBy("web.webPageDetails.storeCode", "eventType")
    .agg(sf.count("*").alias("events"), sf.min("timestamp"), sf.max("timestamp"))
    .orderBy("storeCode", "eventType")
)

# COMMAND ----------

# MAGIC %md
# MAGIC ## The features
# MAGIC Only purchases count: an item with a price, a purchase id, inside the period. Purchases
# MAGIC without a customer are left out, and counted.

# COMMAND ----------

features = customer_features(events, START, END).cache()
display(features.orderBy("store_id", "customer_id"))
display(excluded_events(events, START, END))

# COMMAND ----------

# MAGIC %md
# MAGIC The two shops are different markets. The long tails of order values and counts are why
# MAGIC the training takes their logarithm.

# COMMAND ----------

pandas = features.toPandas()
figure = Figure(figsize=(11, 2.8), layout="constrained")
for axes, name in zip(figure.subplots(1, len(FEATURES)), FEATURES, strict=True):
    for store, rows in pandas.groupby("store_id"):
        axes.hist(rows[name], bins=30, alpha=0.6, label=store.removesuffix("_store_view"))
    axes.set_title(name.replace("_", " "), fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
axes.legend(frameon=False, fontsize=8)
display(figure)

# COMMAND ----------

# MAGIC %md
# MAGIC ## Scaling
# MAGIC `by="store"` takes mean and deviation of the store itself: every store is average 0, and
# MAGIC what makes it different is gone. `by="federation"` pools them, from each store's count,
# MAGIC sum and sum of squares alone, so that clusters of different stores can be compared.

# COMMAND ----------

by_store = standardize(features, by="store")
by_federation = standardize(features, by="federation", log1p=("avg_order_value", "total_orders"))
means = [sf.round(sf.avg(f"standardized_{name}"), 2).alias(name) for name in FEATURES]
display(by_store.groupBy("store_id").agg(*means))
display(by_federation.groupBy("store_id").agg(*means))

# COMMAND ----------

# MAGIC %md
# MAGIC ## A store in a row
# MAGIC The shape that notebook 3 queries in SQL: all customers of a store in one array, with a
# MAGIC churn label.

# COMMAND ----------

stores = store_features(churn_label(by_store))
stores.createOrReplaceTempView("src_for_fedlrn")
display(stores.select("store_id", "model_name", sf.size("store_features").alias("customers")))
