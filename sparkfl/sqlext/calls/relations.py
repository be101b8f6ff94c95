"""Queries with table functions, as frames: each call is planned and put in its place as a view."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from sparkfl.sqlext.calls.expressions import has_expressions, with_functions
from sparkfl.sqlext.calls.places import Asked, name_place
from sparkfl.sqlext.calls.reading import Call, calls
from sparkfl.sqlext.calls.spelling import respelled
from sparkfl.sqlext.calls.values import bound
from sparkfl.sqlext.functions import answer
from sparkfl.sqlext.grammar import Token
from sparkfl.sqlext.lexer import lex
from sparkfl.sqlext.parts import closing, opening

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
    frames: dict[str, Any] = {}
    parts, end = list[str](), 0
    for call in calls(tokens):
        if not call.function.arguments and spark.catalog.tableExists(tokens[call.at].name):
            continue
        name = f"sparkfl_{len(frames)}"
        frames[name] = _answered(spark, text, tokens, call)
        parts += [_literally(text[end : call.start]), f"{{{name}}}"]
        end = call.stop
    if not frames:
        return spark.sql(text)
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
        around = _definitions(text, tokens, call.at, query.text)
        df = planned(spark, as_query(query.text, around))
    name = call.function.name
    named = name_place(call.function)
    asked = given[named] if named else None
    return answer(spark, name, asked, given.get("version"), options, df, _read)


def _read(spark: SparkSession, text: str) -> DataFrame:
    return frame(spark, as_query(text))


def _definitions(text: str, tokens: Sequence[Token], at: int, query: str) -> str:
    """Return the WITH clauses around a place as one, if a query names what they define."""
    found: dict[str, str] = {}
    recursive = False
    level = at
    while level >= 0:
        begins = opening(tokens, level)
        own, recurs = _defined(text, tokens, begins + 1, at)
        # What is nearer hides what is farther away.
        found |= {name: text for name, text in own.items() if name not in found}
        recursive |= recurs
        level = begins
    names = {token.name.lower() for token in lex(query) if token.is_name}
    if not names & set(found):
        return ""
    return f"WITH {'RECURSIVE ' if recursive else ''}{', '.join(reversed(found.values()))} "


def _defined(
    text: str, tokens: Sequence[Token], first: int, at: int
) -> tuple[dict[str, str], bool]:
    """Return what a WITH between two places, in no parentheses, defines before the second."""
    place, found, recursive = first, dict[str, str](), False
    while place < at:
        if tokens[place].text == "(":
            place = closing(tokens, place + 1)
            if place < 0:
                break
        elif tokens[place].word == "WITH":
            recursive = tokens[place + 1].word == "RECURSIVE"
            found, place = _definitions_from(text, tokens, place + 1 + recursive, at)
        place += 1
    return found, recursive


def _definitions_from(
    text: str, tokens: Sequence[Token], place: int, at: int
) -> tuple[dict[str, str], int]:
    """Read ``name [(columns)] AS (query), …``, the later ones first; those that hold `at` not."""
    found: dict[str, str] = {}
    while place + 2 < len(tokens) and tokens[place].is_name:
        opens = place + 1
        while opens < len(tokens) and tokens[opens].word != "AS":
            opens = closing(tokens, opens + 1) + 1 if tokens[opens].text == "(" else opens + 1
        closes = closing(tokens, opens + 2)
        if closes < 0 or tokens[opens + 1].text != "(" or closes >= at:
            break
        definition = text[tokens[place].start : tokens[closes].stop]
        found = {tokens[place].name.lower(): definition, **found}
        place = closes + 1
        if tokens[place].text != ",":
            break
        place += 1
    return found, place
