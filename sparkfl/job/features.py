"""Job: compute customer features from web events and write them to a table."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from sparkfl.datasets import online_retail
from sparkfl.errors import ParameterError, SchemaError
from sparkfl.events.period import Period
from sparkfl.execution.progress import stage
from sparkfl.features import customer_features, excluded_events
from sparkfl.job.arguments import JobParser, add_output
from sparkfl.job.demo import END, START, demo_table
from sparkfl.job.preflight import check_output
from sparkfl.job.run import Run, run
from sparkfl.tables import read_table, write_table
from sparkfl.tables.formats import FORMATS

__all__ = ["main"]


def arguments() -> JobParser:
    """Describe the job's arguments."""
    a = JobParser(
        "Compute the features of each customer in each store from XDM events. The output table is "
        "replaced as a whole, so that a rerun changes nothing."
    )
    a.add_argument(
        "--events",
        nargs="+",
        metavar="[STORE=]TABLE",
        help="table name or path, or one a store as STORE=TABLE (default: the bundled shops)",
    )
    a.add_argument(
        "--input-format",
        choices=tuple(FORMATS),
        help="what the paths of --events hold, if their endings do not tell",
    )
    a.add_argument("--start", default=START, help="first instant (default: %(default)s)")
    a.add_argument("--end", default=END, help="last instant (default: %(default)s)")
    a.add_argument("--time-zone", default="UTC", help="zone of days (default: %(default)s)")
    a.add_argument(
        "--order-value",
        choices=("total", "first_item"),
        default="total",
        help="what an order is worth (default: %(default)s)",
    )
    add_output(a, "demo-output/FORMAT/features")
    return a


def job(run: Run) -> None:
    """Compute, write, count."""
    spark, args = run.spark, run.args
    output = args.output or demo_table("features", args.format)
    events = _read(spark, args.tables, args.input_format)
    period = (args.start, args.end)
    features = customer_features(
        events, *period, orderValue=args.order_value, timeZone=args.time_zone
    )
    check_output(run, output, args.tables.values(), (), features)
    with stage(spark, "left out") as current:
        used = sf.when(sf.col("store_id").isNotNull(), sf.expr("purchases - without_customer"))
        total = excluded_events(events, *period, timeZone=args.time_zone).agg(
            sf.coalesce(sf.sum("without_customer"), sf.lit(0)).alias("customer"),
            sf.coalesce(sf.sum("without_store"), sf.lit(0)).alias("store"),
            sf.coalesce(sf.sum(used), sf.lit(0)).alias("used"),
        )
        row = total.collect()[0]
        if not row.used:
            raise SchemaError(
                f"The events have no purchase from {args.start} to {args.end} with a customer and "
                f"a store: there would be no features, and {output} is left as it is. Correct "
                "--start and --end, or the events."
            )
        current.detail = (
            f"{row.customer:,} purchases without a customer, {row.store:,} without a store"
        )
    with stage(spark, "features") as current:
        written = write_table(features, output, format=args.format)
        run.written.append(output)
        row = written.agg(
            sf.count("*").alias("customers"), sf.countDistinct("store_id").alias("stores")
        ).collect()[0]
        current.detail = f"{row.customers:,} customers in {row.stores:,} stores -> {output}"


def _read(
    spark: SparkSession, tables: Mapping[str, str], format: str | None
) -> DataFrame | Mapping[str, DataFrame]:
    """Read one table with a store code, one table a store, or the bundled shops."""
    if not tables:
        return online_retail(spark)
    frames = {store: read_table(spark, table, format=format) for store, table in tables.items()}
    return frames.get("", frames)


def _by_store(words: Sequence[str]) -> dict[str, str]:
    """Take ``STORE=TABLE`` apart; the store of a table by itself is ''.

    Examples
    --------
    >>> _by_store(["Oslo=shop.oslo", "Rome=/shop/year=2025"])
    {'Oslo': 'shop.oslo', 'Rome': '/shop/year=2025'}
    >>> _by_store(["/shop/year=2025"])
    {'': '/shop/year=2025'}
    """
    tables: dict[str, str] = {}
    for word in words:
        store, sign, table = word.partition("=")
        store, table = (store, table) if sign and "/" not in store else ("", word)
        if store in tables or not table or (tables and "" in {store, *tables}):
            raise ParameterError(
                f"{' '.join(words)}: give one TABLE, or STORE=TABLE each, a store once."
            )
        tables[store] = table
    return tables


def main(argv: Sequence[str] | None = None) -> int:
    """Run the job and return its exit code."""
    parser = arguments()
    args = parser.parse_args(argv)
    try:
        args.tables = _by_store(args.events or [])
    except ParameterError as error:
        parser.refuse("--events", error)
    try:
        Period.parse(args.start, args.end, args.time_zone)
    except ParameterError as error:
        parser.refuse("--start, --end, --time-zone", error)
    return run(job, args)


if __name__ == "__main__":
    sys.exit(main())
