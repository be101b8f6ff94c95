"""``sparkfl sql``: Spark's SQL shell with model statements, over the demo's tables if there are."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from sparkfl.cli.local_spark import command, environment
from sparkfl.job.demo import demo_table
from sparkfl.tracking import DEMO, tracking_uri

__all__ = ["main"]

_TABLES = ("features", "evaluation", "scored")


def main(arguments: Sequence[str]) -> int:
    """Become the shell."""
    parser = argparse.ArgumentParser(
        prog="sparkfl sql",
        description="Open Spark's SQL shell with model statements on this machine. Models are in "
        f"MLFLOW_TRACKING_URI, by default {DEMO}/mlflow.db; tables of `sparkfl demo` are views.",
        epilog="All other arguments are those of spark-sql: -e SQL, -f FILE, --conf KEY=VALUE, "
        "--database NAME …",
        allow_abbrev=False,
    )
    parser.add_argument("--no-delta", action="store_true", help="leave Delta Lake out")
    args, words = parser.parse_known_args(arguments)
    Path(DEMO).mkdir(exist_ok=True)
    metastore = f"jdbc:derby:;databaseName={DEMO}/metastore_db;create=true"
    defaults = {
        "spark.sparkfl.trackingUri": tracking_uri(),
        "spark.hadoop.javax.jdo.option.ConnectionURL": metastore,
        "spark.log.level": "ERROR",
    }
    words = [*_views(not args.no_delta), *words]
    shell = command("spark-sql", words, not args.no_delta, defaults)
    sys.stdout.flush()
    # The shell takes the place of this process: signals and the terminal are its own.
    os.execve(shell[0], shell, environment())


def _views(delta: bool) -> list[str]:
    """Write what makes the demo's tables views, and return the option that reads it."""
    formats = ("delta", "parquet") if delta else ("parquet",)
    statements = []
    for name in _TABLES:
        tables = [(kind, Path(demo_table(name, kind))) for kind in formats]
        for kind, table in [found for found in tables if found[1].is_dir()][:1]:
            rows = f"SELECT * FROM {kind}.`{table.resolve()}`"
            statements.append(f"CREATE TEMPORARY VIEW {name} AS {rows};\n")
    if not statements:
        return []
    start = Path(DEMO, "views.sql")
    start.write_text("".join(statements), "utf-8")
    return ["-i", str(start)]
