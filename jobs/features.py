"""Job: compute customer features from web events and write them to a table."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from sparkfl.datasets import online_retail
from sparkfl.errors import ParameterError
from sparkfl.features import customer_features, excluded_events
from sparkfl.job.job import demo_table, parser, run, step
from sparkfl.tables.table import read_table, write_table


def arguments() -> argparse.ArgumentParser:
    """Describe the job's arguments."""
    a = parser(
        "Compute the features of each customer in each store from XDM events. The output table is "
        "replaced as a whole, so that a rerun changes nothing."
    )
    a.add_argument(
        "--events",
        nargs="+",
        metavar="[STORE=]TABLE",
        help="table name or path, or one a store as STORE=TABLE (default: the bundled shops)",
    )
    a.add_argument("--start", default="2010-12-01", help="first instant (default: %(default)s)")
    a.add_argument("--end", default="2011-12-10", help="last instant (default: %(default)s)")
    a.add_argument("--time-zone", default="UTC", help="zone of days (default: %(default)s)")
    a.add_argument(
        "--order-value",
        choices=("total", "first_item"),
        default="total",
        help="what an order is worth (default: %(default)s)",
    )
    a.add_argument("--output", help="table name or path (default: demo-output/FORMAT/features)")
    return a


def job(spark: SparkSession, args: argparse.Namespace) -> None:
    """Compute, write, count."""
    output = args.output or demo_table("features", args.format)
    events = read_events(spark, args.events)
    period = (args.start, args.end)
    with step("features") as done:
        features = customer_features(
            events, *period, orderValue=args.order_value, timeZone=args.time_zone
        )
        written = write_table(features, output, format=args.format)
        row = written.agg(
            sf.count("*").alias("customers"), sf.countDistinct("store_id").alias("stores")
        ).collect()[0]
        done.detail = f"{row.customers:,} customers in {row.stores:,} stores -> {output}"
    with step("left out") as done:
        total = excluded_events(events, *period, timeZone=args.time_zone).agg(
            sf.coalesce(sf.sum("without_customer"), sf.lit(0)).alias("customer"),
            sf.coalesce(sf.sum("without_store"), sf.lit(0)).alias("store"),
        )
        row = total.collect()[0]
        done.detail = (
            f"{row.customer:,} purchases without a customer, {row.store:,} without a store"
        )


def read_events(
    spark: SparkSession, tables: Sequence[str] | None
) -> DataFrame | Mapping[str, DataFrame]:
    """Read one table with a store code, one table a store, or the bundled shops."""
    if not tables:
        return online_retail(spark)
    named = [table.partition("=") for table in tables]
    if all(sign for _, sign, _ in named):
        return {store: read_table(spark, table) for store, _, table in named}
    if len(tables) > 1:
        raise ParameterError(f"--events {' '.join(tables)}: give one TABLE, or STORE=TABLE each.")
    return read_table(spark, tables[0])


def main(argv: Sequence[str] | None = None) -> int:
    """Run the job and return its exit code."""
    return run(job, arguments().parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
