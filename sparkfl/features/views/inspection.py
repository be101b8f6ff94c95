"""What a view says of its data: what is left out, figures of columns, whether it is expected."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import reduce
from typing import TYPE_CHECKING, Any

from pyspark.sql import DataFrame, SparkSession

from sparkfl.events.period import instant
from sparkfl.features.quality import Expectation, Verdict, check
from sparkfl.features.views.changes import Change, Columns, changes, columns_read
from sparkfl.features.views.incremental import refreshed
from sparkfl.features.views.statistics import column_statistics

if TYPE_CHECKING:
    from sparkfl.features.views.rows import SourceRows
    from sparkfl.features.views.source import Source

__all__ = ["Inspected"]

_SECOND = 1_000_000


class Inspected:
    """What `FeatureView` says of its data."""

    if TYPE_CHECKING:
        name: str
        version: int | None
        sources: Sequence[Source]
        derived: Mapping[str, str]
        expectations: Sequence[Expectation]

        features: Callable[..., DataFrame]
        refresh: Callable[..., object]

        @property
        def keys(self) -> list[str]:
            """Columns that name a row."""

        @property
        def columns(self) -> list[str]:
            """Names of all columns besides the keys."""

        def _rows(self, spark: SparkSession | None) -> list[SourceRows]: ...

    def excluded(self, spark: SparkSession | None = None) -> DataFrame:
        """Count what is left out: a row a source, `rows`, `without_entity`, `without_time`.

        `latest` is the time of the latest event.
        """
        return reduce(DataFrame.unionAll, [rows.excluded() for rows in self._rows(spark)])

    def statistics(
        self, as_of: str | date | None = None, spark: SparkSession | None = None
    ) -> dict[str, dict[str, Any]]:
        """Compute figures of each column over all entities, by its name.

        Parameters
        ----------
        as_of : str, datetime.date or datetime.datetime, optional
            As of `features`.
        spark : pyspark.sql.SparkSession, optional
            As of `features`.

        Returns
        -------
        dict of str to dict
            ``count`` and ``nulls``; of numbers ``mean``, ``std`` (of a sample), ``min``, ``max``.
        """
        return column_statistics(self.features(as_of, spark=spark), self.columns)

    def refreshed(self, tiles: str, spark: SparkSession | None = None) -> datetime | None:
        """Return until when a table has tiles of the view as it is; None if it has none."""
        return refreshed(self.keys, self._rows(spark), tiles)

    def source_columns(self, spark: SparkSession | None = None) -> dict[str, dict[str, str]]:
        """Return the types of the columns that each source is read by, for `check` to compare."""
        return columns_read(self._rows(spark), self.keys)

    def changes(self, columns: Columns, spark: SparkSession | None = None) -> list[Change]:
        """Compare the columns of the sources with what `source_columns` returned once."""
        return changes(self._rows(spark), self.keys, self.derived, columns)

    def check(
        self,
        as_of: str | date | None = None,
        features: DataFrame | None = None,
        *,
        tiles: str | None = None,
        spark: SparkSession | None = None,
        columns: Columns | None = None,
        profiles: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> list[Verdict]:
        """Judge the features by the expectations of the view.

        Parameters
        ----------
        as_of : str, datetime.date or datetime.datetime, optional
            As of `features`; freshness is of this time.
        features : pyspark.sql.DataFrame, optional
            Rows with some columns of the view: only what is expected of these is judged. By
            default all entities as of that time.
        tiles : str, optional
            As of `features`.
        spark : pyspark.sql.SparkSession, optional
            As of `features`.
        columns : mapping, optional
            What `source_columns` returned once, for ``schema``.
        profiles : mapping of str to mapping, optional
            Profiles of verdicts of before, by the column in lower case, for ``psi``.

        Returns
        -------
        list of Verdict
            One for each expectation that is of these columns, in order.

        Examples
        --------
        >>> from sparkfl.features.views import Aggregation, FeatureView, Source
        >>> events = spark.sql("SELECT id % 2 AS c, timestamp_seconds(id) AS at FROM range(10)")
        >>> counted = Source(events, [Aggregation("count")], time="at")
        >>> view = FeatureView("events", "c", [counted], expectations=[Expectation("count > 5")])
        >>> view.check("2024-01-01")[0].detail
        '2 of 2 rows (100.0 %)'
        """
        made = self.features(as_of, tiles=tiles, spark=spark) if features is None else features
        rows = self._rows(spark)
        there = {name.lower() for name in made.columns}
        own = [*self.keys, *self.columns]

        def is_of(each: Expectation) -> bool:
            return all(name.lower() in there for name in each.columns(own))

        wanted = [each for each in self.expectations if is_of(each)]
        told = None
        if columns is not None and any(each.measure == "schema" for each in wanted):
            told = [str(each) for each in self.changes(columns, spark)]
        until = instant("as_of", as_of if as_of is not None else datetime.now(UTC))
        return check(made, wanted, self._ages(rows, wanted, until), told, profiles)

    def _ages(
        self, rows: Sequence[SourceRows], wanted: Sequence[Expectation], until: int
    ) -> dict[str, float | None]:
        """Find the seconds since the latest event of what freshness is expected of."""
        ages: dict[str, float | None] = {}
        for each in wanted:
            if each.measure == "freshness":
                latest = self._source_of(each.of, rows).latest(until)
                age = None if latest is None else (until - latest) / _SECOND
                ages[each.of.lower()] = age
        return ages

    def _source_of(self, name: str, rows: Sequence[SourceRows]) -> SourceRows:
        """Return the source of a name, or of a feature."""
        named = [each for each in rows if each.source.name.lower() == name.lower()]
        return (
            named[0]
            if named
            else next(
                each
                for each in rows
                for feature in each.source.features
                if feature.name.lower() == name.lower()
            )
        )
