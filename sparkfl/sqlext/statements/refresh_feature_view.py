"""``REFRESH FEATURE VIEW name [UNTIL 'time']``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StringType, StructField, StructType, TimestampType

from sparkfl.columns import quote
from sparkfl.errors import ParameterError
from sparkfl.serving.feature_views import find_view, opened
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.literals import literal_sql
from sparkfl.sqlext.statements.create_feature_view import at_feature_view
from sparkfl.sqlext.statements.statement import Row, Statement
from sparkfl.sqlext.views.expression import mistake
from sparkfl.tables.place import speaks_delta

__all__ = ["RefreshFeatureView"]


@dataclass(frozen=True)
class RefreshFeatureView(Statement):
    """Add to the tiles of a feature view what has come to its sources since the last refresh.

    The view was made with `TILE INTERVAL 1 DAY`. UNTIL is a date or a time, in UTC unless it says
    otherwise; now by default. What came before it is read, each event once: run again, the same
    refresh changes nothing. The table is Delta where the session has Delta, otherwise Parquet.
    `feature_view(name, AS OF date, OPTIONS(TILES = TRUE))` reads it in place of the sources.

    Examples
    --------
    .. code-block:: sql

        REFRESH FEATURE VIEW customer_value UNTIL '2026-03-01'
    """

    name: str
    until: str | None = None

    @classmethod
    def parse(cls, cursor: Cursor) -> RefreshFeatureView:
        """Read the statement from its first word."""
        cursor.expect("REFRESH")
        at_feature_view(cursor)
        name, until = cursor.model_name("feature view"), None
        if cursor.accept("UNTIL"):
            cursor.accept("DATE")
            at, given = cursor.peek(), cursor.literal("a date or a time as a string")
            if at is None or not isinstance(given, str):
                raise mistake(at or cursor.take(), "UNTIL is a time: UNTIL '2026-03-01'.")
            until = given
        cursor.end()
        return cls(name, until)

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        until = "" if self.until is None else f" UNTIL {literal_sql(self.until)}"
        return f"REFRESH FEATURE VIEW {quote(self.name)}{until}"

    @property
    def schema(self) -> StructType:
        """`view_name`, `tiles`: the table; `since`, `until`: what came in this time was read."""
        return StructType(
            [
                StructField("view_name", StringType()),
                StructField("tiles", StringType()),
                StructField("since", TimestampType()),
                StructField("until", TimestampType()),
            ]
        )

    def run(self, spark: SparkSession) -> list[Row]:
        """Refresh the tiles.

        Raises
        ------
        ParameterError
            If the view keeps none, UNTIL is no time, or an earlier refresh went further.
        """
        stored = find_view(spark, self.name)
        tiles = stored.content.get("tiles")
        if tiles is None:
            raise ParameterError(
                f"The feature view {stored.name} keeps no tiles. CREATE OR REPLACE it with TILE "
                "INTERVAL 1 DAY before AS."
            )
        format = "delta" if speaks_delta(spark) else "parquet"
        done = opened(stored).refresh(tiles, self.until, format, spark)
        return [(stored.name, tiles, done.since, done.until)]
