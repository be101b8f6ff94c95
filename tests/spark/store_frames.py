"""Stores of known clusters, and one of each kind that cannot be fitted."""

from __future__ import annotations

import numpy as np
from pyspark.sql import DataFrame, SparkSession

FEATURES = ["spend", "orders", "days"]
SCHEMA = "store_id string, spend double, orders double, days double"
CANARY = (987654.321098, 123456.789012, 456789.012345)
"""A customer of store s0 unlike any other."""


def rows(stores: int = 3) -> list[tuple[object, ...]]:
    """Three blobs a store, of 60, 40 and 20 customers, and the canary."""
    random = np.random.default_rng(0)
    centres = np.array([[10.0, 2.0, 30.0], [60.0, 9.0, 5.0], [25.0, 30.0, 90.0]])
    labels = np.repeat([0, 1, 2], [60, 40, 20])
    result: list[tuple[object, ...]] = []
    for store in range(stores):
        values = centres[labels] + random.normal(size=(len(labels), 3)) + store
        result += [(f"s{store}", *row) for row in values.tolist()]
    return [*result, ("s0", *CANARY)]


def odd_rows() -> list[tuple[object, ...]]:
    """Stores that get another verdict than ok; fitting them takes ``handleInvalid='skip'``."""
    return [
        *(("tiny", float(i), 1.0, 2.0) for i in range(2)),
        *(("constant", 1.0, 2.0, 3.0) for _ in range(30)),
        *(("nan", float("nan") if i == 7 else float(i), 1.0, 2.0) for i in range(10)),
        *(("null", float(i), None, 2.0) for i in range(30)),
        *((None, float(i), 1.0, 2.0) for i in range(30)),
    ]


def frame(spark: SparkSession, stores: int = 3, odd: bool = False) -> DataFrame:
    """Customers of the stores as a DataFrame."""
    return spark.createDataFrame(rows(stores) + (odd_rows() if odd else []), SCHEMA)
