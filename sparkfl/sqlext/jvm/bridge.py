"""What the JVM calls: the Python behind model statements and functions."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from py4j.protocol import Py4JJavaError
from pyspark import SparkContext
from pyspark.errors.exceptions.captured import CapturedException
from pyspark.java_gateway import ensure_callback_server_started
from pyspark.sql import SparkSession
from pyspark.sql.classic.dataframe import DataFrame

from sparkfl.errors import SparkflError, SqlSyntaxError
from sparkfl.models import shared_files
from sparkfl.sqlext.exceptions import failed_job
from sparkfl.sqlext.jvm.driver import serve_driver
from sparkfl.sqlext.jvm.shared_directory import HadoopDirectory

if TYPE_CHECKING:
    from py4j.java_gateway import JavaObject

__all__ = ["PythonBridge", "Service", "register"]

_logger = logging.getLogger(__name__)


class Service(Protocol):
    """What the JVM asks of Python; threads share it."""

    def parse(self, sql: str, tokens: str) -> tuple[str, str | None]:
        """Return a statement's result schema as JSON, and its query."""

    def execute(self, spark: SparkSession, sql: str, tokens: str) -> list[object]:
        """Run a statement; return its rows as Spark's internal ones."""

    def transform(
        self,
        spark: SparkSession,
        function: str,
        model: str | None,
        version: int | str | None,
        options: str | None,
        query: DataFrame | None,
    ) -> Any:
        """Return the plan of a table function, over a frame without rows if it takes a query."""

    def relation(self, spark: SparkSession, name: str) -> Any:
        """Return the features of a view that is named as a table is; None if there is none."""


class PythonBridge:
    """The Scala trait ``PythonBridge``; keeps nothing between calls, so threads may share it.

    No method raises: an exception would reach the user as a Python trace inside a Java trace.
    Each answers in `reply`, and Scala throws.

    Parameters
    ----------
    service : Service
        What answers.
    """

    def __init__(self, service: Service) -> None:
        self._service = service

    class Java:
        """The interface as Py4J wants it named."""

        implements = ["org.apache.spark.sql.sparkfl.PythonBridge"]

    def parse(self, sql: str, tokens: str, reply: JavaObject) -> None:
        """Answer the schema of a statement's result, and its query."""
        with _answering(reply, sql):
            reply.statement(*self._service.parse(sql, tokens))

    def execute(self, session: JavaObject, sql: str, tokens: str, reply: JavaObject) -> None:
        """Run a statement and answer its rows."""
        with _answering(reply, sql):
            rows = self._service.execute(_session(session), sql, tokens)
            reply.rows(pickle.dumps(rows))

    def transform(
        self,
        session: JavaObject,
        function: str,
        model: str | None,
        version: int | str | None,
        options: str | None,
        frame: JavaObject | None,
        reply: JavaObject,
    ) -> None:
        """Answer the frame that a table function gives, over a frame without rows if any."""
        with _answering(reply, ""):
            spark = _session(session)
            query = None if frame is None else DataFrame(frame, spark)
            result = self._service.transform(spark, function, model, version, options, query)
            reply.frame(result._jdf)

    def relation(self, session: JavaObject, name: str, reply: JavaObject) -> None:
        """Answer the frame of a feature view, or that there is none of that name."""
        with _answering(reply, ""):
            result = self._service.relation(_session(session), name)
            reply.frame(None if result is None else result._jdf)


def register(context: SparkContext, service: Service) -> None:
    """Make this process the one that serves the model statements of its JVM.

    Parameters
    ----------
    context : SparkContext
        A running context whose JVM has the extension's jar.
    service : Service
        What answers the JVM.

    Raises
    ------
    SparkflError
        When the JVM lacks the extension's jar.
    """
    from py4j.java_gateway import JavaClass

    side = context._jvm.org.apache.spark.sql.sparkfl.PythonSide  # type: ignore[union-attr]
    if not isinstance(side, JavaClass):
        raise SparkflError(
            "This Spark's JVM started without sparkfl's jar: call configure_spark in a new Python "
            "process, start Spark with the words that `sparkfl spark-options` prints, or add "
            "that jar to the cluster's libraries."
        )
    if not side.isRegistered():
        ensure_callback_server_started(context._gateway)  # type: ignore[no-untyped-call]
        side.register(PythonBridge(service))
    shared_files.serve(lambda uri: HadoopDirectory(context, uri))
    serve_driver()


def _session(session: JavaObject) -> SparkSession:
    """Wrap the caller's session, leaving Python's default session as it is."""
    default = SparkSession._instantiatedSession
    if default is not None and default._jsparkSession.equals(session):
        return default
    return SparkSession(SparkContext._active_spark_context, session)  # type: ignore[arg-type]


@contextmanager
def _answering(reply: JavaObject, sql: str) -> Iterator[None]:
    """Answer an exception as an error that Scala throws."""
    try:
        yield
    except SqlSyntaxError as error:
        reply.syntaxError(_condition(error), str(error), sql, error.line, error.position)
    except SparkflError as error:
        reply.failed(_condition(error), str(error))
    except CapturedException as error:
        if error._origin is None:
            # Spark 4.0 keeps no more of what its workers raised than the text.
            _logger.error("A model statement failed", exc_info=error)
            reply.failed("SPARKFL_EXECUTION_FAILED", failed_job(error))
        else:
            reply.failed(error._origin)
    except Py4JJavaError as error:
        reply.failed(error.java_exception)
    except Exception as error:
        _logger.exception("A model statement failed")
        summary = next(iter(str(error).splitlines()), "no message")
        reply.failed(
            "SPARKFL_INTERNAL_ERROR",
            f"{type(error).__name__}: {summary}. Python's log has the details.",
        )


def _condition(error: SparkflError) -> str:
    """Return the error condition's name in SQL."""
    return f"SPARKFL_{error.condition}"
