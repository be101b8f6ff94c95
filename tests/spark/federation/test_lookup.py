"""Each row meets the arrays of its own store, however stores fall into buckets."""

from __future__ import annotations

import datetime

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as sf

from sparkfl import FederatedClustering
from sparkfl.execution.extension import has_extension
from sparkfl.federation.evaluation import evaluate
from sparkfl.federation.scoring.lookup import with_store_arrays

STORES = {
    "string": ["a", "größe", "", "a b", "`", "x.y", *map(str, range(40))],
    "tinyint": [-128, 0, 127],
    "int": [-5, 0, 3, 1_000_003],
    "bigint": [2**63 - 1, -(2**63), *(1 << power for power in range(3, 40))],
    "date": [datetime.date(1969, 12, 31), datetime.date(2026, 2, 1)],
}


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("type_", STORES)
def test_every_store_finds_its_own_arrays(spark: SparkSession, type_: str) -> None:
    stores = STORES[type_]
    arrow = {"string": pa.string(), "tinyint": pa.int8(), "int": pa.int32(), "date": pa.date32()}
    known = pa.array(stores[1:], arrow.get(type_, pa.int64()))
    arrays = {
        name: pa.array([[sign * i, 0.5] for i in range(len(known))])
        for name, sign in (("one", 1.0), ("two", -1.0))
    }
    rows = [(store, i - 1) for i, store in enumerate(stores)] * 2 + [(None, -1)]
    df = spark.createDataFrame(rows, f"shop {type_}, place int")
    found = with_store_arrays(df, sf.col("shop"), type_, known, arrays, has_extension(spark))
    assert found.columns == ["shop", "place", "one", "two"]
    for row in found.collect():
        own = row.place >= 0
        assert row.one == ([float(row.place), 0.5] if own else None)
        assert row.two == ([-float(row.place), 0.5] if own else None)


def test_computed_features_and_a_condition_on_all_of_them(spark: SparkSession) -> None:
    """Above a join, or what was read without a cache, 16 of them took minutes to plan."""
    names = [f"x{i}" for i in range(60)]
    columns = [sf.sin(sf.col("id") * (i + 1)).alias(name) for i, name in enumerate(names)]
    rows = spark.range(120).select((sf.col("id") % 3).alias("store_id"), *columns).dropna()
    model = FederatedClustering(inputCols=names, k=2, globalK=2, seed=1).fit(rows)
    predicted = model.transform(rows)
    assert predicted.where("anomaly_score > -1 AND store_id = 2").count() == 40
    assert evaluate(model, rows).count() == 3
