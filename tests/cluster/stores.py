"""Submitted to the cluster: write a Delta table of stores, and tell where sparkfl comes from."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from pyspark.sql import SparkSession

import sparkfl
from sparkfl import configure_spark
from sparkfl.tables import write_table

STORES, CUSTOMERS = 6, 5_000


def origin(_: Iterable[int]) -> Iterator[tuple[str, str]]:
    """Where an executor works, and where it has sparkfl from."""
    import sparkfl as imported

    time.sleep(0.3)
    yield str(Path.cwd()), str(imported.__file__)


if __name__ == "__main__":
    spark = configure_spark(SparkSession.builder.appName("stores")).getOrCreate()
    customers = spark.range(STORES * CUSTOMERS + 2, numPartitions=2).selectExpr(
        "id AS customer_id",
        f"if(id < {STORES * CUSTOMERS}, concat('store', id % {STORES}), 'kiosk') AS store_id",
        "exp(4 + id % 3 + randn(1)) AS avg_order_value",
        "1 + floor(exp(1 + id % 3 + randn(2) / 2)) AS total_orders",
        "200 * (id % 3) + 100 * rand(3) AS customer_lifetime",
        "300 - 90 * (id % 3) + 50 * rand(4) AS days_since_last_purchase",
    )
    write_table(customers, sys.argv[1])
    executors = spark.sparkContext.range(0, 8, numSlices=8).mapPartitions(origin).collect()
    told = {"driver": sparkfl.__file__, "executors": dict(executors)}
    sys.stdout.write(f"ANSWER {json.dumps(told)}\n")
