"""Feature views as text, which is read as what they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sparkfl.columns import quote
from sparkfl.features.aggregations import AGGREGATIONS
from sparkfl.sqlext.literals import literal_sql
from sparkfl.sqlext.views.definition import Definition
from sparkfl.sqlext.views.expected import expected_sql

__all__ = ["definition_sql", "feature_sql", "source_sql"]

_PATH = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\Z", re.ASCII)


def feature_sql(feature: Mapping[str, Any]) -> str:
    """Return the text of an aggregate, without its name.

    Examples
    --------
    >>> own = {"function": "percentile", "of": "a * b", "q": 0.95, "window": "7 days", "name": "x"}
    >>> feature_sql({**own, "where": "a > 0"})
    'percentile(a * b, q => 0.95) FILTER (WHERE a > 0) OVER LAST 7 DAYS'
    """
    row = AGGREGATIONS[feature["function"]]
    of = feature.get("of") or ("*" if row.of_events else "")
    given = [of, *(f"{key} => {feature[key]}" for key in ("when", "by") if key in feature)]
    given += [
        f"{option.param} => {literal_sql(feature[option.param])}"
        for option in row.parameters
        if option.param in feature
    ]
    where = f" FILTER (WHERE {feature['where']})" if feature.get("where") else ""
    days = f" OVER LAST {feature['window'].upper()}" if feature.get("window") else ""
    call = "count(DISTINCT " if feature["function"] == "distinct" else f"{feature['function']}("
    return f"{call}{', '.join(filter(None, given))}){where}{days}"


def definition_sql(definition: Definition) -> str:
    """Return the text of a definition, a SELECT a source and one that puts them together."""
    view = definition.view
    clauses = [f"ENTITY {', '.join(map(quote, view['entity']))}"]
    clauses += [f"PER {quote(view['per'])}"] if view.get("per") else []
    if definition.tiles is not None:
        clauses.append("TILE INTERVAL 1 DAY" + f" IN {definition.tiles}" * bool(definition.tiles))
    clauses += [expected_sql(each) for each in view.get("expectations", [])]
    about = view.get("entities")
    blocks = [_entities(about, view)] if about else []
    derived = [f"{text} AS {quote(name)}" for name, text in view.get("derived", {}).items()]
    last = view["sources"][-1]
    blocks += [_source(own, view, derived if own is last else []) for own in view["sources"]]
    names = [f"`s{n}`" for n in range(len(blocks))]
    defined = ",\n".join(f"`s{n}` AS (\n{text}\n)" for n, text in enumerate(blocks))
    return (
        f"{' '.join(clauses)} AS\nWITH {defined}\nSELECT {', '.join(map(quote, _columns(view)))}\n"
        f"FROM {', '.join(names)}"
    )


def _columns(view: Mapping[str, Any]) -> list[str]:
    """Return the names of the columns of a view."""
    made = [feature["name"] for source in view["sources"] for feature in source["features"]]
    told = (view.get("entities") or {}).get("columns", {})
    return view.get("select") or [*told, *made, *view.get("derived", {})]


def source_sql(read: Mapping[str, Any], view: Mapping[str, Any]) -> str:
    """Return the text of a source, or of a table of entities, of a view."""
    keys = [*view["entity"], *([view["per"]] if view.get("per") else [])]
    table = f"({read['query']})" if read.get("query") else str(read["table"])
    parts = [f"{table} AS {quote(read['name'])}"]
    if read.get("keys"):
        own = [read["keys"].get(key, key) for key in keys]
        parts.append(f"ENTITY ({', '.join(map(quote, own))})")
    for key, word in (("time", "TIMESTAMP"), ("arrival", "ARRIVAL")):
        if read.get(key):
            text = read[key]
            parts.append(f"{word} {text if _PATH.match(text) else f'({text})'}")
    if read.get("where"):
        parts.append(f"FILTER (WHERE {read['where']})")
    return " ".join(parts)


def _entities(about: Mapping[str, Any], view: Mapping[str, Any]) -> str:
    alias, keys = quote(about["name"]), view["entity"]
    key = about.get("keys", {}).get(keys[0], keys[0])
    items = [f"{alias}.{quote(key)}"]
    items += [f"{text} AS {quote(name)}" for name, text in about.get("columns", {}).items()]
    return _select(items, source_sql(about, view))


def _source(source: Mapping[str, Any], view: Mapping[str, Any], derived: list[str]) -> str:
    items = [f"{feature_sql(f)} AS {quote(f['name'])}" for f in source["features"]]
    return _select([*items, *derived], source_sql(source, view))


def _select(items: Iterable[str], source: str) -> str:
    separated = ",\n  ".join(items)
    return f"SELECT\n  {separated}\nFROM {source}"
