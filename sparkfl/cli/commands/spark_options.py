"""``sparkfl spark-options``: the words that give sparkfl to any Spark."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from sparkfl.sqlext.jvm.options import spark_options

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Print one line, words that a shell takes from a substitution as they are."""
    parser = argparse.ArgumentParser(
        prog="sparkfl spark-options",
        description="Print the options that give sparkfl to spark-submit, spark-sql and Spark's "
        "servers: spark-sql $(sparkfl spark-options).",
        allow_abbrev=False,
    )
    parser.add_argument("--no-delta", action="store_true", help="leave Delta Lake out")
    delta = not parser.parse_args(arguments).no_delta
    sys.stdout.write(" ".join(spark_options(delta)) + "\n")
    return 0
