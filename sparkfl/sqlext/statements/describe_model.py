"""``DESCRIBE MODEL [EXTENDED] name [version]``."""

from __future__ import annotations

import json
from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StringType, StructField, StructType

from sparkfl.columns import quote
from sparkfl.errors import ModelNotFoundError
from sparkfl.registry import PUBLISHED, ModelVersion
from sparkfl.serving.catalog import find, registry
from sparkfl.sqlext.clauses.version import Version, bound_version, version, version_sql
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.statement import Row, Statement

__all__ = ["DescribeModel"]

_INTERNAL = {"digest", "role"}


@dataclass(frozen=True)
class DescribeModel(Statement):
    """Names and values of what is known of a version, the latest by default.

    EXTENDED adds the metrics that were logged in training, aliases, the functions that it was
    published as, the tags of the model as a whole, and the libraries it was trained with.

    Spark reads the same words as the description of a column of a table named ``model``; so it is
    where there is no such model but such a table with such a column.

    Examples
    --------
    .. code-block:: sql

        DESCRIBE MODEL segments 2;
        DESCRIBE MODEL EXTENDED segments
    """

    name: str
    version: Version
    extended: bool = False

    @classmethod
    def parse(cls, cursor: Cursor) -> DescribeModel:
        """Read the statement from its first word."""
        if not cursor.accept("DESC"):
            cursor.expect("DESCRIBE")
        cursor.expect("MODEL")
        following = cursor.peek(1)
        extended = following is not None and following.text != ";" and cursor.accept("EXTENDED")
        statement = cls(cursor.model(), version(cursor), extended)
        cursor.end()
        return statement

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        extended = "EXTENDED " * self.extended
        return f"DESCRIBE MODEL {extended}{quote(self.name)}{version_sql(self.version)}"

    @property
    def schema(self) -> StructType:
        """`info_name`, `info_value`, as Spark describes a column."""
        return StructType(
            [StructField("info_name", StringType()), StructField("info_value", StringType())]
        )

    def run(self, spark: SparkSession) -> list[Row]:
        """Describe the version."""
        try:
            v = find(spark, self.name, bound_version(self.version, spark))
        except ModelNotFoundError:
            if self._is_column(spark):
                column = f"DESCRIBE TABLE model {quote(self.name)}"
                return [tuple(r) for r in spark.sql(column).collect()]
            raise
        described: dict[str, object] = {
            "model_id": v.model_id,
            "model_name": v.name,
            "version": v.version,
            "type": v.model_type,
            "source": v.source,
            "options": json.dumps(v.options, sort_keys=True),
            "transform": v.transform,
            "fields": ", ".join(f"{name} {type_}" for name, type_ in v.fields),
            "created": v.created,
            "updated": v.updated,
            "created_by": v.created_by,
            "uri": f"models:/{v.name}/{v.version}",
            "run_id": v.run_id,
        }
        tags = {key.removeprefix("sparkfl."): value for key, value in sorted(v.tags.items())}
        tags = {key: tag for key, tag in tags.items() if not key.startswith(PUBLISHED)}
        described |= {key: tags[key] for key in sorted(tags.keys() - described.keys() - _INTERNAL)}
        if self.extended:
            described |= _extended(spark, v)
        return [(name, None if value is None else str(value)) for name, value in described.items()]

    def _is_column(self, spark: SparkSession) -> bool:
        """Tell whether a table or view ``model`` has a column of the model's name."""
        if self.version is not None or not spark.catalog.tableExists("model"):
            return False
        return self.name.lower() in (c.lower() for c in spark.table("model").columns)


def _extended(spark: SparkSession, v: ModelVersion) -> dict[str, object]:
    """Return what is to be looked up besides."""
    models = registry(spark)
    known = models.aliases(v.name)
    aliases = sorted(alias for alias, number in known.items() if number == v.version)
    found: dict[str, object] = {"aliases": ", ".join(aliases)}
    found["functions"] = ", ".join(one.function for one in models.published(v))
    found |= {f"metric.{name}": value for name, value in sorted(models.metrics(v).items())}
    found |= {f"tag.{name}": value for name, value in sorted(models.tags(v.name).items())}
    return found | {f"library.{name}": number for name, number in models.libraries(v).items()}
