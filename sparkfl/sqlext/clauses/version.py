"""The version of a model, where a statement may name one."""

from __future__ import annotations

from pyspark.sql import SparkSession

from sparkfl.errors import ParameterError
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.values import SessionVariable, bound, of_path, value_sql, variable

__all__ = ["Version", "bound_version", "version", "version_sql"]

Version = int | str | SessionVariable | None
"""A version's number, an alias, a variable that holds either, or None for the latest."""


def version(cursor: Cursor) -> Version:
    """Read an optional version: a number, an alias such as champion, or a session variable."""
    if cursor.peek() is None:
        return None
    if cursor.at_literal():
        value = cursor.literal("a version")
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise cursor.error("a version is a whole number or an alias")
        return value
    if (found := variable(cursor)) is not None:
        return found
    path = cursor.path("a version number or an alias")
    if len(path) > 1 and of_path(path) is None:
        raise cursor.error(f"a version number or an alias was expected; {'.'.join(path)} has dots")
    return of_path(path) or path[0]


def version_sql(given: Version) -> str:
    """Return the text of a version, led by a blank if there is one."""
    return "" if given is None else f" {value_sql(given)}"


def bound_version(given: Version, spark: SparkSession) -> int | str | None:
    """Return a version with the value of the session's variable.

    Raises
    ------
    ParameterError
        If the variable holds neither a number nor an alias.
    """
    value = bound(given, spark)
    if value is None or (isinstance(value, int | str) and not isinstance(value, bool)):
        return value
    raise ParameterError(f"A version is a whole number or an alias, not {value_sql(value)}.")
