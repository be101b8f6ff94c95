"""Job: score a table with a version of a model, and report what was found."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pyspark.sql import DataFrame

from sparkfl.columns import quote, resolve
from sparkfl.errors import SchemaError, StorageError
from sparkfl.execution.progress import stage
from sparkfl.federation.data import FederationData
from sparkfl.federation.estimator import FederatedClusteringModel
from sparkfl.federation.evaluation import evaluate
from sparkfl.federation.schemas import PREDICTION
from sparkfl.job.arguments import JobParser, add_input, add_model, add_output
from sparkfl.job.demo import demo_table
from sparkfl.job.preflight import check_file, check_output, input_table, read_input
from sparkfl.job.run import Run, run
from sparkfl.registry import ModelRegistry, ModelVersion
from sparkfl.reporting import html_page, summarize, text_report
from sparkfl.tables import write_table
from sparkfl.tables.place import is_path
from sparkfl.tracking import DEMO

__all__ = ["main"]

CUSTOMER = "customer_id"


def arguments() -> JobParser:
    """Describe the job's arguments."""
    a = JobParser(
        "Write every row with its local and global cluster, anomaly score, flag and reason. Rows "
        "of the same model and version are replaced, others stay. Then print a table of the "
        "stores and write an HTML report."
    )
    add_model(a)
    add_input(a, "demo-output/FORMAT/features")
    add_output(a, "demo-output/FORMAT/scored")
    a.add_argument(
        "--customer-col",
        metavar="COLUMN",
        help=f"column of the customers that the report names (default: {CUSTOMER}, if there is "
        "one; otherwise the report names no customers)",
    )
    report = a.add_mutually_exclusive_group()
    report.add_argument(
        "--report", type=Path, default=Path(DEMO, "report.html"), help="default: %(default)s"
    )
    report.add_argument("--no-report", action="store_true", help="write the scores and no more")
    return a


def job(run: Run) -> None:
    """Load, check, score, write, report."""
    args = run.args
    registry = ModelRegistry(args.tracking_uri)
    version = registry.get(args.name, args.version)
    model = registry.load(version.name, version.version, run.spark, FederationData.modelType)
    demo = demo_table("features", args.format)
    rows = read_input(run, demo)
    customer = _customer(rows, args.customer_col)
    scores = model.transform(rows)
    output = args.output or demo_table("scored", args.format)
    key: dict[str, str | int] = {"model_name": version.name, "model_version": version.version}
    check_output(run, output, [input_table(run, demo)], key, scores, PREDICTION.names)
    if not args.no_report:
        check_file(args.report, "--report")
    with stage(run.spark, "scores") as current:
        scored = write_table(scores, output, key=key, format=args.format)
        run.written.append(output)
        current.detail = (
            f"{version.name} version {version.version}, {scored.count():,} customers -> {output}"
        )
    if not args.no_report:
        _report(run, model, version, rows, scored, customer)
        store = resolve(rows, model.getStoreCol()).name
        _print_hints(run, store, key, output, customer)


def _customer(rows: DataFrame, name: str | None) -> str | None:
    """Find the column of the customers; None if none was named and none is called so."""
    try:
        return resolve(rows, name or CUSTOMER, "The input").name
    except SchemaError:
        if name is None:
            return None
        raise


def _report(
    run: Run,
    model: FederatedClusteringModel,
    version: ModelVersion,
    rows: DataFrame,
    scored: DataFrame,
    customer: str | None,
) -> None:
    """Write the page, and print what was found."""
    path = run.args.report
    with stage(run.spark, "report") as current:
        summary = summarize(model, scored, evaluate(model, rows), customer)
        snapshot = version.tags.get("sparkfl.delta_version")
        source = version.source or "what stores apart have released"
        origin = (
            f"Trained {version.created:%Y-%m-%d %H:%M} UTC by {version.created_by} on "
            f"{source}{f', Delta version {snapshot}' if snapshot else ''}; "
            f"features: {', '.join(summary.features)}"
        )
        page = html_page(summary, f"{version.name}, version {version.version}", origin)
        try:
            path.write_text(page, "utf-8")
        except OSError as error:
            raise StorageError(
                f"{path} cannot be written: {error.strerror}. Name another."
            ) from error
        current.detail = f"{path} (for the stores' analysts only: " + (
            "it names customers)" if customer else "without --customer-col it names no customers)"
        )
    run.written.append(str(path))
    print(f"\n{text_report(summary)}")


def _print_hints(
    run: Run,
    store: str,
    key: Mapping[str, str | int],
    output: str,
    customer: str | None,
) -> None:
    """Print where to look next."""
    uri = run.args.tracking_uri
    beside = Path(sys.executable).with_name("mlflow")
    program = "mlflow" if shutil.which("mlflow") or not beside.exists() else str(beside)
    columns = [store, *([customer] if customer else [])]
    shown = ", ".join([*map(_plain, columns), "anomaly_score", "anomaly_reason"])
    # Delta's names in SQL are absolute paths.
    place = str(Path(output).absolute()) if Path(output).exists() else output
    table = f"{run.args.format}.{quote(place)}" if is_path(run.spark, output) else output
    for line in (
        f"Report  {run.args.report}",
        f"MLflow  {uri}"
        if uri.startswith("http")
        else f"MLflow  {program} ui --backend-store-uri {uri}",
        f"SQL     SELECT {shown}",
        f"        FROM {table}",
        f"        WHERE model_name = '{key['model_name']}' "
        f"AND model_version = {key['model_version']} AND is_anomaly",
        "        ORDER BY anomaly_score DESC;",
    ):
        print(line)


def _plain(name: str) -> str:
    """Quote a column's name only where it has to be."""
    return name if re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) else quote(name)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the job and return its exit code."""
    parser = arguments()
    args = parser.parse_args(argv)
    if args.no_report and args.customer_col:
        parser.refuse("--customer-col", "only the report names customers; leave --no-report out.")
    return run(job, args)


if __name__ == "__main__":
    sys.exit(main())
