"""``SHOW EXTERNAL SOURCES [[LIKE] 'pattern']``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from pyspark.sql import SparkSession
from pyspark.sql.types import StringType, StructField, StructType

from sparkfl.sources import list_sources
from sparkfl.sqlext.statements.listing import Listing, pattern_of
from sparkfl.sqlext.statements.statement import Row

__all__ = ["ShowExternalSources"]


@dataclass(frozen=True)
class ShowExternalSources(Listing):
    """A row an external source of the current schema; secrets are stars.

    A pattern is as that of SHOW MODELS.

    Examples
    --------
    .. code-block:: sql

        SHOW EXTERNAL SOURCES LIKE 'ord*'
    """

    things: ClassVar[str] = "EXTERNAL SOURCES"

    @property
    def schema(self) -> StructType:
        """Name, kind, options as a JSON object, and the view of bad rows."""
        return StructType(
            [
                StructField("source_name", StringType()),
                StructField("kind", StringType()),
                StructField("options", StringType()),
                StructField("bad_rows_view", StringType()),
            ]
        )

    def run(self, spark: SparkSession) -> list[Row]:
        """List the sources by name."""
        wanted = None if self.pattern is None else pattern_of(self.pattern)
        return [
            (each.name, each.kind, json.dumps(each.options, ensure_ascii=False), each.bad_rows)
            for each in list_sources(spark)
            if wanted is None or wanted.fullmatch(each.last)
        ]
