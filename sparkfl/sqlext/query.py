"""The one way from a text to a query: refused if it is anything else, and not run."""

from __future__ import annotations

from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import DataFrame, SparkSession

from sparkfl.columns import case_sensitive
from sparkfl.sqlext.calls.mistakes import misplaced
from sparkfl.sqlext.calls.reading import calls
from sparkfl.sqlext.calls.relations import as_query, frame
from sparkfl.sqlext.calls.tables import tables as named_tables
from sparkfl.sqlext.dialect import dialect
from sparkfl.sqlext.jvm import query as jvm
from sparkfl.sqlext.lexer import lex

__all__ = ["query", "require_distinct_columns", "tables"]

_FIRST = ("SELECT", "WITH", "VALUES", "FROM", "TABLE", "MAP", "REDUCE", "(")


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
        If the text is something else, or no SQL at all; without the extension a `SqlSyntaxError`.

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
    found = jvm.query(spark, text)
    if found is not None:
        return found
    with dialect(spark):
        tokens = lex(text)
        if tokens and tokens[0].word not in _FIRST:
            raise misplaced(tokens)
        try:
            return frame(spark, as_query(text))
        except ParseException:
            # Not of the parentheses around it, but of itself.
            if next(calls(tokens), None) is None:
                spark.sql(f"EXPLAIN {text}")
            raise


def tables(spark: SparkSession, text: str) -> list[str]:
    """Return the tables that a query reads, also by way of views.

    Examples
    --------
    >>> tables(spark, "SELECT 1")
    []
    """
    found = jvm.tables(spark, text)
    if found is not None:
        return found
    with dialect(spark):
        return named_tables(spark, text)


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
    names = df.columns if case_sensitive(df) else [name.lower() for name in df.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise AnalysisException(
            f"The column `{twice[0]}` already exists. Choose another name or rename the existing "
            "column. SQLSTATE: 42711",
            "COLUMN_ALREADY_EXISTS",
        )
