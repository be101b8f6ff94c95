"""What every job shares: its session, its steps, its exit code."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from time import perf_counter

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from sparkfl.errors import QuorumError, SparkflError
from sparkfl.session import configure_spark

__all__ = ["DEMO", "ExitCode", "Step", "add_model", "demo_table", "parser", "run", "step"]

logger = logging.getLogger(__name__)

DEMO = "demo-output"


class ExitCode(IntEnum):
    """What a job tells its scheduler.

    Examples
    --------
    >>> ExitCode.QUORUM.value
    4
    """

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    BAD_INPUT = 3
    QUORUM = 4


EXIT_CODES = """\
exit codes:
  0  done
  1  unexpected error (with a trace): look at it, then retry
  2  wrong arguments
  3  bad input, unknown model, or nothing that could be trained: do not retry
  4  fewer stores than --min-stores could be trained: nothing was registered
"""


def parser(description: str) -> argparse.ArgumentParser:
    """Make an argument parser with what all jobs share.

    Parameters
    ----------
    description : str
        The job in one or two sentences.

    Examples
    --------
    >>> parser("Train.").parse_args(["--no-delta"]).format
    'parquet'
    """
    arguments = argparse.ArgumentParser(
        description=description,
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    arguments.add_argument(
        "--no-delta",
        dest="format",
        action="store_const",
        const="parquet",
        default="delta",
        help="write Parquet instead of Delta, and start Spark without Delta's jar",
    )
    return arguments


def add_model(arguments: argparse.ArgumentParser, trained: bool = True) -> None:
    """Add the arguments that name a model and its registry.

    Parameters
    ----------
    arguments : argparse.ArgumentParser
        Gets ``--name`` and ``--tracking-uri``.
    trained : bool, default True
        Whether the job takes a version that is there, by ``--version``.

    Examples
    --------
    >>> arguments = parser("Score.")
    >>> add_model(arguments)
    >>> arguments.parse_args([]).name
    'customer_anomalies'
    """
    arguments.add_argument(
        "--name", default="customer_anomalies", help="model in the registry (default: %(default)s)"
    )
    arguments.add_argument(
        "--tracking-uri",
        default=os.environ.get("MLFLOW_TRACKING_URI", f"sqlite:///{DEMO}/mlflow.db"),
        help="MLflow server or database (default: $MLFLOW_TRACKING_URI, else %(default)s)",
    )
    if trained:
        arguments.add_argument("--version", help="number or @alias (default: the latest)")


def demo_table(name: str, format: str) -> str:
    """Return where the demo keeps a table: a path in the working directory.

    Parameters
    ----------
    name : str
        Table.
    format : str
        Its format; tables of different formats do not share a folder.

    Examples
    --------
    >>> demo_table("features", "delta")
    'demo-output/delta/features'
    """
    return f"{DEMO}/{format}/{name}"


def run(job: Callable[[SparkSession, argparse.Namespace], None], args: argparse.Namespace) -> int:
    """Run a job on the active session or a new one, and say how it ended.

    Expected errors (:class:`sparkfl.errors.SparkflError`, Spark's AnalysisException) become one
    line on stderr and an exit code; any other error propagates.

    Parameters
    ----------
    job : callable
        Takes the session and the arguments.
    args : argparse.Namespace
        Parsed by a parser made with :func:`parser`.

    Returns
    -------
    int
        An :class:`ExitCode`.

    Examples
    --------
    >>> run(lambda spark, args: None, parser("Nothing.").parse_args([]))
    0
    """
    _log_to_stderr()
    try:
        with _session(delta=args.format == "delta") as spark:
            job(spark, args)
    except (SparkflError, AnalysisException) as error:
        message = str(error).strip().splitlines()[0]
        print(f"error: {message}", file=sys.stderr)  # noqa: T201
        return (ExitCode.QUORUM if isinstance(error, QuorumError) else ExitCode.BAD_INPUT).value
    return ExitCode.OK.value


class Step:
    """A step under way; `detail` is what its line says besides name and seconds.

    Examples
    --------
    >>> Step("features").detail
    ''
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.detail = ""


@contextmanager
def step(name: str) -> Iterator[Step]:
    """Log one line when the step is done: name, detail, seconds.

    Parameters
    ----------
    name : str
        The step in a word or two.

    Examples
    --------
    >>> with step("features") as features:
    ...     features.detail = "4,346 customers"
    """
    started = perf_counter()
    current = Step(name)
    yield current
    colon = ": " if current.detail else ""
    logger.info("%s%s%s (%.1f s)", name, colon, current.detail, perf_counter() - started)


@contextmanager
def _session(delta: bool) -> Iterator[SparkSession]:
    """Yield the active session, or one of our own that ends with the job."""
    active = SparkSession.getActiveSession()
    if active is not None:
        yield active
        return
    spark = configure_spark(SparkSession.builder.appName("sparkfl"), delta=delta).getOrCreate()
    try:
        yield spark
    finally:
        spark.stop()


def _log_to_stderr() -> None:
    """Show sparkfl's steps and everybody's warnings."""
    logging.basicConfig(format="%(asctime)s  %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("sparkfl").setLevel(logging.INFO)
