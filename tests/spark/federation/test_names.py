"""Any legal name of a column: as a store, as a feature, as a passenger."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from sparkfl import FederatedClustering
from sparkfl.errors import ParameterError, SchemaError
from sparkfl.federation.evaluation import evaluate
from sparkfl.federation.model import FederatedClusteringModel
from sparkfl.federation.schemas import PREDICTION

NAMES = [
    "cluster", "n", "mean", "rows", "verdict", "strategy", "features", "store", "content",
    "score", "a.b", "a`b", "net sales", "größe", "select", "Change",
]  # fmt: skip


@pytest.fixture(scope="module")
def customers(spark: SparkSession) -> DataFrame:
    rows = [(f"s{i % 2}", float(i // 2 % 2 * 50 + i % 7), float(i % 5)) for i in range(60)]
    return spark.createDataFrame(rows, "shop string, x double, y double").cache()


@pytest.fixture(scope="module")
def expected(customers: DataFrame) -> list[object]:
    """What is predicted under plain names."""
    model = FederatedClustering(storeCol="shop", inputCols=["x", "y"], k=2, globalK=2)
    return predictions(model.fit(customers).transform(customers))


def predictions(scored: DataFrame) -> list[object]:
    outputs = scored.select(*PREDICTION.names[:-1]).collect()
    return sorted(map(tuple, outputs))


@pytest.mark.parametrize("name", ["store", "features", "rows", "a`b", "Change"])
def test_a_store_column_of_any_name(
    customers: DataFrame, expected: list[object], name: str
) -> None:
    df = customers.toDF(name, "x", "y")
    estimator = FederatedClustering(storeCol=name, inputCols=["x", "y"], k=2, globalK=2)
    model = estimator.fit(df)
    assert predictions(model.transform(df)) == expected
    assert model.data.predict(df.toPandas()).prediction.notna().all()
    tables = (model.releases, model.verdicts, model.changes, model.matches, evaluate(model, df))
    for table in tables:
        assert {row[0] for row in table.collect()} == {"s0", "s1"}
    assert evaluate(model, df).columns[0] == ("store" if name == "rows" else name)
    told = df.select(df.columns[0] if "`" not in name and "." not in name else F.col(_quoted(name)))
    updated = estimator.update(model, df, told.distinct())
    assert updated.data.tables["releases"].equals(model.data.tables["releases"])


def test_names_that_differ_by_case_only(
    spark: SparkSession, customers: DataFrame, expected: list[object]
) -> None:
    estimator = FederatedClustering(storeCol="shop", inputCols=["x", "X"], k=2, globalK=2)
    with pytest.raises(SchemaError, match="twice"):
        estimator.fit(customers.toDF("shop", "x", "X"))
    with pytest.raises(ParameterError, match="'x' is named twice"):
        estimator.fit(customers)
    spark.conf.set("spark.sql.caseSensitive", "true")
    try:
        df = customers.toDF("shop", "x", "X")
        model = estimator.fit(df)
        assert predictions(model.transform(df)) == expected
        assert model.data.predict(df.toPandas()).prediction.notna().all()
        with pytest.raises(SchemaError, match="does not have the model's columns"):
            model.transform(df.select("shop", "x"))
    finally:
        spark.conf.set("spark.sql.caseSensitive", "false")
    for rows in (customers, customers.drop("y")):
        with pytest.raises(SchemaError, match="'x' and 'X', and this session does not tell them"):
            model.transform(rows)


def test_tables_of_a_store_column_of_any_name(customers: DataFrame) -> None:
    model = FederatedClustering(storeCol="shop", inputCols=["x", "y"], k=2, globalK=2).fit(
        customers
    )
    for name in NAMES:
        inputs = replace(model.data.inputs, store_col=name)
        named = FederatedClusteringModel(customers.sparkSession, replace(model.data, inputs=inputs))
        df = customers.toDF(name, "x", "y")
        for table in (named.releases, named.verdicts, named.changes, named.matches):
            assert len(set(map(str.lower, table.columns))) == len(table.columns)
            assert table.columns[0] in (name, "store")
        assert named.transform(df).columns == [name, "x", "y", *PREDICTION.names]
        assert len(evaluate(named, df).columns) == 5


def test_features_of_all_names_at_once(customers: DataFrame) -> None:
    wide = customers.select("shop", *(F.col("xy"[i % 2]).alias(n) for i, n in enumerate(NAMES)))
    estimator = FederatedClustering(storeCol="shop", inputCols=NAMES, k=2, globalK=2, seed=1)
    model = estimator.fit(wide)
    scored = model.transform(wide)
    reasons = {row[0][1:] for row in scored.select("anomaly_reason").distinct().collect()}
    assert reasons <= set(NAMES)
    repeated = customers.select("shop", *(F.col("xy"[i % 2]).alias(f"c{i}") for i in range(16)))
    plain = FederatedClustering(
        storeCol="shop", inputCols=repeated.columns[1:], k=2, globalK=2, seed=1
    ).fit(repeated)
    assert predictions(scored) == predictions(plain.transform(repeated))
    assert evaluate(model, wide).count() == 2


def test_passengers_of_all_names_at_once(customers: DataFrame, expected: list[object]) -> None:
    carried = customers.select("*", *(F.lit("p").alias(name) for name in NAMES))
    model = FederatedClustering(storeCol="shop", inputCols=["x", "y"], k=2, globalK=2).fit(carried)
    scored = model.transform(carried)
    assert scored.columns == [*carried.columns, *PREDICTION.names]
    assert predictions(scored) == expected


def test_names_of_our_own_are_refused_before_training(customers: DataFrame) -> None:
    df = customers.withColumnRenamed("x", "__sparkfl_x")
    model = FederatedClustering(storeCol="shop", inputCols=["y"], k=2, globalK=2).fit(df)
    with pytest.raises(SchemaError, match="__sparkfl_x"):
        model.transform(df)
    for taken in ("__sparkfl_x", "Prediction", "anomaly_score"):
        named = customers.withColumnRenamed("x", taken)
        with pytest.raises(SchemaError, match=taken):
            FederatedClustering(storeCol="shop", inputCols=["y", taken]).fit(named)
        named = customers.withColumnRenamed("shop", taken)
        with pytest.raises(SchemaError, match=taken):
            FederatedClustering(storeCol=taken, inputCols=["y"]).check(named)


def test_columns_go_by_name_in_any_case_and_inside_structs(
    customers: DataFrame, expected: list[object]
) -> None:
    nested = customers.select(
        F.col("shop").alias("Shop"),
        F.struct(F.col("x").alias("Spend"), F.col("y").alias("orders")).alias("rfm"),
        F.array("x", "y").alias("both"),
        F.col("x").cast("decimal(9,2)").alias("exact"),
        F.col("y").cast("int").alias("whole"),
    )
    for inputs in (["RFM.spend", "rfm.Orders"], ["both"], ["exact", "whole"]):
        estimator = FederatedClustering(storeCol="SHOP", inputCols=inputs, k=2, globalK=2)
        model = estimator.fit(nested)
        assert predictions(model.transform(nested)) == expected
        assert model.data.inputs.store_col == "Shop"
        frame = nested.toPandas()
        assert model.data.predict(frame).prediction.notna().all()
        assert model.data.predict(frame.rename(columns=str.upper)).prediction.notna().all()


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
