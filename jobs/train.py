"""Job: train local models and the global model, and register them as one version in MLflow."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from pyspark.sql import DataFrame, SparkSession

from sparkfl.datasets import online_retail
from sparkfl.errors import QuorumError
from sparkfl.features import FEATURES, customer_features
from sparkfl.federation.estimator import FederatedClustering, FederatedClusteringModel
from sparkfl.federation.evaluation import figures
from sparkfl.job.job import add_model, demo_table, parser, run, step
from sparkfl.registry import ModelRegistry
from sparkfl.tables.changes import changed_stores
from sparkfl.tables.table import delta_version, read_table, write_table

HEAVY_TAILED = ("avg_order_value", "total_orders")


def arguments() -> argparse.ArgumentParser:
    """Describe the job's arguments."""
    a = parser(
        "Train a local model a store and the global model of what they release, and register all "
        "of it as the next version of one model. Interrupted, the job can be run again: half a "
        "version never shows."
    )
    add_model(a, trained=False)
    a.add_argument(
        "--input",
        metavar="TABLE",
        help="name or path of a table with a row a customer and store (default: features of the "
        "bundled shops, written to demo-output/FORMAT/features)",
    )
    a.add_argument("--store-col", default="store_id", help="default: %(default)s")
    a.add_argument("--inputs", nargs="+", metavar="COLUMN", help="default: the four features")
    a.add_argument(
        "--log1p",
        nargs="*",
        metavar="COLUMN",
        help="heavy-tailed inputs to take the logarithm of (default: avg_order_value and "
        "total_orders with the default inputs, otherwise none)",
    )
    a.add_argument("--k", type=int, default=3, help="clusters a store (default: %(default)s)")
    a.add_argument("--global-k", type=int, default=8, help="default: %(default)s")
    a.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    a.add_argument("--global-seed", type=int, default=0, help="default: %(default)s")
    a.add_argument("--algorithm", default="bisecting_kmeans", help="default: %(default)s")
    a.add_argument("--scaling", default="federation", help="federation (default), store or none")
    a.add_argument("--min-cluster-size", type=int, default=10, help="default: %(default)s")
    a.add_argument("--unweighted", action="store_true", help="a cluster counts once, not n times")
    a.add_argument("--contamination", type=float, default=0.05, help="default: %(default)s")
    a.add_argument("--min-stores", type=int, default=1, help="quorum (default: %(default)s)")
    a.add_argument(
        "--checkpoint-dir",
        metavar="DIR",
        help="leave each store's result there as soon as it is done; a training that was killed "
        "goes on from there when it is started again",
    )
    a.add_argument(
        "--incremental",
        action="store_true",
        help="train only the stores whose rows changed since the latest version (by Delta's "
        "versions, otherwise by a hash of each store's rows); all, if there is no version yet",
    )
    a.add_argument("--alias", help="alias to set on the new version, e.g. champion")
    return a


def job(spark: SparkSession, args: argparse.Namespace) -> None:
    """Train, evaluate, register."""
    table, features = read_features(spark, args)
    version = delta_version(spark, table)
    estimator = make_estimator(args)
    with step("training") as done:
        model = train(spark, args, estimator, table, features)
        clusters = model.data.clusters
        done.detail = f"{len(clusters)} global clusters of {clusters.n.sum():,} released customers"
    verdicts = model.data.tables["verdicts"].to_pandas()
    trained = int((verdicts["verdict"] == "ok").sum())
    if trained < args.min_stores:
        raise QuorumError(
            f"{trained} of {len(verdicts)} stores could be trained, --min-stores asks for "
            f"{args.min_stores}: nothing was registered. See the verdicts: "
            f"{verdicts['verdict'].value_counts().to_dict()}."
        )
    with step("evaluation") as done:
        kept = figures(model, features)
        means = {name: v for name, v in kept.metrics.items() if name.startswith("mean_")}
        done.detail = ", ".join(f"{name} {value:.2f}" for name, value in means.items())
    with step("MLflow") as done:
        registry = ModelRegistry(args.tracking_uri)
        entry = registry.register(
            args.name,
            model,
            if_exists="new_version",
            source=table,
            options={param.name: value for param, value in estimator.extractParamMap().items()},
            metrics=kept.metrics,
            tables=kept.tables,
            tags={} if version is None else {"sparkfl.delta_version": str(version)},
        )
        if args.alias:
            registry.set_alias(entry.name, args.alias, entry.version)
        done.detail = f"{entry.name} version {entry.version}, {trained} local models in it"


def train(
    spark: SparkSession,
    args: argparse.Namespace,
    estimator: FederatedClustering,
    table: str,
    features: DataFrame,
) -> FederatedClusteringModel:
    """Train all stores, or those that changed since the latest version."""
    registry = ModelRegistry(args.tracking_uri)
    if not args.incremental or not registry.exists(args.name):
        return estimator.fit(features)
    before = registry.get(args.name)
    since, changed = before.tags.get("sparkfl.delta_version"), None
    if since is not None and before.source == table:
        columns = estimator.getInputCols()
        changed = changed_stores(spark, table, args.store_col, columns, int(since))
    model = registry.load(args.name, spark=spark, model_type="federated_clustering")
    return estimator.update(model, features, changed)


def read_features(spark: SparkSession, args: argparse.Namespace) -> tuple[str, DataFrame]:
    """Return the input table, made from the bundled shops if none was named, and its rows."""
    if args.input:
        return args.input, read_table(spark, args.input)
    table = demo_table("features", args.format)
    with step("features") as done:
        features = customer_features(online_retail(spark), "2010-12-01", "2011-12-10")
        rows = write_table(features, table, format=args.format)
        done.detail = f"bundled shops -> {table}"
    return table, rows


def make_estimator(args: argparse.Namespace) -> FederatedClustering:
    """Set the estimator's parameters."""
    log1p = args.log1p if args.log1p is not None else () if args.inputs else HEAVY_TAILED
    checkpoint = {"checkpointDir": args.checkpoint_dir} if args.checkpoint_dir else {}
    return FederatedClustering(
        **checkpoint,
        storeCol=args.store_col,
        inputCols=list(args.inputs or FEATURES),
        log1pCols=list(log1p),
        k=args.k,
        globalK=args.global_k,
        seed=args.seed,
        globalSeed=args.global_seed,
        algorithm=args.algorithm,
        scaling=args.scaling,
        minClusterSize=args.min_cluster_size,
        weighted=not args.unweighted,
        contamination=args.contamination,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the job and return its exit code."""
    return run(job, arguments().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
