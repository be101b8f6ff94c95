"""The tables that a query reads, where no JVM tells them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pyspark.sql import SparkSession

from sparkfl.columns import quote
from sparkfl.sqlext.calls.reading import is_table
from sparkfl.sqlext.lexer import lex

__all__ = ["tables"]

_PLAIN = re.compile(r"[A-Za-z0-9_]+\Z")


def tables(spark: SparkSession, text: str) -> list[str]:
    """Return the tables that a query names, also by way of views, each part quoted if need be.

    What a temporary view reads is not known here.

    Examples
    --------
    >>> tables(spark, "SELECT 1")
    []
    """
    found: set[str] = set()
    wanted, seen = list(_names(text)), set[str]()
    while wanted:
        name = wanted.pop()
        if name in seen or not spark.catalog.tableExists(name):
            continue
        seen.add(name)
        table = spark.catalog.getTable(name)
        if table.isTemporary:
            continue
        if table.tableType == "VIEW":
            wanted += _names(_view_text(spark, name))
            continue
        parts = [table.catalog, *(table.namespace or []), table.name]
        found.add(".".join(p if _PLAIN.match(p) else quote(p) for p in parts if p))
    return sorted(found)


def _names(text: str) -> Iterator[str]:
    """Give the names that stand where a table may, those of WITH included."""
    tokens = lex(text)
    for at, token in enumerate(tokens):
        if not token.is_name or not (is_table(tokens, at) or tokens[at - 1].word == "TABLE"):
            continue
        stop = at
        while stop + 2 < len(tokens) and tokens[stop + 1].text == "." and tokens[stop + 2].is_name:
            stop += 2
        if not (stop + 1 < len(tokens) and tokens[stop + 1].text == "("):
            yield ".".join(quote(part.name) for part in tokens[at : stop + 1 : 2])


def _view_text(spark: SparkSession, name: str) -> str:
    """Return the query of a view."""
    rows = spark.sql(f"DESCRIBE TABLE EXTENDED {name}").where("col_name = 'View Text'").collect()
    return str(rows[0].data_type) if rows else ""
