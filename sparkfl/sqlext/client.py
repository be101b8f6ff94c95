"""The statements and functions in any session: with the extension, without, by Spark Connect."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from pyspark.errors import AnalysisException
from pyspark.sql.types import StructType

from sparkfl.columns import class_name
from sparkfl.errors import CapabilityError, ParameterError
from sparkfl.execution.extension import has_extension
from sparkfl.remote import is_connect
from sparkfl.serving.named_views import known_view
from sparkfl.sqlext.calls.expressions import has_expressions, with_functions
from sparkfl.sqlext.calls.mistakes import check_calls
from sparkfl.sqlext.calls.named_views import missing_name
from sparkfl.sqlext.calls.reading import calls
from sparkfl.sqlext.calls.relations import planned
from sparkfl.sqlext.calls.spelling import respelled
from sparkfl.sqlext.dialect import dialect, substituted
from sparkfl.sqlext.exceptions import as_spark_errors, failed_jobs
from sparkfl.sqlext.grammar import Token
from sparkfl.sqlext.heads import statement_name
from sparkfl.sqlext.lexer import lex, unclosed_comment
from sparkfl.sqlext.parameters import Args, with_values
from sparkfl.sqlext.statements import parse
from sparkfl.tables.attempt import attempt

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["sql"]

_MODES = ("EXTENDED", "CODEGEN", "COST", "FORMATTED")


def sql(spark: SparkSession, text: str, args: Args = None) -> DataFrame:
    """Run a statement of sparkfl's, or any other of Spark's.

    In a session with sparkfl's extension the statement goes to ``spark.sql`` as it is. In any other
    this process reads and runs it: ``CREATE MODEL`` and its relatives at once, as commands are; a
    table function in a query is planned here, over the query that it is given, and put in its
    place, and Spark runs it when the rows are asked for; so is a feature view that a query names as
    it does a table, where Spark has none of that name. What is not sparkfl's goes to Spark.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        A session, classic or of Spark Connect.
    text : str
        One statement.
    args : dict or list, optional
        Values of its parameters, ``:name`` or ``?``.

    Returns
    -------
    pyspark.sql.DataFrame
        The result, a plan if it is a query.

    Raises
    ------
    ParameterError
        If `spark` is no session, or `text` no text.
    pyspark.errors.ParseException
        If it cannot be read.
    pyspark.errors.AnalysisException
        If it cannot be run; conditions of sparkfl's own begin with ``SPARKFL_``.

    Examples
    --------
    >>> import sparkfl
    >>> sparkfl.sql(spark, "SELECT :n + 1 AS n", {"n": 1}).collect()
    [Row(n=2)]
    >>> sparkfl.sql(spark, "SHOW MODELS LIKE 'no_such_*'").count()
    0
    """
    for what, given, right in (
        ("spark", spark, hasattr(spark, "catalog")),
        ("text", text, isinstance(text, str)),
    ):
        if not right:
            raise ParameterError(
                f"{what} of sparkfl.sql is a {class_name(given)}; write sparkfl.sql(spark, "
                "'SHOW MODELS'), the session first and then a statement."
            )
    if has_extension(spark):
        if args and is_connect(spark):
            # Behind the parsers of extensions a server has lost them.
            with as_spark_errors(text):
                text, args = with_values(text, args), None
        return spark.sql(text, args=args)  # type: ignore[arg-type]
    with as_spark_errors(text), dialect(spark):
        filled = substituted(spark, text)
        if statement_name(_own(lex(filled))):
            return _statement(spark, with_values(filled, args))
        spelled = respelled(filled)
        tokens = lex(spelled)
        check_calls(tokens, spark.catalog.functionExists)
        if has_expressions(spark, tokens):
            return _with_expressions(spark, with_values(spelled, args))
        if next(calls(tokens), None) is None:
            try:
                with attempt():
                    return spark.sql(text if spelled == filled else spelled, args=args)  # type: ignore[arg-type]
            except AnalysisException as error:
                name = missing_name(spelled, error)
                if name is None or known_view(spark, name) is None:
                    raise
        return _query(spark, with_values(spelled, args))


def _own(tokens: list[Token]) -> list[Token]:
    """Leave ``EXPLAIN [mode]`` out."""
    if not tokens or tokens[0].word != "EXPLAIN":
        return tokens
    return tokens[2 if tokens[1:] and tokens[1].word in _MODES else 1 :]


def _statement(spark: SparkSession, text: str) -> DataFrame:
    """Run a statement, or only read it if words before it ask to explain it."""
    tokens = lex(text)
    _require_closed_comments(spark, text)
    statement = parse(text, _own(tokens))
    if tokens[0].word == "EXPLAIN":
        name = type(statement).__name__
        plan = f"== Physical Plan ==\nExecute {name}\n   +- {name}\n\n"
        return spark.createDataFrame([(plan,)], "plan string")
    with failed_jobs():
        rows = statement.run(spark)
    return spark.createDataFrame(rows, statement.schema)


def _require_closed_comments(spark: SparkSession, text: str) -> None:
    """Have Spark refuse a comment without end, where it is."""
    start = unclosed_comment(text)
    if start is not None:
        before = re.sub(r"[^\n]", " ", text[:start])
        spark.sql(f"SELECT 1{before[8:]} {text[start:]}")


def _with_expressions(spark: SparkSession, text: str) -> DataFrame:
    """Run what Spark runs, with functions of the session in the place of `ml_predict`."""
    written = with_functions(spark, text, partial(_query, spark))
    return written.named(_query(spark, written.text))


def _query(spark: SparkSession, text: str) -> DataFrame:
    """Run what Spark runs, with a frame in the place of each call."""
    view = _view(lex(text))
    if view is None:
        return planned(spark, text)
    name, replace, query = view
    df = planned(spark, text[query:])
    (df.createOrReplaceTempView if replace else df.createTempView)(name)
    return spark.createDataFrame([], StructType([]))


def _view(tokens: list[Token]) -> tuple[str, bool, int] | None:
    """Read ``CREATE [OR REPLACE] [TEMP] VIEW name AS``; None of any other statement.

    A view is kept by its text, in which frames have no place.

    Raises
    ------
    CapabilityError
        If the view is for other sessions, too, which cannot read it.
    """
    words = [token.word for token in tokens]
    if words[:1] != ["CREATE"] or "VIEW" not in words[:6]:
        return None
    at = words.index("VIEW")
    replace = words[1:3] == ["OR", "REPLACE"]
    own = words[3 if replace else 1 : at] in (["TEMP"], ["TEMPORARY"])
    if not own or words[at + 2 : at + 3] != ["AS"]:
        raise CapabilityError(
            "Without sparkfl's extension a function of a model, or a feature view, stands in "
            "CREATE [OR REPLACE] TEMP VIEW name AS …, of this session. For others write CREATE "
            "TABLE … AS, or start Spark with the extension."
        )
    return tokens[at + 1].name, replace, tokens[at + 3].start
