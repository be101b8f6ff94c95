"""What do 47 features of 8 sources cost, against plain Spark SQL and DuckDB?"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks.feature_events import AS_OF, DAY_BEFORE, SOURCES, events
from benchmarks.feature_queries import NAMES, query, view
from benchmarks.harness import alternately, say, seconds, spark_session
from benchmarks.peers.environment import HERE, PYTHON, install
from benchmarks.processes import ProcessTree, run
from benchmarks.results import Result
from sparkfl.features.views import Aggregation, FeatureView, Source

__all__ = ["measure"]

ROWS, CUSTOMERS = 5_000_000, 525_000
GIANT = 10_000_000
WIDE = 200
_LAST = NAMES.index("web_last_time")


def measure(quick: bool) -> list[Result]:
    """Measure the CPU of all three on the same files; then a wide view and a giant customer."""
    rows, customers = (ROWS // 20, CUSTOMERS // 20) if quick else (ROWS, CUSTOMERS)
    install()
    home = events(rows, customers)
    name = f"features: 47 of {rows:,} events in 8 sources, {customers:,} customers"
    duckdb, told = _duckdb(home)
    with spark_session(quick) as spark:
        tables = {each: spark.read.parquet(str(home / each)) for each in SOURCES}
        for source, table in tables.items():
            table.createOrReplaceTempView(source)
        own, plain = view(tables), query()
        _check(_totals(own.features(AS_OF)), _totals(spark.sql(plain)), "Spark SQL")
        _check(_totals(own.features(AS_OF)), told, "DuckDB")
        works: dict[str, Callable[[], object]] = {
            "sparkfl": lambda: _run(own.features(AS_OF)),
            "plain Spark SQL": lambda: _run(spark.sql(plain)),
        }
        took = alternately(works, rounds=3, clock=_cpu)
        ours = took["sparkfl"]
        plainly = took["plain Spark SQL"]
        return [
            Result(f"{name}, sparkfl", ours, "CPU s", "DuckDB", ours / duckdb, "<= 2"),
            Result(f"{name}, DuckDB", duckdb, "CPU s"),
            Result(
                f"{name}, plain Spark SQL", plainly, "CPU s", "over sparkfl", plainly / ours, ">= 4"
            ),
            *_refreshed(own, name, ours),
            *_wide(tables["web"]),
            *_giant(spark, GIANT // 20 if quick else GIANT),
        ]


def _duckdb(home: Path) -> tuple[float, list[float]]:
    """CPU seconds of DuckDB, and what it finds."""
    script = str(HERE / "feature_query.py")
    with tempfile.TemporaryDirectory() as folder:
        text, totals = Path(folder, "query.sql"), Path(folder, "totals")
        text.write_text(query(home))
        took = sorted(
            run([str(PYTHON), script, str(text), str(totals)], {"PATH": ""}, HERE).cpu
            for _ in range(3)
        )
        found = [float(word) for word in totals.read_text().split()]
    say(f"  DuckDB: {', '.join(f'{t:.2f}' for t in took)} CPU s")
    return took[len(took) // 2], found


def _totals(features: DataFrame) -> list[float]:
    """Number of entities, and the sum of each feature."""
    columns = [
        F.sum(F.unix_micros(name) / 1e6 if i == _LAST else F.col(name).cast("double"))
        for i, name in enumerate(NAMES)
    ]
    row = features.agg(F.count(F.lit(1)).cast("double"), *columns).first()
    assert row is not None
    return list(row)


def _check(ours: list[float], theirs: list[float], what: str) -> None:
    """Refuse to compare the costs of different things."""
    for name, one, other in zip(["entities", *NAMES], ours, theirs, strict=True):
        if not math.isclose(one, other, rel_tol=1e-9):
            raise AssertionError(f"{name} is {one}, and {other} in {what}")


def _cpu(work: Callable[[], object]) -> float:
    """Time one run by the CPU of all processes."""
    with ProcessTree() as tree:
        work()
    return tree.cpu


def _run(features: DataFrame) -> None:
    features.write.format("noop").mode("overwrite").save()


def _refreshed(own: FeatureView, name: str, full: float) -> list[Result]:
    """What a day's refresh of tiles costs, and the features that are read of them."""
    with tempfile.TemporaryDirectory() as folder:
        tiles = f"{folder}/tiles"
        own.refresh(tiles, DAY_BEFORE, format="parquet")
        day = _cpu(lambda: own.refresh(tiles, AS_OF, format="parquet"))
        read = own.features(AS_OF, tiles=tiles)
        _check(_totals(own.features(AS_OF)), _totals(read), "tiles")
        took = _cpu(lambda: _run(read))
    return [
        Result(f"{name}, refresh of a day", day, "CPU s", "all at once", day / full, "<= 0.05"),
        Result(f"{name}, from tiles", took, "CPU s", "all at once", took / full),
    ]


def _wide(web: DataFrame) -> list[Result]:
    """How long 200 features take to plan, with a filter above them."""
    made = [Aggregation("avg", f"minutes * {i}", 1 + i % 90, f"f{i}") for i in range(WIDE)]
    source = Source(web, made, time="event_time")
    wide = FeatureView("wide", "customer_id", [source], derived={"g": "f1 + f2"})

    def plan() -> None:
        wide.features(AS_OF).where("f3 > 1 AND g > 2").explain()

    plan()
    return [Result(f"features: planning {WIDE} of one source", seconds(plan), "s", target="<= 5")]


def _giant(spark: SparkSession, rows: int) -> list[Result]:
    """What a customer with ten million events takes in memory."""
    table = spark.range(rows).selectExpr(
        "'giant' AS customer_id", "rand(1) AS amount",
        f"timestamp'{AS_OF}' - make_dt_interval(0, 0, 0, double(id % 5000000) + 1) AS event_time",
    )  # fmt: skip
    features = [
        Aggregation("sum", "amount", 30),
        Aggregation("skewness", "amount"),
        Aggregation("slope", "amount", 30),
        Aggregation("count"),
    ]
    one = FeatureView("giant", "customer_id", [Source(table, features, time="event_time")])
    with ProcessTree() as tree:
        took = seconds(lambda: one.features(AS_OF).collect())
    name = f"features: one customer of {rows:,} events"
    return [
        Result(name, took, "s"),
        Result(f"{name}, peak memory of a worker", tree.peak_worker_rss / 2**20, "MiB"),
    ]
