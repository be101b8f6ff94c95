"""Queries with table functions, as frames: each call is planned and put in its place as a view."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession

from sparkfl.serving.named_views import named_view
from sparkfl.sqlext.calls.definitions import definitions
from sparkfl.sqlext.calls.expressions import has_expressions, with_functions
from sparkfl.sqlext.calls.named_views import missing_name, places
from sparkfl.sqlext.calls.places import Asked, name_place
from sparkfl.sqlext.calls.reading import Call, calls
from sparkfl.sqlext.calls.spelling import respelled
from sparkfl.sqlext.calls.values import bound
from sparkfl.sqlext.functions import answer
from sparkfl.sqlext.grammar import Token
from sparkfl.sqlext.lexer import lex
from sparkfl.tables.attempt import attempt

__all__ = ["as_query", "frame", "planned"]


def frame(spark: SparkSession, text: str) -> DataFrame:
    """Return a query with calls in any spelling as a frame; nothing runs but Spark's analysis.

    Raises
    ------
    SparkflError
        If a function cannot be asked so.
    """
    spelled = respelled(text)
    if not has_expressions(spark, lex(spelled)):
        return planned(spark, spelled)
    written = with_functions(spark, spelled, partial(planned, spark))
    return written.named(planned(spark, written.text))


def planned(spark: SparkSession, text: str) -> DataFrame:
    """Run a statement with a frame in the place of each call of a table function.

    Where Spark does not know a table, a feature view of that name takes its place, too.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        A session, classic or of Spark Connect.
    text : str
        A statement whose calls are spelled as those of this package.

    Raises
    ------
    SparkflError
        If a function cannot be asked so.
    """
    tokens = lex(text)
    put: list[_Put] = []
    for call in calls(tokens):
        if not call.function.arguments and spark.catalog.tableExists(tokens[call.at].name):
            continue
        put.append(_Put(call.start, call.stop, _answered(spark, text, tokens, call)))
    views: dict[str, DataFrame] = {}
    while True:
        try:
            with attempt():
                return _with_frames(spark, text, [*put, *_of_views(text, views, put)])
        except AnalysisException as error:
            name = missing_name(text, error)
            view = named_view(spark, name) if name else None
            if name is None or view is None or name.lower() in views:
                raise
            views[name.lower()] = view


@dataclass(frozen=True, eq=False)
class _Put:
    """A frame, and where it takes the place of what is in a statement."""

    start: int
    stop: int
    frame: DataFrame
    alias: str = ""


def _of_views(text: str, views: Mapping[str, DataFrame], others: Sequence[_Put]) -> Iterator[_Put]:
    """Put feature views in their places, but for those inside of what has been put already."""
    for name, (start, stop), alias in places(text) if views else ():
        if name in views and not any(own.start <= start < own.stop for own in others):
            yield _Put(start, stop, views[name], alias)


def _with_frames(spark: SparkSession, text: str, put: Sequence[_Put]) -> DataFrame:
    """Run a statement with frames in it."""
    if not put:
        return spark.sql(text)
    frames: dict[str, Any] = {}
    parts, end = list[str](), 0
    for each in sorted(put, key=lambda own: own.start):
        name = f"sparkfl_{len(frames)}"
        frames[name] = each.frame
        parts += [_literally(text[end : each.start]), f"{{{name}}}{_literally(each.alias)}"]
        end = each.stop
    return spark.sql("".join([*parts, _literally(text[end:])]), args=None, **frames)


def _literally(text: str) -> str:
    """Double braces: Spark puts frames in as `str.format` does."""
    return text.replace("{", "{{").replace("}", "}}")


def as_query(text: str, definitions: str = "") -> str:
    """Return a text in parentheses, where Spark's grammar takes a query only."""
    return f"{definitions}SELECT * FROM (\n{text.rstrip().rstrip(';')}\n)"


def _answered(spark: SparkSession, text: str, tokens: Sequence[Token], call: Call) -> DataFrame:
    """Return what a call gives."""
    given, options = bound(spark, text, call)
    query = given.get("query")
    df = None
    if isinstance(query, Asked):
        around = definitions(text, tokens, call.at, query.text)
        df = planned(spark, as_query(query.text, around))
    name = call.function.name
    named = name_place(call.function)
    asked = given[named] if named else None
    return answer(spark, name, asked, given.get("version"), options, df, _read)


def _read(spark: SparkSession, text: str) -> DataFrame:
    return frame(spark, as_query(text))
