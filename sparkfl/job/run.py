"""Run a job, and say how it ended."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from sparkfl.errors import QuorumError, SparkflError
from sparkfl.job.exit_code import ExitCode
from sparkfl.job.session import log_to_stderr, session
from sparkfl.tables.cause import advice

__all__ = ["Run", "run", "run_alone"]

_UNREADABLE = re.compile(r"\[FAILED_READ_FILE[.\w]*\] ([^\n]*?)\.?\s*(?:SQLSTATE|\n|\Z)")


@dataclass
class Run:
    """A job under way.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Its session.
    args : argparse.Namespace
        Its arguments.
    written : list of str
        What it has written so far, and what stands if it fails now.
    """

    spark: SparkSession
    args: argparse.Namespace
    written: list[str] = field(default_factory=list)


def run(job: Callable[[Run], None], args: argparse.Namespace) -> int:
    """Run a job on the active session or a new one, and say how it ended.

    Expected errors (:class:`sparkfl.errors.SparkflError`, Spark's AnalysisException, files that
    turn out to be broken) become one line on stderr and an exit code; any other error propagates.

    Parameters
    ----------
    job : callable
        Takes a :class:`Run`.
    args : argparse.Namespace
        Parsed by a :class:`sparkfl.job.arguments.JobParser`.

    Returns
    -------
    int
        An :class:`sparkfl.job.exit_code.ExitCode`.

    Examples
    --------
    >>> from sparkfl.job.arguments import JobParser
    >>> run(lambda run: None, JobParser("Nothing.").parse_args([]))
    0
    """

    def in_session(written: list[str]) -> None:
        with session(delta=args.format == "delta") as spark:
            job(Run(spark, args, written))

    return run_alone(in_session)


def run_alone(job: Callable[[list[str]], None]) -> int:
    """Run a job that needs no session, and say how it ended, as `run` does.

    Parameters
    ----------
    job : callable
        Takes the list of what it has written, to which it adds.

    Examples
    --------
    >>> run_alone(lambda written: None)
    0
    """
    written: list[str] = []
    try:
        with log_to_stderr():
            job(written)
    except Exception as error:
        message = expected(error)
        stands = f" Written, and left as it is: {', '.join(written)}." if written else ""
        if message is None:
            print(f"error:{stands or ' nothing was written.'}", file=sys.stderr)
            raise
        print(f"error: {message}{stands}", file=sys.stderr)
        return int(ExitCode.PARTLY if written else _code(error))
    return int(ExitCode.OK)


def _code(error: Exception) -> ExitCode:
    """Exit code of an expected error before anything was written."""
    return ExitCode.QUORUM if isinstance(error, QuorumError) else ExitCode.BAD_INPUT


def expected(error: Exception) -> str | None:
    """Say in one line what a user can mend; None if the error is not of that kind.

    Examples
    --------
    >>> expected(SparkflError("No such store."))
    'No such store.'
    """
    if isinstance(error, SparkflError):
        return " ".join(str(error).split())
    if isinstance(error, AnalysisException):
        return advice(error)
    found = _UNREADABLE.search(str(error))
    return f"{found[1]}: repair the file, or leave it out." if found else None
