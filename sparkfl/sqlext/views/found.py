"""Features that were found, as text: the query of a table with them, and a feature view."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import DoubleType, IntegerType, StringType, StructField, StructType

from sparkfl.columns import quote, string_literal
from sparkfl.features.auto import Candidate, Found, Search
from sparkfl.features.auto.values import sources_of
from sparkfl.features.views import FeatureView
from sparkfl.sqlext.lexer import lex
from sparkfl.sqlext.parts import path_of
from sparkfl.sqlext.views.definition import Definition
from sparkfl.sqlext.views.written import definition_sql, feature_sql

__all__ = ["COLUMNS", "AutoFeatures", "Written", "read_table"]

COLUMNS = StructType(
    [
        StructField("rank", IntegerType()),
        StructField("feature", StringType()),
        StructField("kind", StringType()),
        StructField("definition", StringType()),
        StructField("source", StringType()),
        StructField("gain", DoubleType()),
        StructField("gain_alone", DoubleType()),
    ]
)
"""What `SELECT * FROM auto_features(…)` returns."""


@dataclass(frozen=True)
class AutoFeatures:
    """Features that were found.

    Attributes
    ----------
    rows : list of tuple
        A row a candidate, of the columns `COLUMNS`: those that were chosen by their `rank`, then
        the others, without one.
    query : str
        The table with the features that were chosen, as SQL. If some are made of events, it asks
        the view.
    view : str or None
        `CREATE OR REPLACE FEATURE VIEW …` of those that were chosen; None without an entity, or if
        there are none for it.
    """

    rows: list[tuple[object, ...]]
    query: str
    view: str | None

    def to_frame(self, spark: SparkSession) -> DataFrame:
        """Return the rows as a frame."""
        return spark.createDataFrame(self.rows, COLUMNS)


@dataclass(frozen=True)
class Read:
    """The table: how it stands in FROM, what a source reads of it, and all of it as a query."""

    text: str
    source: Mapping[str, str]

    @property
    def query(self) -> str:
        return f"SELECT * FROM {self.text}"


def read_table(table: str) -> Read:
    """Read a name or a query."""
    tokens = lex(table)
    if (path := path_of(tokens)) is not None:
        return Read(table.strip(), {"table": table.strip(), "name": path[-1]})
    if tokens and tokens[0].word in ("SELECT", "WITH", "VALUES", "FROM", "TABLE", "("):
        text = table.strip().rstrip(";")
        return Read(f"({text})", {"query": text, "name": "rows"})
    return Read(quote(table), {"table": quote(table), "name": table})


@dataclass(frozen=True)
class Written:
    """What was found, as text."""

    read: Read
    entity: Sequence[str]
    unique: bool
    asked: Search
    name: str

    def result(self, found: Sequence[Found]) -> AutoFeatures:
        """Return all of it."""
        chosen = [each.candidate for each in found if each.rank is not None]
        texts = self._aggregates([each.candidate for each in found])
        rows: list[tuple[object, ...]] = []
        for each in found:
            own = each.candidate
            made = own.aggregation is not None
            events = self.asked.events[own.source] if made else None
            source = (events.table or f"({events.query})") if events else None
            text = texts[own.name] if made else own.sql
            rows.append((each.rank, own.name, own.kind, text, source, each.gain, each.gain_alone))
        view = self.definition(found)
        head = f"CREATE OR REPLACE FEATURE VIEW {quote(self.name)}"
        create = None if view is None else f"{head} {definition_sql(view)}"
        return AutoFeatures(rows, self._query(chosen), create)

    def _aggregates(self, candidates: Iterable[Candidate]) -> dict[str, str]:
        """Return the texts of those that are made of events."""
        return {
            feature["name"]: feature_sql(feature)
            for source in self._sources(candidates)
            for feature in source["features"]
        }

    def _sources(self, candidates: Iterable[Candidate]) -> list[dict[str, Any]]:
        """Return what a feature view keeps of the events."""
        made = sources_of(list(candidates), self.asked.events)
        if not made:
            return []
        kept: list[dict[str, Any]] = FeatureView("v", list(self.entity), made).to_dict()["sources"]
        return kept

    def definition(self, found: Sequence[Found]) -> Definition | None:
        """Return the feature view of those that it can have, if there are some."""
        chosen = [each.candidate for each in found if each.rank is not None]
        sources = self._sources(chosen)
        plain = [own for own in chosen if own.aggregation is None]
        if plain and self.unique:
            last = [{"function": "last", "of": own.sql, "name": own.name} for own in plain]
            sources = [{**self.read.source, "features": last}, *sources]
        if not sources or not self.entity:
            return None
        return Definition({"entity": list(self.entity), "sources": sources})

    def _query(self, chosen: Sequence[Candidate]) -> str:
        """Write the table with the features."""
        own = [f"{each.sql} AS {quote(each.name)}" for each in chosen if not each.aggregation]
        if any(each.aggregation for each in chosen):
            time = string_literal(str(self.asked.label_time))
            rows = f"feature_join({quote(self.name)}, {time}, {self.read.query})"
            own = [] if self.unique else own
        else:
            rows = self.read.text
        return f"SELECT {', '.join(['*', *own])} FROM {rows}"
