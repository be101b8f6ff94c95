"""What a session makes of a text before it reads it: its variables, and its names' quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.errors import IllegalArgumentException
from pyspark.sql import SparkSession

from sparkfl.sqlext.lexer import names_in_double_quotes
from sparkfl.sqlext.literals import literal_sql

__all__ = ["dialect", "substituted"]

_REFERENCE = re.compile(r"\$\{(?:(\w+?):)?(\S+?)\}", re.A)
_SETTINGS = (None, "spark", "sparkconf", "hivevar", "hiveconf")
_JAVA = {"env": "getenv", "system": "getProperty"}


@contextmanager
def dialect(spark: SparkSession) -> Iterator[None]:
    """Read texts as a session does, while the block lasts.

    Names stand in double quotes where ``spark.sql.ansi.doubleQuotedIdentifiers`` says so.
    """
    wanted = _is_on(spark, "spark.sql.ansi.doubleQuotedIdentifiers", "false")
    with names_in_double_quotes(wanted and _is_on(spark, "spark.sql.ansi.enabled", "true")):
        yield


def substituted(spark: SparkSession, text: str) -> str:
    """Return a text with values in place of ``${name}``, as ``spark.sql.variable.substitute`` says.

    A name is that of a setting, ``SET name = value``, also with ``spark:``, ``hivevar:`` or
    ``hiveconf:`` before it; ``env:`` and ``system:`` name what the driver's process has.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        A session without the extension, which does so itself.
    text : str
        A statement.

    Raises
    ------
    pyspark.errors.IllegalArgumentException
        If a value refers to itself.

    Examples
    --------
    >>> spark.conf.set("my.limit", "30")
    >>> substituted(spark, "SHOW MODELS LIKE '${my.limit}'")
    "SHOW MODELS LIKE '30'"
    >>> spark.conf.unset("my.limit")
    """
    if "${" not in text or not _is_on(spark, "spark.sql.variable.substitute", "true"):
        return text
    return _filled(spark, text, frozenset())


def _filled(spark: SparkSession, text: str, within: frozenset[str]) -> str:
    def value(match: re.Match[str]) -> str:
        kind, name = match.groups()
        reference = name if kind is None else f"{kind}:{name}"
        if reference in within:
            raise IllegalArgumentException(
                f"requirement failed: Circular reference in {text}: {reference}"
            )
        found = _value(spark, kind, name)
        return match[0] if found is None else _filled(spark, found, within | {reference})

    return _REFERENCE.sub(value, text)


def _value(spark: SparkSession, kind: str | None, name: str) -> str | None:
    """Return what a name stands for; None if it stands for itself."""
    if kind in _SETTINGS:
        return str(spark.conf.get(name, ""))
    if kind not in _JAVA:
        return None
    call = f"java_method('java.lang.System', '{_JAVA[kind]}', {literal_sql(name)})"
    row = spark.sql(f"SELECT {call} AS value").first()
    # What is not there is the text that Java makes of null.
    return None if row is None or row.value in (None, "null") else str(row.value)


def _is_on(spark: SparkSession, setting: str, otherwise: str) -> bool:
    return str(spark.conf.get(setting, otherwise)).lower() == "true"
