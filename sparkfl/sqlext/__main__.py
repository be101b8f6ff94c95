"""Print the words that give sparkfl to spark-submit, spark-sql and Spark's servers.

``python -m sparkfl.sqlext`` is ``sparkfl spark-options`` where no command is installed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from sparkfl.errors import SparkflError
from sparkfl.sqlext.jvm.options import spark_options

__all__ = ["main"]


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
    delta = not parser.parse_args(arguments).no_delta
    try:
        sys.stdout.write(" ".join(spark_options(delta)) + "\n")
    except SparkflError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
