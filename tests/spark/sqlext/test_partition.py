"""One store of a federation: ALTER MODEL … DROP PARTITION, REFRESH MODEL … PARTITION."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from sparkfl import FederatedClustering
from sparkfl.errors import CapabilityError, ParameterError
from sparkfl.federation.arrow import TABLES
from sparkfl.federation.data import FederationData
from sparkfl.federation.without import without_stores
from sparkfl.serving.catalog import load, registry

OLDER = Path(__file__).parents[2] / "resources" / "format_3" / "federated" / "model" / "data"
TYPES = "TYPE = 'kmeans', NUM_CLUSTERS = 2, GLOBAL_NUM_CLUSTERS = 3, MIN_CLUSTER_SIZE = 5"
OF_STORES = ("releases", "verdicts", "local_models")


@pytest.fixture(scope="module")
def shops(spark: SparkSession, own_registry: str) -> Iterator[SparkSession]:
    rows = [
        (shop, float(base + i % 2 * 40 + i % 7), float(i % 5))
        for shop, base, n in (("a.b", 0, 40), ("Süd", 500, 40), ("x y", 90, 60), ("tiny", 0, 2))
        for i in range(n)
    ]
    frame = spark.createDataFrame(rows, "`the shop` string, spend double, visits double")
    frame.createOrReplaceTempView("shop_rows")
    yield spark
    spark.catalog.dropTempView("shop_rows")


@pytest.fixture(params=["federation", "store", "quantile"])
def scaling(request: pytest.FixtureRequest, shops: SparkSession) -> str:
    shops.sql(
        "CREATE OR REPLACE FEDERATED MODEL fed PARTITION BY `the shop` "
        f"OPTIONS ({TYPES}, SCALING = '{request.param}') AS SELECT * FROM shop_rows"
    )
    return str(request.param)


def data(spark: SparkSession, version: int | None = None):
    return load(spark, registry(spark).get("fed", version)).data


def estimator(scaling: str) -> FederatedClustering:
    return FederatedClustering(
        storeCol="the shop",
        inputCols=["spend", "visits"],
        k=2,
        globalK=3,
        minClusterSize=5,
        algorithm="kmeans",
        scaling=scaling,
    )


def test_without_a_store_all_else_is_as_an_update_has_it(shops: SparkSession, scaling: str) -> None:
    before = load(shops, registry(shops).get("fed"))
    rest = shops.table("shop_rows").where("`the shop` <> 'Süd'")
    expected = estimator(scaling).update(before, rest).data
    shops.sql("ALTER MODEL fed DROP PARTITION ('Süd')")
    found = data(shops)
    for name in TABLES:
        assert found.tables[name].to_pylist() == expected.tables[name].to_pylist(), name
    assert found.scaling.to_json() == expected.scaling.to_json()
    assert found.distribution.to_json() == before.data.distribution.to_json()
    verdicts = shops.sql("SELECT `the shop` FROM model_verdicts(fed)").collect()
    assert {row[0] for row in verdicts} == {"a.b", "x y", "tiny"}
    told = shops.sql("SELECT * FROM model_predict(fed, latest, TABLE shop_rows)")
    alone = told.where("`the shop` = 'Süd'")
    assert alone.where("local_prediction IS NULL AND prediction IS NOT NULL").count() == 40


def test_a_store_is_trained_of_its_rows_alone(shops: SparkSession, scaling: str) -> None:
    before = load(shops, registry(shops).get("fed"))
    moved = F.when(F.col("the shop") == "x y", F.col("spend") * 3).otherwise(F.col("spend"))
    rows = shops.table("shop_rows").withColumn("spend", moved)
    others = rows.where("`the shop` <> 'x y'").withColumn("spend", F.raise_error(F.lit("read")))
    rows = rows.where("`the shop` = 'x y'")
    expected = estimator(scaling).update(
        before, shops.table("shop_rows").where("`the shop` <> 'x y'").union(rows)
    )
    found = estimator(scaling).update_stores(
        before,
        rows.union(others.select(*others.columns[:1], F.expr("double(spend)"), "visits")),
        ["x y"],
    )
    for name in OF_STORES:
        assert found.data.tables[name].to_pylist() == expected.data.tables[name].to_pylist(), name
    assert found.data.clusters.n.tolist() == expected.data.clusters.n.tolist()
    changes = {row["the shop"]: row.change for row in found.changes.collect()}
    assert changes.pop("x y") == "retrained"
    assert set(changes.values()) == {"kept"}


def test_refreshed_by_the_query_that_the_model_keeps(shops: SparkSession) -> None:
    shops.sql(
        "CREATE OR REPLACE FEDERATED MODEL fed PARTITION BY `the shop` "
        f"OPTIONS ({TYPES}) AS SELECT * FROM shop_rows"
    )
    shops.sql("ALTER MODEL fed DROP PARTITION ('Süd', 'tiny')")
    assert sorted(data(shops).stores()) == ["a.b", "x y"]
    made = shops.sql("REFRESH MODEL fed PARTITION (`the shop` = 'Süd')").first()
    assert made is not None
    assert (made.stores, made.stores_without_model) == (3, 0)
    again, first = data(shops), data(shops, made.version - 2)
    assert sorted(again.stores()) == ["Süd", "a.b", "x y"]
    assert again.releases.mean.tolist() == first.releases.mean.tolist()
    assert again.clusters.n.tolist() == first.clusters.n.tolist()
    told = shops.sql("DESCRIBE MODEL fed").collect()
    assert any("SELECT * FROM shop_rows" in str(row) for row in told)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("ALTER MODEL fed DROP PARTITION ('nowhere')", r"no store 'nowhere'; its 4 stores are"),
        ("ALTER MODEL fed DROP PARTITION (shop = 'a.b')", "value of the shop, not of shop"),
        ("ALTER MODEL fed DROP PARTITION ()", "a store, or its column was expected"),
        ("ALTER MODEL fed DROP PARTITION (NULL)", "a store is a string or a whole number"),
        ("ALTER MODEL fed DROP PARTITION ('a.b', 'Süd', 'x y')", "No other store has released"),
        ("ALTER MODEL fed$1 DROP PARTITION ('a.b')", "is of a model, not of a version"),
        ("REFRESH MODEL fed PARTITION ('nowhere')", "no rows whose the shop is 'nowhere'"),
        ("REFRESH MODEL fed PARTITION 'a.b'", r"'\(' was expected|\( was expected"),
        ("ALTER MODEL flat DROP PARTITION ('a.b')", "not a federated one"),
        ("REFRESH MODEL flat PARTITION ('a.b')", "not a federated one"),
    ],
)
def test_what_cannot_be_done_makes_no_version(shops: SparkSession, statement, told) -> None:
    if not registry(shops).exists("flat"):
        shops.sql("CREATE MODEL flat OPTIONS (TYPE = 'kmeans') AS SELECT spend FROM shop_rows")
    if not registry(shops).exists("fed"):
        shops.sql(
            "CREATE FEDERATED MODEL fed PARTITION BY `the shop` "
            f"OPTIONS ({TYPES}) AS SELECT * FROM shop_rows"
        )
    if len(data(shops).tables["verdicts"]) < 4:
        shops.sql("UPDATE MODEL fed AS SELECT * FROM shop_rows")
    before = registry(shops).get("fed").version
    with pytest.raises(Exception, match=told):
        shops.sql(statement)
    assert registry(shops).get("fed").version == before


@pytest.mark.parametrize(
    ("cast", "known", "given"),
    [
        ("int", 7, "7"),
        ("bigint", 7, 7),
        ("date", date(2024, 1, 7), "2024-01-07"),
        ("string", "7", 7),
    ],
)
def test_stores_of_other_types(shops: SparkSession, cast: str, known, given) -> None:
    column = "date_add(DATE '2024-01-01', s + 4)" if cast == "date" else f"CAST(s + 5 AS {cast})"
    df = shops.sql(
        f"SELECT {column} AS store_id, double(id % 2 * 50 + id) AS x FROM range(60) "
        "JOIN (VALUES (1), (2)) AS t(s)"
    )
    made = FederatedClustering(inputCols=["x"], k=2, globalK=2).fit(df)
    assert len(made.without(given).data.stores()) == 1
    assert str(known) not in made.without(given).data.stores()
    again = FederatedClustering(inputCols=["x"], k=2, globalK=2).update_stores(made, df, [given])
    assert again.data.tables["releases"] == made.data.tables["releases"]
    if cast != "string":
        with pytest.raises(ParameterError, match=f"'north' is no store .* is {cast}"):
            made.without("north")


def test_a_federation_of_an_older_format_keeps_its_stores() -> None:
    """Its scores have no distribution that could stay."""
    saved = FederationData.read(OLDER)
    with pytest.raises(CapabilityError, match="of an earlier format"):
        without_stores(saved, saved.stores()[:1])
