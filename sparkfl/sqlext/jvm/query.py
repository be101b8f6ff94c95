"""Queries as the session's own parser reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import SparkSession

if TYPE_CHECKING:
    from py4j.java_gateway import JavaObject
    from pyspark.sql import DataFrame

__all__ = ["query", "tables"]


def query(spark: SparkSession, text: str) -> DataFrame | None:
    """Return a query as a frame, None if this process has no JVM with the extension's jar.

    Raises
    ------
    pyspark.errors.ParseException
        If the text is no query.
    """
    parser = _parser(spark)
    if parser is None:
        return None
    from pyspark.sql.classic.dataframe import DataFrame

    return DataFrame(parser.frame(spark._jsparkSession, text), spark)


def tables(spark: SparkSession, text: str) -> list[str] | None:
    """Return the tables that a query reads, also by way of views; None without the extension."""
    parser = _parser(spark)
    return None if parser is None else sorted(set(parser.tables(spark._jsparkSession, text)))


def _parser(spark: SparkSession) -> JavaObject | None:
    """Return the extension's way to parse a query, if this process has a JVM with its jar."""
    jvm = getattr(spark, "_jvm", None)
    if jvm is None:
        return None
    from py4j.java_gateway import JavaClass

    # The whole name at once: py4j looks for a class of each part of a dotted path, in every jar.
    found = getattr(jvm, "org.apache.spark.sql.sparkfl.ModelQuery")
    return found if isinstance(found, JavaClass) else None
