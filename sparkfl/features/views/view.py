"""A feature view: many sources of events, features of their entities as of any time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as sf
from pyspark.sql.types import DateType, TimestampNTZType, TimestampType

from sparkfl.columns import (
    Found,
    check_same_session,
    check_taken,
    listed,
    path_sql,
    quote,
    resolve,
    spark_frame,
)
from sparkfl.errors import ParameterError, SchemaError
from sparkfl.events.period import instant
from sparkfl.features.quality.expectation import Expectation, expectations
from sparkfl.features.views.checks import (
    check_columns,
    check_freshness,
    check_given,
    check_keys,
)
from sparkfl.features.views.declared import from_dict, from_yaml, to_dict
from sparkfl.features.views.derived import derive
from sparkfl.features.views.entities import Entities
from sparkfl.features.views.execution import (
    ORIGIN,
    ORIGIN_VERSION,
    as_of_all,
    ask,
    events_of,
)
from sparkfl.features.views.incremental import Refreshed, events_of_tiles, refresh
from sparkfl.features.views.inspection import Inspected
from sparkfl.features.views.rows import SourceRows, micros
from sparkfl.features.views.source import Source
from sparkfl.features.views.standing import going_on

__all__ = ["FeatureView"]


@dataclass(frozen=True, eq=False)
class FeatureView(Inspected):
    """Features of entities, from events of many sources.

    All sources go through one shuffle, by entity; a worker aggregates whole entities, many at a
    time. Whatever is asked for as of a time is made of events before that time, never at it.

    Parameters
    ----------
    name : str
        Name of the view.
    entity : str or sequence of str
        Columns that name an entity, as ``customer_id``.
    sources : sequence of Source
        The sources, each with its features.
    per : str, optional
        Column of the store, where an entity's events in one store are apart from those in others.
    derived : mapping of str to str, optional
        Further features by name, in SQL over the features, those before them, the entity and
        ``as_of``.
    entities : Entities, optional
        A table of the entities, with columns that have no time. The view then has a row for each
        of them; without it, for those of which some feature sees an event.
    select : sequence of str, optional
        Which columns the view has besides the entity, in order; by default those of the entities,
        all features and all derived.
    version : int, optional
        What a registry calls it; columns then say so in their metadata.
    expectations : sequence of Expectation, optional
        What `check` judges the features by, see :mod:`sparkfl.features.quality`.

    Raises
    ------
    ParameterError
        If there is no entity or source, two columns have one name, or one is selected that is none.

    Examples
    --------
    >>> from sparkfl.features.views import Aggregation
    >>> events = spark.sql(
    ...     "SELECT * FROM VALUES ('ann', TIMESTAMP'2024-03-01 10:00:00', 5.0), "
    ...     "('ann', TIMESTAMP'2024-03-09 10:00:00', 7.0) AS t(customer, at, amount)"
    ... )
    >>> bought = Source(
    ...     events, [Aggregation("sum", "amount"), Aggregation("count", window=7)], time="at"
    ... )
    >>> view = FeatureView("spending", "customer", [bought], derived={"rich": "sum_amount > 9"})
    >>> view.features("2024-03-10").show()
    +--------+----------+--------+----+
    |customer|sum_amount|count_7d|rich|
    +--------+----------+--------+----+
    |     ann|      12.0|       1|true|
    +--------+----------+--------+----+
    """

    name: str
    entity: str | Sequence[str]
    sources: Sequence[Source]
    per: str | None = None
    derived: Mapping[str, str] = field(default_factory=dict)
    entities: Entities | None = None
    select: Sequence[str] = ()
    version: int | None = None
    expectations: Sequence[Expectation] = ()

    def __post_init__(self) -> None:
        what = f"The view {self.name}"
        for name, kind in (("entity", str), ("sources", Source), ("select", str)):
            given = listed(f"{name} of the view {self.name}", getattr(self, name), kind)
            object.__setattr__(self, name, given)
        if not self.entity or not self.sources:
            raise ParameterError(f"{what} needs an entity and at least one source.")
        check_given(self.name, self.per, self.derived, self.entities, Entities)
        for own in self._read_from:
            check_keys(f"The source {own.name}", own.keys, self.keys)
        check_columns(what, self.keys, self._made, self.select)
        object.__setattr__(self, "expectations", expectations(self.name, self.expectations))
        check_freshness(what, self.expectations, self.sources)

    @classmethod
    def from_yaml(cls, text: str | Path) -> FeatureView:
        """Make a view of its YAML, or of a file of it; see :doc:`features`.

        Examples
        --------
        >>> FeatureView.from_yaml('''
        ... name: visits
        ... entity: customer
        ... sources:
        ...   - table: shop.visits
        ...     time: at
        ...     features:
        ...       - {function: count, window: 7 days}
        ... ''').columns
        ['count_7d']
        """
        return cls(**from_yaml(text))

    @classmethod
    def from_dict(cls, view: Mapping[str, Any], version: int | None = None) -> FeatureView:
        """Make a view of what `to_dict` returned."""
        return cls(**from_dict(view), version=version)

    def to_dict(self) -> dict[str, Any]:
        """Return what `from_yaml` reads, for YAML or JSON."""
        return to_dict(vars(self))

    @property
    def keys(self) -> list[str]:
        """Columns that name a row: the entity, and the store."""
        return [*self.entity, *([self.per] if self.per else [])]

    @property
    def columns(self) -> list[str]:
        """Names of all columns besides the keys."""
        return list(self.select) or self._made

    @property
    def _read_from(self) -> list[Source | Entities]:
        """What is read."""
        return [*self.sources, *([self.entities] if self.entities else [])]

    @property
    def _made(self) -> list[str]:
        """Names of all that is made, whether it is selected or not."""
        told = list(self.entities.columns) if self.entities else []
        made = [feature.name for source in self.sources for feature in source.features]
        return [*told, *made, *self.derived]

    @property
    def _metadata(self) -> dict[str, object]:
        """What columns say of where they come from."""
        return {} if self.version is None else {ORIGIN: self.name, ORIGIN_VERSION: self.version}

    def features(
        self,
        as_of: str | date | None = None,
        entities: DataFrame | None = None,
        tiles: str | None = None,
        spark: SparkSession | None = None,
    ) -> DataFrame:
        """Compute the features as of a time.

        Parameters
        ----------
        as_of : str, datetime.date or datetime.datetime, optional
            The time, in UTC unless it says otherwise: only events before it count. Now by default.
        entities : pyspark.sql.DataFrame, optional
            Which entities, a row each. By default those with an event that some feature sees.
        tiles : str, optional
            Table that `refresh` keeps, to read in place of the sources; `as_of` is a midnight then.
            What came after the last refresh is not seen.
        spark : pyspark.sql.SparkSession, optional
            Session to read tables with; by default that of the frames, or the active one.

        Returns
        -------
        pyspark.sql.DataFrame
            One row an entity: its keys, or the columns of `entities`, and the features.

        Raises
        ------
        ParameterError
            If `as_of` is no time, or with `tiles` no midnight in UTC.
        SchemaError
            If a source lacks a column, or has one of a type that cannot be used.
        StorageError
            If `tiles` has none of this view.
        """
        until = instant("as_of", as_of if as_of is not None else datetime.now(UTC))
        own = self._session(spark, None if entities is None else spark_frame(entities, "features"))
        return going_on(self, lambda view: view._features(until, entities, tiles, own), own)

    def _features(
        self, until: int, entities: DataFrame | None, tiles: str | None, spark: SparkSession
    ) -> DataFrame:
        """Plan the features as of a time in microseconds."""
        time = sf.timestamp_micros(sf.lit(until))
        rows = self._rows(spark)
        about = self.entities
        if about is None:
            asked = entities
        elif entities is None:
            asked = about.frame(rows[0].spark, self.keys, self._metadata)
        else:
            asked = about.beside(entities, self.keys, self._metadata)
        if tiles is None:
            events = events_of(self.keys, rows, until)
        else:
            events = events_of_tiles(self.keys, rows, tiles, until)
        if asked is not None:
            own = self.keys if entities is None else entities.columns
            return self._asked(rows, events, asked, own, sf.lit(until), time)
        made = as_of_all(self.keys, rows, events, until, self._metadata)
        return self._selected(
            derive(made, self.derived, time, self.name, self._metadata), self.keys
        )

    def join(self, labels: DataFrame, label_time: str) -> DataFrame:
        """Join each row with the features of its entity as of its own time.

        No row sees an event at or after its time.

        Parameters
        ----------
        labels : pyspark.sql.DataFrame
            Rows with the keys of the view, any number an entity.
        label_time : str
            Column of the time, a timestamp or a date. Where it is NULL, all features are.

        Returns
        -------
        pyspark.sql.DataFrame
            The rows of `labels`, each once, with the features; in another order.

        Raises
        ------
        SchemaError
            If `labels` lacks a column, has one that is named like a feature, or `label_time` is
            no time.

        Examples
        --------
        >>> from sparkfl.features.views import Aggregation
        >>> events = spark.sql("SELECT id % 2 AS c, timestamp_seconds(id) AS at FROM range(10)")
        >>> counted = Source(events, [Aggregation("count")], time="at")
        >>> labels = spark.sql("SELECT 1L AS c, timestamp_seconds(5) AS asked")
        >>> FeatureView("events", "c", [counted]).join(labels, "asked").first()["count"]
        2
        """
        found = resolve(spark_frame(labels, "join"), label_time, "labels")
        if not isinstance(found.type, TimestampType | TimestampNTZType | DateType):
            raise SchemaError(
                f"label_time {label_time!r} is {found.type.simpleString()}; cast it to timestamp."
            )
        own = self._session(None, labels)
        return going_on(self, lambda view: view._join(labels, found, own), own)

    def _join(self, labels: DataFrame, found: Found, spark: SparkSession) -> DataFrame:
        """Plan the features of labels as of their times."""
        rows = self._rows(spark)
        events = events_of(self.keys, rows, None)
        until, time = micros(found.column, found.type), sf.expr(path_sql(found.path))
        asked, about = labels, self.entities
        if about is not None:
            check_taken(labels.columns, self._made)
            asked = about.beside(labels, self.keys, self._metadata)
        return self._asked(rows, events, asked, labels.columns, until, time)

    def refresh(
        self,
        tiles: str,
        until: str | date | None = None,
        format: str = "delta",
        spark: SparkSession | None = None,
    ) -> Refreshed:
        """Add to a table of tiles what has come since the last refresh, and nothing twice.

        Of sources whose features all add up by days, the table keeps sums of days, of the others
        the events, with no more of them than is aggregated. An event comes at the `arrival` of its
        source; without it, at its own time, so that late ones are missed.

        Parameters
        ----------
        tiles : str
            Name or path of the table. It is made if it is not there; several views may share one.
        until : str, datetime.date or datetime.datetime, optional
            What came before this time is read; now by default. Leave the sources the time that
            they need to have it all.
        format : {'delta', 'parquet'}, default 'delta'
            What the table is.
        spark : pyspark.sql.SparkSession, optional
            As of `features`.

        Returns
        -------
        Refreshed
            From when to when.

        Raises
        ------
        ParameterError
            If an earlier refresh went further.
        StorageError
            If something else is there, or nothing can be written there.

        Notes
        -----
        A refresh that was killed is done again by the same call. Other windows, derived features
        and names use the same tiles; another definition of a source, or what is aggregated of it,
        begins anew, and reads everything.

        Examples
        --------
        >>> import tempfile
        >>> from sparkfl.features.views import Aggregation
        >>> events = spark.sql(
        ...     "SELECT 'a' AS who, timestamp_seconds(id * 3600) AS at, id AS x FROM range(72)"
        ... )
        >>> read = Source(events, [Aggregation("sum", "x"), Aggregation("count")], time="at")
        >>> view, tiles = FeatureView("v", "who", [read]), tempfile.mkdtemp() + "/tiles"
        >>> for day in ("1970-01-02", "1970-01-03"):
        ...     print(view.refresh(tiles, day, format="parquet").since)
        None
        1970-01-02 00:00:00+00:00
        >>> view.features("1970-01-03", tiles=tiles).collect()
        [Row(who='a', sum_x=1128.0, count=48)]
        """
        moment = instant("until", until if until is not None else datetime.now(UTC))
        return refresh(self.keys, self._rows(spark), tiles, moment, format)

    def _rows(self, spark: SparkSession | None) -> list[SourceRows]:
        """Read the sources."""
        own = self._session(spark)
        return [SourceRows(own, s, i, self.keys) for i, s in enumerate(self.sources)]

    def _session(self, spark: SparkSession | None, asked: DataFrame | None = None) -> SparkSession:
        """Find the session: of the sources that are frames, or of the frame that asks."""
        frames = [s.table for s in self._read_from if isinstance(s.table, DataFrame)]
        frames += [] if asked is None else [asked]
        for other in frames[1:]:
            check_same_session(frames[0], other, f"A frame of the view {self.name}")
        if spark is None:
            spark = frames[0].sparkSession if frames else SparkSession.active()
        return spark

    def _asked(
        self,
        rows: list[SourceRows],
        events: list[DataFrame],
        asked: DataFrame,
        own: Sequence[str],
        until: Column,
        as_of: Column,
    ) -> DataFrame:
        """Answer the rows of a frame, of which some columns are its own."""
        check_taken(own, self._made)
        made = ask(self.keys, rows, events, asked, until, self._metadata)
        return self._selected(derive(made, self.derived, as_of, self.name, self._metadata), own)

    def _selected(self, made: DataFrame, own: Sequence[str]) -> DataFrame:
        """Leave the columns that the view has."""
        return made.select(*map(quote, [*own, *self.select])) if self.select else made
