"""Job: evaluate a version of a model on a table, a row a store."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from pyspark.sql import SparkSession

from sparkfl.federation.evaluation import evaluate
from sparkfl.job.job import add_model, demo_table, parser, run, step
from sparkfl.registry import ModelRegistry
from sparkfl.tables.table import read_table, write_table


def arguments() -> argparse.ArgumentParser:
    """Describe the job's arguments."""
    a = parser(
        "Write the silhouettes of each store under its local and the global model, and how far "
        "the two agree. Rows of the same model and version are replaced, others stay."
    )
    add_model(a)
    a.add_argument(
        "--input", metavar="TABLE", help="name or path (default: demo-output/FORMAT/features)"
    )
    a.add_argument("--output", help="name or path (default: demo-output/FORMAT/evaluation)")
    return a


def job(spark: SparkSession, args: argparse.Namespace) -> None:
    """Load, evaluate, write."""
    output = args.output or demo_table("evaluation", args.format)
    rows = read_table(spark, args.input or demo_table("features", args.format))
    registry = ModelRegistry(args.tracking_uri)
    version = registry.get(args.name, args.version)
    with step("evaluation") as done:
        model = registry.load(version.name, version.version, spark, "federated_clustering")
        key: dict[str, str | int] = {"model_name": version.name, "model_version": version.version}
        written = write_table(evaluate(model, rows), output, key=key, format=args.format)
        done.detail = (
            f"{version.name} version {version.version}, {written.count():,} stores -> {output}"
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the job and return its exit code."""
    return run(job, arguments().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
