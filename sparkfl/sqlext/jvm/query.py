"""The one way from a text to a query: parsed, refused if it is anything else, and not run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import SparkSession

if TYPE_CHECKING:
    from py4j.java_gateway import JavaObject
    from pyspark.sql import DataFrame

__all__ = ["query", "require_distinct_columns", "tables"]


def query(spark: SparkSession, text: str) -> DataFrame:
    """Return a query as a frame.

    ``spark.sql(text)`` executes a text that is no query, ``DROP TABLE t`` for one. Here nothing
    runs: neither a command nor the query itself.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        A session, with or without the extension, or of Spark Connect.
    text : str
        ``SELECT``, ``WITH … SELECT``, ``VALUES``, ``TABLE t``, ``FROM t SELECT``, ``|>``.

    Raises
    ------
    pyspark.errors.ParseException
        If the text is something else, or no SQL at all.

    Examples
    --------
    >>> query(spark, "VALUES (1), (2)").count()
    2
    >>> query(spark, "DROP TABLE customers")
    Traceback (most recent call last):
    ...
    pyspark.errors.exceptions.captured.ParseException:
    [SPARKFL_SYNTAX_ERROR] DROP TABLE customers stands where a query belongs. ...
    """
    parser = _parser(spark)
    if parser is None:
        # In parentheses Spark's grammar takes a query only.
        return spark.sql(f"SELECT * FROM (\n{text.rstrip().rstrip(';')}\n)")
    from pyspark.sql.classic.dataframe import DataFrame

    return DataFrame(parser.frame(spark._jsparkSession, text), spark)


def tables(spark: SparkSession, text: str) -> list[str]:
    """Return the tables that a query reads, also by way of views; none without a JVM.

    Examples
    --------
    >>> tables(spark, "SELECT 1")
    []
    """
    parser = _parser(spark)
    return [] if parser is None else sorted(set(parser.tables(spark._jsparkSession, text)))


def require_distinct_columns(df: DataFrame) -> None:
    """Refuse a frame with two columns of one name, as Spark refuses such a table.

    Raises
    ------
    pyspark.errors.AnalysisException
        With the condition ``COLUMN_ALREADY_EXISTS``.

    Examples
    --------
    >>> require_distinct_columns(spark.sql("SELECT 1 AS a, 2 AS b"))
    """
    parser = _parser(df.sparkSession)
    assert parser is not None
    parser.requireDistinctColumns(df._jdf)


def _parser(spark: SparkSession) -> JavaObject | None:
    """Return the extension's way to parse a query, if this process has a JVM with its jar."""
    jvm = getattr(spark, "_jvm", None)
    if jvm is None:
        return None
    from py4j.java_gateway import JavaClass

    # The whole name at once: py4j looks for a class of each part of a dotted path, in every jar.
    found = getattr(jvm, "org.apache.spark.sql.sparkfl.ModelQuery")
    return found if isinstance(found, JavaClass) else None
