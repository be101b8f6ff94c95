"""The same 47 features as a view, as plain Spark SQL and as DuckDB's SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pyspark.sql import DataFrame

from benchmarks.feature_events import AS_OF, SOURCES
from sparkfl.features.views import Aggregation, FeatureView, Source

__all__ = ["NAMES", "query", "view"]

_WEB = "event_type = 'type_0'"
_FEATURES: Mapping[str, list[Aggregation]] = {
    "transactions": [
        *(Aggregation(f, "amount", 30) for f in ("avg", "sum", "std_samp", "min", "max")),
        Aggregation("count", window=30),
        *(Aggregation(f, "amount", days) for f in ("avg", "sum") for days in (7, 90)),
        *(Aggregation("percentile", "amount", 90, q=q) for q in (0.25, 0.5, 0.95)),
        *(Aggregation("distinct", "category", days) for days in (30, 90)),
        Aggregation("active_days", window=30),
        Aggregation("days_since_last"),
        Aggregation("share", window=90, when="quantity > 1"),
        Aggregation("std_pop", "amount", 90),
    ],
    "web": [
        Aggregation("count", window=7, where=_WEB, name="pageviews_7d"),
        Aggregation("count", window=7, where="event_type = 'type_1'", name="intents_7d"),
        *(Aggregation("avg", "minutes", days) for days in (7, 30)),
        Aggregation("active_days", window=7),
        Aggregation("last_time"),
        Aggregation("distinct", "page", 30),
        *(Aggregation("percentile", "minutes", 30, q=q) for q in (0.5, 0.95)),
    ],
    "support": [
        *(Aggregation("count", window=days) for days in (30, 90)),
        Aggregation("max", "severity", 90),
        Aggregation("avg", "minutes", 90),
    ],
    "email": [
        Aggregation("count", window=30),
        Aggregation("share", window=30, when="opened"),
        Aggregation("days_since_last"),
    ],
    "logins": [
        Aggregation("count", window=7),
        Aggregation("distinct", "device", 30),
        Aggregation("active_days", window=30),
    ],
    "reviews": [
        Aggregation("avg", "stars"),
        Aggregation("count"),
        Aggregation("min", "stars", 90),
    ],
    "returned": [
        Aggregation("sum", "amount", 90),
        Aggregation("count", window=90),
        Aggregation("distinct", "reason", 90),
    ],
    "app": [
        Aggregation("sum", "minutes", 7),
        Aggregation("avg", "minutes", 30),
        Aggregation("percentile", "minutes", 90, q=0.5),
    ],
}

_SQL = {
    "avg": "avg({of})",
    "sum": "sum({of})",
    "std_samp": "stddev_samp({of})",
    "std_pop": "stddev_pop({of})",
    "min": "min({of})",
    "max": "max({of})",
    "count": "count(*)",
    "distinct": "count(DISTINCT {of})",
    "active_days": "count(DISTINCT CAST(event_time AS DATE))",
    "share": "avg(CASE WHEN {when} THEN 1.0D ELSE 0 END)",
    "last_time": "max(event_time)",
    "percentile": "percentile({of}, {q})",
    "days_since_last": "(unix_micros({now}) - unix_micros(max(event_time){filter})) / 86400000000D",
}
_DUCKDB = {
    **_SQL,
    "share": "avg(CASE WHEN {when} THEN 1.0::DOUBLE ELSE 0 END)",
    "percentile": "quantile_cont({of}, {q})",
    "days_since_last": "(epoch_us({now}) - epoch_us(max(event_time){filter})) / 86400000000.0",
}
_ZERO = ("count", "distinct", "active_days")


def _features() -> Iterator[tuple[str, Aggregation, str]]:
    for source, features in _FEATURES.items():
        for feature in features:
            yield source, feature, f"{source}_{feature.name}"


NAMES = [name for _, _, name in _features()]


def view(tables: Mapping[str, DataFrame]) -> FeatureView:
    """Return the features as a view of tables by the names of the sources."""
    sources = []
    for source, features in _FEATURES.items():
        named = [
            Aggregation(
                f.function, f.of, f.window, f"{source}_{f.name}", f.where, f.when, f.by,
                **f.parameters,
            )
            for f in features
        ]  # fmt: skip
        sources.append(Source(tables[source], named, time="event_time"))
    return FeatureView("benchmark", "customer_id", sources)


def query(home: Path | None = None) -> str:
    """Write the query as one would: a GROUP BY a source, joined by customer.

    In DuckDB's dialect over the files of a folder, else in Spark's over tables.
    """
    duckdb = home is not None
    functions = _DUCKDB if duckdb else _SQL
    now = f"TIMESTAMPTZ '{AS_OF} 00:00:00+00'" if duckdb else f"TIMESTAMP '{AS_OF} 00:00:00+00:00'"
    made: dict[str, list[str]] = {source: [] for source in SOURCES}
    for source, f, name in _features():
        conditions = [f"({f.where})"] if f.where else []
        if f.window:
            conditions.append(f"event_time >= {now} - INTERVAL {f.window.days} DAY")
        filtered = f" FILTER (WHERE {' AND '.join(conditions)})" if conditions else ""
        text = functions[f.function]
        own = text.format(of=f.of, when=f.when, now=now, filter=filtered, **f.parameters)
        made[source].append(f"{own}{'' if '{filter}' in text else filtered} AS {name}")
    ctes, joins = [], []
    for source, columns in made.items():
        table = f"read_parquet('{home}/{source}/*')" if duckdb else source
        ctes.append(
            f"f_{source} AS (SELECT customer_id, {', '.join(columns)} FROM {table} "
            f"WHERE event_time < {now}{_reach(source, now)} GROUP BY customer_id)"
        )
        joins.append(f"f_{source}")
    outputs = [
        f"coalesce({name}, 0) AS {name}" if f.function in _ZERO else name
        for _, f, name in _features()
    ]
    joined = " FULL OUTER JOIN ".join([joins[0], *(f"{j} USING (customer_id)" for j in joins[1:])])
    return f"WITH {', '.join(ctes)} SELECT customer_id, {', '.join(outputs)} FROM {joined}"


def _reach(source: str, now: str) -> str:
    """Leave out what no feature of a source sees."""
    windows = [feature.window for feature in _FEATURES[source]]
    if None in windows:
        return ""
    return f" AND event_time >= {now} - INTERVAL {max(w.days for w in windows if w)} DAY"
