"""What a source or a table of entities is read from: a frame, a table, a path or a query."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import DataFrame

from sparkfl.columns import class_name
from sparkfl.errors import ParameterError, SchemaError
from sparkfl.tables import read_table
from sparkfl.tables.cause import advice

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["is_reading", "read_relation", "relation_name"]

_reading: ContextVar[bool] = ContextVar("reading", default=False)
_QUERY = re.compile(r"\s*(?:\(|(?:SELECT|WITH|VALUES|FROM|TABLE)\b)", re.IGNORECASE)


def relation_name(what: str, table: DataFrame | str, query: str | None, name: str) -> str:
    """Check what is given, and say what messages call it.

    Raises
    ------
    ParameterError
        If it is neither a frame, a name nor a query, or two of them.

    Examples
    --------
    >>> relation_name("A source", "shop.visits", None, ""), relation_name("A source", "", "x", "y")
    ('shop.visits', 'y')
    """
    if not isinstance(table, str | DataFrame):
        raise ParameterError(
            f"{what} is a {class_name(table)}; give a Spark DataFrame, or a table's name or path."
        )
    if (query is None) == (table == ""):
        raise ParameterError(f"{what} is read from a table or from a query; give one of them.")
    if query is not None:
        return name or "a query"
    return name or (table if isinstance(table, str) else "a frame")


def read_relation(
    spark: SparkSession, table: DataFrame | str, query: str | None, what: str
) -> DataFrame:
    """Read what `relation_name` has checked; nothing runs.

    Raises
    ------
    SchemaError
        If the query cannot be read, or is none.
    StorageError
        If there is no such table or path.

    Examples
    --------
    >>> read_relation(spark, "", "SELECT 1 AS a", "The source").columns
    ['a']
    >>> read_relation(spark, "", "DROP TABLE t", "The source x")
    Traceback (most recent call last):
    sparkfl.errors.SchemaError: The source x is no query: 'DROP TABLE t'. Write SELECT ....
    """
    if query is None:
        with _as_source():
            return read_table(spark, table) if isinstance(table, str) else table
    if not _QUERY.match(query):
        raise SchemaError(f"{what} is no query: {query[:60]!r}. Write SELECT ....")
    try:
        with _as_source():
            # Inside of parentheses Spark takes nothing but a query.
            frame = spark.sql(f"SELECT * FROM (\n{query}\n)")
            _ = frame.schema  # Spark Connect looks at it only now.
    except (AnalysisException, ParseException) as error:
        raise SchemaError(
            f"The query of {what[0].lower()}{what[1:]}, {query[:60]!r}, cannot be "
            f"read: {advice(error)}"
        ) from error
    return frame


def is_reading() -> bool:
    """Tell whether this thread is reading a source: no name of one is that of a feature view.

    What a view says is of one time, now; a label of before would see it. Nor is a view without its
    source made of itself because both have one name.

    Examples
    --------
    >>> is_reading()
    False
    """
    return _reading.get()


@contextmanager
def _as_source() -> Iterator[None]:
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)
