"""Job: score a table with a version of a model, and report what was found."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from sparkfl.federation.estimator import FederatedClusteringModel
from sparkfl.federation.evaluation import evaluate
from sparkfl.job.job import DEMO, add_model, demo_table, parser, run, step
from sparkfl.registry import ModelRegistry, ModelVersion
from sparkfl.reporting import html_page, summarize, text_report
from sparkfl.tables.table import read_table, write_table


def arguments() -> argparse.ArgumentParser:
    """Describe the job's arguments."""
    a = parser(
        "Write every row with its local and global cluster, anomaly score, flag and reason. Rows "
        "of the same model and version are replaced, others stay. Then print a table of the "
        "stores and write an HTML report, which names customers."
    )
    add_model(a)
    a.add_argument(
        "--input", metavar="TABLE", help="name or path (default: demo-output/FORMAT/features)"
    )
    a.add_argument("--output", help="name or path (default: demo-output/FORMAT/scored)")
    a.add_argument("--customer-col", default="customer_id", help="default: %(default)s")
    a.add_argument(
        "--report", type=Path, default=Path(DEMO, "report.html"), help="default: %(default)s"
    )
    a.add_argument("--no-report", action="store_true", help="write the scores and no more")
    return a


def job(spark: SparkSession, args: argparse.Namespace) -> None:
    """Load, score, write, report."""
    output = args.output or demo_table("scored", args.format)
    rows = read_table(spark, args.input or demo_table("features", args.format))
    registry = ModelRegistry(args.tracking_uri)
    version = registry.get(args.name, args.version)
    model = registry.load(version.name, version.version, spark, "federated_clustering")
    with step("scores") as done:
        key: dict[str, str | int] = {"model_name": version.name, "model_version": version.version}
        scored = write_table(model.transform(rows), output, key=key, format=args.format)
        done.detail = (
            f"{version.name} version {version.version}, {scored.count():,} customers -> {output}"
        )
    if not args.no_report:
        report(model, version, rows, scored, args)


def report(
    model: FederatedClusteringModel,
    version: ModelVersion,
    rows: DataFrame,
    scored: DataFrame,
    args: argparse.Namespace,
) -> None:
    """Write the page; print what was found and where to look next."""
    with step("report") as done:
        summary = summarize(model, scored, evaluate(model, rows), args.customer_col)
        snapshot = version.tags.get("sparkfl.delta_version")
        origin = (
            f"Trained {version.created:%Y-%m-%d %H:%M} UTC by {version.created_by} on "
            f"{version.source}{f', Delta version {snapshot}' if snapshot else ''}; "
            f"features: {', '.join(summary.features)}"
        )
        page = html_page(summary, f"{version.name}, version {version.version}", origin)
        args.report.parent.mkdir(parents=True, exist_ok=True)
        args.report.write_text(page, "utf-8")
        done.detail = f"{args.report} (it names customers: for the stores' analysts only)"
    mlflow = os.path.relpath(Path(sys.executable).with_name("mlflow"))
    print(f"\n{text_report(summary)}")
    print(f"Report  {args.report}")
    print(f"MLflow  {mlflow} ui --backend-store-uri {args.tracking_uri}")
    print(f"SQL     SHOW MODELS; DESCRIBE MODEL {version.name};")
    print("        SELECT store_id, customer_id, anomaly_score, anomaly_reason")
    print(f"        FROM model_predict({version.name}, {version.version}, TABLE(features))")
    print("        WHERE is_anomaly ORDER BY anomaly_score DESC;")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the job and return its exit code."""
    return run(job, arguments().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
