"""``SHOW MODELS`` and ``SHOW MODEL VERSIONS name``."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import IntegerType, StringType, StructField, StructType, TimestampType

from sparkfl.registry import ModelVersion
from sparkfl.serving.catalog import registry
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.statement import Row

__all__ = ["MODELS", "ShowModelVersions", "ShowModels"]

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


def _row(v: ModelVersion) -> Row:
    """Return the row of `MODELS` for a version."""
    fields = json.dumps([{"name": name, "type": type_} for name, type_ in v.fields])
    options = json.dumps(v.options, sort_keys=True)
    shown = (v.model_id, v.name, v.version, v.source, v.model_type, options, v.transform, fields)
    return (*shown, v.created, v.updated, v.created_by)


@dataclass(frozen=True)
class ShowModels:
    """A row a model: its latest version.

    Examples
    --------
    .. code-block:: sql

        SHOW MODELS
    """

    @classmethod
    def parse(cls, cursor: Cursor) -> ShowModels:
        """Read the statement from its first word."""
        cursor.expect("SHOW", "MODELS")
        cursor.end()
        return cls()

    @property
    def schema(self) -> StructType:
        """The columns of `MODELS`."""
        return MODELS

    def run(self, spark: SparkSession) -> list[Row]:
        """List the models by name."""
        return [_row(v) for v in registry(spark).models()]


@dataclass(frozen=True)
class ShowModelVersions:
    """A row a version of a model, the latest first.

    Examples
    --------
    .. code-block:: sql

        SHOW MODEL VERSIONS segments
    """

    name: str

    @classmethod
    def parse(cls, cursor: Cursor) -> ShowModelVersions:
        """Read the statement from its first word."""
        cursor.expect("SHOW", "MODEL", "VERSIONS")
        statement = cls(cursor.name("a model's name"))
        cursor.end()
        return statement

    @property
    def schema(self) -> StructType:
        """The columns of `MODELS`, and what became of the version."""
        return StructType([*MODELS.fields, StructField("replaced_by", IntegerType())])

    def run(self, spark: SparkSession) -> list[Row]:
        """List the versions."""
        models = registry(spark)
        name = models.get(self.name).name
        versions = sorted(models.versions(name), key=lambda v: -v.version)
        replaced = [v.tags.get("sparkfl.replaced_by") for v in versions]
        return [
            (*_row(v), int(by) if by else None) for v, by in zip(versions, replaced, strict=True)
        ]
