# Databricks notebook source
# MAGIC %md
# MAGIC # Train
# MAGIC
# MAGIC A local model a store and the global model of what they release, as the next version in
# MAGIC MLflow. The session is the one that is there; it needs no extension.

# COMMAND ----------

from __future__ import annotations

from sparkfl import FederatedClustering
from sparkfl.registry import ModelRegistry

features = dbutils.widgets.get("features")
model_name = dbutils.widgets.get("model")

columns = dbutils.widgets.get("columns").split(",")
model = FederatedClustering(inputCols=columns).fit(spark.table(features))
display(model.verdicts)

# COMMAND ----------

registry = ModelRegistry(dbutils.widgets.get("tracking_uri"))
version = registry.register(model_name, model, if_exists="new_version", source=features)
