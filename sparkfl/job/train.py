"""Job: train local models and the global model, and register them as one version in MLflow."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyspark.sql import DataFrame

from sparkfl.errors import ParameterError, QuorumError
from sparkfl.execution.progress import stage
from sparkfl.features import FEATURES
from sparkfl.federation.data import FederationData
from sparkfl.federation.estimator import FederatedClustering, FederatedClusteringModel
from sparkfl.federation.evaluation import training_report
from sparkfl.federation.options import OPTIONS
from sparkfl.job.arguments import JobParser, add_input, add_model, checked, whole_number
from sparkfl.job.demo import demo_features, demo_table
from sparkfl.job.estimator import add_estimator, as_flags, make_estimator
from sparkfl.job.preflight import check_output, read_input
from sparkfl.job.run import Run, run
from sparkfl.options import Option
from sparkfl.privacy.policy import ReleasePolicy
from sparkfl.registry import ModelRegistry
from sparkfl.registry.names import check_alias
from sparkfl.tables import delta_version, write_table
from sparkfl.tables.changes import changed_stores

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["main"]


def arguments() -> JobParser:
    """Describe the job's arguments."""
    a = JobParser(
        "Train a local model a store and the global model of what they release, and register all "
        "of it as the next version of one model. Interrupted, the job can be run again: half a "
        "version never shows. Without --input it works on the bundled shops, whose features it "
        "writes to demo-output/FORMAT/features."
    )
    add_model(a, trained=False)
    add_input(a, "the bundled shops")
    add_estimator(a)
    a.add_argument(
        "--min-stores",
        type=whole_number(1),
        default=1,
        help="quorum of stores that must have a model (default: %(default)s)",
    )
    a.add_argument(
        "--incremental",
        action="store_true",
        help="train only the stores whose rows changed since the latest version (by Delta's "
        "versions, otherwise by a hash of each store's rows); all, if there is no version yet",
    )
    a.add_argument(
        "--alias", type=checked(check_alias), help="alias for the new version, e.g. champion"
    )
    return a


def job(run: Run) -> None:
    """Check, train, evaluate, register."""
    spark, args = run.spark, run.args
    registry = ModelRegistry(args.tracking_uri)
    registry.check_writable()
    _keep_policy(registry, args.estimator)
    incremental = args.incremental and registry.exists(args.name)
    table = args.input or demo_table("features", args.format)
    version = delta_version(spark, table) if args.input else None
    rows = read_input(run, table) if args.input else demo_features(spark)
    with as_flags():
        args.estimator.check(rows)
    if not args.input:
        rows = _write_demo(run, rows, table)
        version = delta_version(spark, table)
    with stage(spark, "training") as current, as_flags():
        model = _update(run, registry, rows, table) if incremental else args.estimator.fit(rows)
        clusters = model.data.clusters
        verdicts = model.data.tables["verdicts"].to_pandas()["verdict"].value_counts()
        told = _listed(verdicts)
        current.detail = (
            f"stores: {told}; {len(clusters)} global clusters of {clusters.n.sum():,} "
            "released customers"
        )
        if incremental:
            changes = model.data.tables["changes"].to_pandas()["change"].value_counts()
            current.detail += f"; {_listed(changes)}"
    trained = int(verdicts.get("ok", 0))
    if trained < args.min_stores:
        raise QuorumError(
            f"{trained} of {verdicts.sum()} stores could be trained, --min-stores asks for "
            f"{args.min_stores}: nothing was registered. The stores: {told}."
        )
    with stage(spark, "evaluation") as current:
        kept = training_report(model, rows)
        means = {name: v for name, v in kept.metrics.items() if name.startswith("mean_")}
        current.detail = ", ".join(f"{name} {value:.2f}" for name, value in means.items())
    with stage(spark, "MLflow") as current:
        entry = registry.register(
            args.name,
            model,
            if_exists="new_version",
            source=table,
            options={
                option.key: _stated(option, args.estimator.getOrDefault(option.param))
                for option in OPTIONS
                if args.estimator.isDefined(option.param)
            },
            metrics=kept.metrics,
            tables=kept.tables,
            tags=kept.tags | ({} if version is None else {"sparkfl.delta_version": str(version)}),
        )
        run.written.append(f"{entry.name} version {entry.version}")
        if args.alias:
            registry.set_alias(entry.name, args.alias, entry.version)
        current.detail = f"{entry.name} version {entry.version}, {trained:,} local models in it"


def _stated(option: Option, value: object) -> object:
    """Return the value of an option as OPTIONS of a statement have it."""
    return json.dumps(value) if option.kind == "named" else value


def _listed(counts: pd.Series[int]) -> str:
    """List how many stores there are of each kind."""
    return ", ".join(f"{count:,} {kind}" for kind, count in counts.items())


def _keep_policy(registry: ModelRegistry, estimator: FederatedClustering) -> None:
    """Put what a release policy of the registry says in place of its name."""
    given = estimator.getReleasePolicy()
    if isinstance(given, str):
        estimator.setReleasePolicy(ReleasePolicy.of_json(registry.policy(given).content))


def _write_demo(run: Run, rows: DataFrame, table: str) -> DataFrame:
    """Write the features of the bundled shops, which the other jobs work on."""
    check_output(run, table, (), (), rows)
    with stage(run.spark, "features") as current:
        written = write_table(rows, table, format=run.args.format)
        current.detail = f"bundled shops -> {table}"
    run.written.append(table)
    return written


def _update(
    run: Run, registry: ModelRegistry, rows: DataFrame, table: str
) -> FederatedClusteringModel:
    """Train the stores that changed since the latest version."""
    estimator: FederatedClustering = run.args.estimator
    before = registry.get(run.args.name)
    since, changed = before.tags.get("sparkfl.delta_version"), None
    if since is not None and before.source == table:
        store = estimator.getStoreCol()
        columns = (
            [estimator.getFeaturesCol()]
            if estimator.isSet("featuresCol")
            else estimator.getInputCols()
        )
        policy = estimator.getReleasePolicy()
        if policy is not None and policy.get("entity_key"):
            columns = [*columns, policy["entity_key"]]
        changed = changed_stores(run.spark, table, store, columns, int(since))
    model = registry.load(run.args.name, spark=run.spark, model_type=FederationData.modelType)
    return estimator.update(model, rows, changed)


def _estimator(parser: JobParser, args: argparse.Namespace) -> FederatedClustering:
    """Make the estimator; without inputs it gets the demo's."""
    named = {name for name in ("inputCols", "featuresCol") if hasattr(args, name)}
    estimator = make_estimator(args, {} if named else {"inputCols": list(FEATURES)})
    store = estimator.getStoreCol().lower()
    inputs = estimator.getInputCols() if estimator.isSet("inputCols") else []
    if store in map(str.lower, inputs):
        parser.refuse("--input-cols", f"{store!r} is --store-col: a store is no feature.")
    try:
        with as_flags():
            estimator.check_params()
    except ParameterError as error:
        parser.error(str(error))
    return estimator


def main(argv: Sequence[str] | None = None) -> int:
    """Run the job and return its exit code."""
    parser = arguments()
    args = parser.parse_args(argv)
    args.estimator = _estimator(parser, args)
    return run(job, args)


if __name__ == "__main__":
    sys.exit(main())
