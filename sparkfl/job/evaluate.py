"""Job: evaluate a version of a model on a table, a row a store."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sparkfl.execution.progress import stage
from sparkfl.federation.evaluation import evaluate
from sparkfl.job.arguments import JobParser, add_input, add_model, add_output
from sparkfl.job.demo import demo_table
from sparkfl.job.preflight import check_output, input_table, read_input
from sparkfl.job.run import Run, run
from sparkfl.registry import ModelRegistry
from sparkfl.tables import write_table

__all__ = ["main"]


def arguments() -> JobParser:
    """Describe the job's arguments."""
    a = JobParser(
        "Write the silhouettes of each store under its local and the global model, and how far "
        "the two agree. Rows of the same model and version are replaced, others stay."
    )
    add_model(a)
    add_input(a, "demo-output/FORMAT/features")
    add_output(a, "demo-output/FORMAT/evaluation")
    return a


def job(run: Run) -> None:
    """Load, evaluate, write."""
    spark, args = run.spark, run.args
    version = ModelRegistry(args.tracking_uri).get(args.name, args.version)
    model = ModelRegistry(args.tracking_uri).load(version.name, version.version, spark)
    demo = demo_table("features", args.format)
    evaluation = evaluate(model, read_input(run, demo))
    output = args.output or demo_table("evaluation", args.format)
    key: dict[str, str | int] = {"model_name": version.name, "model_version": version.version}
    check_output(run, output, [input_table(run, demo)], key, evaluation, evaluation.columns)
    with stage(spark, "evaluation") as current:
        written = write_table(evaluation, output, key=key, format=args.format)
        run.written.append(output)
        current.detail = (
            f"{version.name} version {version.version}, {written.count():,} stores -> {output}"
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the job and return its exit code."""
    return run(job, arguments().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
