# Databricks notebook source
# MAGIC %md
# MAGIC # Score
# MAGIC
# MAGIC Every customer with local and global cluster, anomaly score, flag and reason, by the latest
# MAGIC version.

# COMMAND ----------

from __future__ import annotations

from sparkfl.registry import ModelRegistry
from sparkfl.tables import write_table

features = dbutils.widgets.get("features")
scored = dbutils.widgets.get("scored")

registry = ModelRegistry(dbutils.widgets.get("tracking_uri"))
version = registry.get(dbutils.widgets.get("model"))
model = registry.load(version.name, version.version, spark)

# COMMAND ----------

key = {"model_name": version.name, "model_version": version.version}
written = write_table(model.transform(spark.table(features)), scored, key=key)
display(written.where("is_anomaly").orderBy("anomaly_score", ascending=False))
