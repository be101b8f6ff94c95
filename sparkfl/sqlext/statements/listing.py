"""The columns of SHOW MODELS and SHOW MODEL VERSIONS."""

from __future__ import annotations

import json

from pyspark.sql.types import IntegerType, StringType, StructField, StructType, TimestampType

from sparkfl.registry import ModelVersion
from sparkfl.sqlext.statements.statement import Row

__all__ = ["MODELS", "listed"]

MODELS = StructType(
    [
        StructField("model_id", StringType()),
        StructField("model_name", StringType()),
        StructField("version", IntegerType()),
        StructField("source", StringType()),
        StructField("type", StringType()),
        StructField("options", StringType()),
        StructField("transform", StringType()),
        StructField("fields", StringType()),
        StructField("created", TimestampType()),
        StructField("updated", TimestampType()),
        StructField("created_by", StringType()),
    ]
)
"""A row a version; `options` is a JSON object, `fields` a JSON array of names and types."""


def listed(v: ModelVersion) -> Row:
    """Return the row of `MODELS` for a version."""
    fields = json.dumps([{"name": name, "type": type_} for name, type_ in v.fields])
    options = json.dumps(v.options, sort_keys=True)
    shown = (v.model_id, v.name, v.version, v.source, v.model_type, options, v.transform, fields)
    return (*shown, v.created, v.updated, v.created_by)
