"""Errors of sparkfl's as Spark raises them: the same text through every door."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.errors import AnalysisException, ParseException, PySparkException, PythonException

from sparkfl.errors import SparkflError, SqlSyntaxError
from sparkfl.sources.secrets import hidden

__all__ = ["as_spark_errors", "failed_job", "failed_jobs"]


class _Sparkfl:
    """An error of a condition that Spark's own list has not."""

    _state = "42000"

    def getSqlState(self) -> str:
        """Return the SQLSTATE."""
        return self._state


class SparkflAnalysisException(_Sparkfl, AnalysisException):
    """A statement or call that cannot be run, as the SQL extension raises it."""


class SparkflParseException(_Sparkfl, ParseException):
    """A statement that cannot be read, with where, as the SQL extension raises it."""

    _state = "42601"


@contextmanager
def as_spark_errors(text: str) -> Iterator[None]:
    """Raise errors of sparkfl's as Spark's exceptions, with a pointer into the statement."""
    try:
        yield
    except SqlSyntaxError as error:
        raise SparkflParseException(_pointed(error, text), f"SPARKFL_{error.condition}") from None
    except SparkflError as error:
        message = f"{error} SQLSTATE: 42000"
        raise SparkflAnalysisException(message, f"SPARKFL_{error.condition}") from error


@contextmanager
def failed_jobs() -> Iterator[None]:
    """Raise the failure of a job that a statement runs as one line, without traces."""
    try:
        yield
    except (AnalysisException, ParseException):
        raise
    except PySparkException as error:
        raise SparkflAnalysisException(
            f"{failed_job(error)} SQLSTATE: 42000", "SPARKFL_EXECUTION_FAILED"
        ) from error


def failed_job(error: PySparkException) -> str:
    r"""Tell the failure of a job in one line.

    Examples
    --------
    >>> failed_job(PythonException("Traceback:\n  File 'f.py'\nValueError: no 7 here"))
    'A job of the statement failed: ValueError: no 7 here. The log has the details.'
    """
    lines = [line for line in str(error).splitlines() if line.strip()]
    # A trace of Python's ends with what happened, and is indented.
    told = [line for line in lines if not line.startswith((" ", "\t"))]
    is_python = isinstance(error, PythonException)
    summary = (told[-1] if is_python else lines[0]).strip().removesuffix(".")
    return f"A job of the statement failed: {summary}. The log has the details."


def _pointed(error: SqlSyntaxError, text: str) -> str:
    """Return the message with the statement, and a pointer below the place."""
    lines = hidden(text).split("\n")
    place = min(error.line, len(lines))
    shown = [*lines[:place], "-" * error.position + "^^^", *lines[place:]]
    where = f"(line {error.line}, pos {error.position})"
    return f"{error} SQLSTATE: 42601 {where}\n\n== SQL ==\n" + "\n".join(shown)
