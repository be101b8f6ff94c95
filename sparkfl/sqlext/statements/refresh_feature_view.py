"""``REFRESH FEATURE VIEW name [UNTIL 'time']``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from pyspark.sql import SparkSession
from pyspark.sql.types import (
    IntegerType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from sparkfl.columns import quote
from sparkfl.errors import ParameterError
from sparkfl.events.period import instant
from sparkfl.serving.feature_quality import judge, require_whole
from sparkfl.serving.feature_views import find_view, opened
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.literals import literal_sql
from sparkfl.sqlext.statements.create_feature_view import at_feature_view
from sparkfl.sqlext.statements.statement import Row, Statement
from sparkfl.sqlext.views.expression import mistake
from sparkfl.tables.place import speaks_delta

__all__ = ["RefreshFeatureView"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class RefreshFeatureView(Statement):
    """Add to the tiles of a feature view what has come since the last refresh, and check it.

    Tiles are kept of views that were made with `TILE INTERVAL 1 DAY`. UNTIL is a date or a time, in
    UTC unless it says otherwise; now by default. What came before it is read, each event once: run
    again, the same refresh changes nothing. The table is Delta where the session has Delta,
    otherwise Parquet. `feature_view(name, AS OF date, OPTIONS(TILES = TRUE))` reads it in place of
    the sources.

    Then the features are judged by what the view expects of them (EXPECT), as of UNTIL, with tiles
    as of the midnight before it; a view without tiles is only judged. What is not as expected is
    an error where it says ON VIOLATION FAIL, otherwise a warning in the log; either way
    `feature_quality(name)` has it. The tiles stay: they are of what the sources have, and the same
    refresh, run again, makes them anew. A source that has changed so that a feature cannot be read
    is an error before anything is written; it names the column, and what depends on it.

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
        """`view_name`, `tiles`, `since`, `until`: what came then was read; what was judged."""
        return StructType(
            [
                StructField("view_name", StringType()),
                StructField("tiles", StringType()),
                StructField("since", TimestampType()),
                StructField("until", TimestampType()),
                StructField("expectations", IntegerType()),
                StructField("violations", IntegerType()),
            ]
        )

    def run(self, spark: SparkSession) -> list[Row]:
        """Refresh the tiles.

        Raises
        ------
        ParameterError
            If the view keeps none and expects nothing, UNTIL is no time, or an earlier refresh went
            further.
        QualityError
            If an expectation that is to fail is not met.
        SchemaError
            If a source has changed so that a feature cannot be read.
        """
        stored = find_view(spark, self.name)
        tiles, view = stored.content.get("tiles"), opened(stored)
        if tiles is None and not view.expectations:
            raise ParameterError(
                f"The feature view {stored.name} keeps no tiles, and expects nothing. CREATE OR "
                "REPLACE it with TILE INTERVAL 1 DAY, or with EXPECT …, before AS."
            )
        require_whole(spark, stored)
        until = _EPOCH + timedelta(microseconds=instant("until", self.until or datetime.now(UTC)))
        since = None
        if tiles is not None:
            format = "delta" if speaks_delta(spark) else "parquet"
            since = view.refresh(tiles, until, format, spark).since
        as_of = until if tiles is None else datetime.combine(until.date(), time(), UTC)
        verdicts = judge(spark, stored, "refresh", as_of, tiles)
        violations = sum(verdict.passed is False for verdict in verdicts)
        return [(stored.name, tiles, since, until, len(verdicts), violations)]
