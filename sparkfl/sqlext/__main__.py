"""Print the words that give sparkfl to spark-submit, spark-sql and Spark's servers.

``spark-sql $(python -m sparkfl.sqlext)`` starts the shell with model statements.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from sparkfl.errors import SparkflError
from sparkfl.sqlext.jvm.conf import spark_conf

__all__ = ["main"]

_OPTIONS = {"spark.jars": "--jars", "spark.jars.packages": "--packages"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one line of options, words that a shell takes from a substitution as they are.

    Parameters
    ----------
    arguments : sequence of str, optional
        Command line arguments; by default the process's own.

    Returns
    -------
    int
        Exit code: 0, or 1 with a line on standard error.
    """
    parser = argparse.ArgumentParser(prog="python -m sparkfl.sqlext", description=__doc__)
    parser.add_argument("--no-delta", action="store_true", help="leave Delta Lake out")
    try:
        conf = spark_conf({}, delta=not parser.parse_args(arguments).no_delta)
    except SparkflError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    words: list[str] = []
    for key, value in conf.items():
        words += [_OPTIONS[key], value] if key in _OPTIONS else ["--conf", f"{key}={value}"]
    sys.stdout.write(" ".join(map(_word, words)) + "\n")
    return 0


def _word(word: str) -> str:
    """Return a word without blanks and other characters that an unquoted ``$(…)`` would split at.

    Quotes are not understood there; but what may have a blank is the path of the jar, and Spark
    takes its URI.
    """
    return word if word == shlex.quote(word) else Path(word).as_uri()


if __name__ == "__main__":
    sys.exit(main())
