"""One command, ``sparkfl``, with a file a subcommand.

A subcommand is imported when it is called: ``sparkfl doctor`` has to run where pyspark, MLflow and
Java are missing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module

from sparkfl import __version__
from sparkfl.cli.checks.remedy import EVERYTHING, remote
from sparkfl.errors import SparkflError

__all__ = ["COMMANDS", "main"]

COMMANDS: Mapping[str, str] = {
    "demo": "train, evaluate and score the bundled shops, here",
    "demo-federation": "three stores and an aggregator, each a process with a folder of its own",
    "sql": "open Spark's SQL shell with model statements, on this machine",
    "spark-options": "print what gives sparkfl to spark-submit, spark-sql and Spark's servers",
    "job": "print the path of a job, for spark-submit",
    "notebooks": "copy the notebooks out",
    "audit": "attack what stores release, on bundled shops or on your own versions",
    "doctor": "say what is installed, what is missing, and the command that mends it",
}
"""What each does; its code is the ``main`` of ``sparkfl.cli.commands`` and its name."""
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Call a subcommand and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        Command line arguments; by default the process's own.

    Returns
    -------
    int
        Exit code: the subcommand's, or 1 with a line on standard error.

    Examples
    --------
    >>> main(["spark-options", "--no-delta"])
    --jars ...sparkfl-sqlext-....jar --conf spark.sql.extensions=...
    0
    """
    width = max(map(len, COMMANDS))
    listed = "\n".join(f"  {name:{width}}  {told}" for name, told in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="sparkfl",
        description="Federated machine learning in Spark SQL.",
        epilog=f"commands:\n{listed}\n\n`sparkfl COMMAND --help` lists a command's arguments.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"sparkfl {__version__}")
    parser.add_argument("command", choices=tuple(COMMANDS), metavar="COMMAND", help="see below")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="the command's own")
    words = sys.argv[1:] if arguments is None else arguments
    if not words:
        parser.print_help()
        return 0
    args = parser.parse_args(words)
    name = args.command.replace("-", "_")
    try:
        code: int = import_module(f"sparkfl.cli.commands.{name}").main(args.arguments)
    except SparkflError as error:
        return _fail(str(error))
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("sparkfl"):
            raise
        return _fail(
            f"the Python package {error.name} is missing; sparkfl doctor names what installs it."
            if remote()
            else f"the Python package {error.name} is missing; run {EVERYTHING} (sparkfl doctor "
            "lists everything that is needed)."
        )
    except KeyboardInterrupt:
        return _INTERRUPTED
    return code


def _fail(message: str) -> int:
    """Say in a line what is wrong."""
    sys.stderr.write(f"sparkfl: {message}\n")
    return 1
