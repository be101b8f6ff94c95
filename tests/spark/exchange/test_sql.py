"""A federation of stores apart in SQL: statements of an aggregator, and of two stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from stores_apart import customers

HOME, URI = "spark.sparkfl.federationHome", "spark.sparkfl.trackingUri"
TRAIN = (
    "CREATE OR REPLACE FEDERATED MODEL of_all PARTITION BY store_id "
    "OPTIONS (FEDERATION = 'consortium', ROLE = 'store', RELEASE_POLICY = '{\"dominance\": 1.0}') "
    "AS SELECT * FROM "
)


@pytest.fixture
def apart(spark: SparkSession, tmp_path: Path, own_registry: str) -> Iterator[SparkSession]:
    for place, store in enumerate(("north", "south")):
        rows = [(store, *map(float, row)) for row in customers(place, 60 + 10 * place)]
        frame = spark.createDataFrame(rows, "store_id string, orders double, value double")
        frame.createOrReplaceTempView(f"rows_of_{store}")
    yield spark
    for store in ("north", "south"):
        spark.catalog.dropTempView(f"rows_of_{store}")
    spark.conf.unset(HOME)


def at(spark: SparkSession, place: Path, party: str) -> None:
    """Be a party to the federation, with a home of its own."""
    spark.conf.set(HOME, str(place / party))


def test_a_federation_from_its_creation_to_its_end(apart: SparkSession, tmp_path: Path) -> None:
    sql = apart.sql
    at(apart, tmp_path, "aggregator")
    create = (
        f"CREATE FEDERATION IF NOT EXISTS consortium WITH (EXCHANGE = '{tmp_path}/exchange', "
        "STORES = ['north'], FEATURES = ['orders', 'value'], NUM_CLUSTERS = 3, SCALING = 'none', "
        "GLOBAL_NUM_CLUSTERS = 3, GLOBAL_ALGORITHM = 'federated_lloyd', MAX_ITER = 1)"
    )
    invitations = {row.store: row.invitation for row in sql(create).collect()}
    invitations |= dict(map(tuple, sql("ALTER FEDERATION consortium INVITE 'south'").collect()))
    assert sql(create).collect() == []
    with pytest.raises(AnalysisException, match="FEDERATION_ALREADY_EXISTS"):
        sql(create.replace("IF NOT EXISTS ", ""))
    for store, invitation in invitations.items():
        at(apart, tmp_path, store)
        (row,) = sql(f"JOIN FEDERATION consortium USING '{invitation}'").collect()
        assert row.store == store
        (row,) = sql(TRAIN + f"rows_of_{store}").collect()
        assert row.version is None
    at(apart, tmp_path, "aggregator")
    (row,) = sql("AGGREGATE FEDERATION consortium").collect()
    assert (row.round, row.step, row.accepted, row.version) == (1, "clusters", 2, None)
    for store in invitations:
        at(apart, tmp_path, store)
        sql(TRAIN + f"rows_of_{store}")
    at(apart, tmp_path, "aggregator")
    (row,) = sql("AGGREGATE FEDERATION consortium").collect()
    assert (row.round, row.step, row.accepted, row.version) == (1, "lloyd1", 2, None)
    for store in invitations:
        at(apart, tmp_path, store)
        (row,) = sql(
            "SELECT * FROM ml_federated_train(federation_id => 'consortium', "
            f"model_name => 'of_{store}', local_data => 'rows_of_{store}', "
            "update_frequency => '1 day')"
        ).collect()
        assert row.version is None
    at(apart, tmp_path, "aggregator")
    (row,) = sql(
        "SELECT ml_federated_aggregate(federation_id => 'consortium', "
        "aggregation_method => 'fedavg', quality_threshold => 0.01) AS made"
    ).collect()
    assert row.made == "consortium$1"
    assert sql("SELECT * FROM model_predict('consortium@champion', TABLE(rows_of_north))").count()
    found = sql("SELECT * FROM model_influence(consortium)").collect()
    assert [row.store_id for row in found] == ["north", "south"]
    assert sum(row.share for row in found) == pytest.approx(1.0)
    at(apart, tmp_path, "south")
    (row,) = sql(TRAIN + "rows_of_south").collect()
    assert (row.version, row.stores) == (1, 1)
    scored = sql("SELECT * FROM model_predict(of_all, TABLE(rows_of_south))").collect()
    assert any(row.is_anomaly for row in scored)
    states = sql("SHOW FEDERATION consortium").collect()
    assert {(row.store, row.step, row.verdict) for row in states if row.round == 1} == {
        (store, step, "accepted")
        for store in invitations
        for step in ("clusters", "lloyd1", "scores")
    }
    assert {row.detail.rstrip("0123456789.") for row in states if row.step == "lloyd1"} == {
        "centres moved by up to "
    }
    sql("LEAVE FEDERATION consortium")
    at(apart, tmp_path, "aggregator")
    (row,) = sql("AGGREGATE FEDERATION consortium QUORUM 1 DEADLINE '0 seconds'").collect()
    assert (row.step, row.version) == ("revision", 2)
    with pytest.raises(AnalysisException, match=r"TOO_FEW_STORES.*north missing"):
        sql("AGGREGATE FEDERATION consortium")
    sql("DROP FEDERATION consortium")
    sql("DROP FEDERATION IF EXISTS consortium")
    with pytest.raises(
        AnalysisException, match=r"FEDERATION_NOT_FOUND.*no federation 'consortium'"
    ):
        sql("SHOW FEDERATION consortium")


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("CREATE FEDERATION f WITH (FEATURES = ['a'])", "needs EXCHANGE"),
        ("CREATE FEDERATION f WITH (EXCHANGE = 'x')", "needs FEATURES"),
        ("CREATE FEDERATION f WITH (EXCHANGE = 'x', FEATURES = ['a'], BOUNDS = 3)", "BOUNDS"),
        ("JOIN FEDERATION f USING 'hello'", "no invitation"),
        ("AGGREGATE FEDERATION nobody DEADLINE 'soon'", "'soon'; give a length of time"),
        ("AGGREGATE FEDERATION nobody", "no federation 'nobody' here, as aggregator"),
        ("LEAVE FEDERATION nobody", "no federation 'nobody' here, as store"),
        ("DROP FEDERATION nobody", "no federation 'nobody'"),
        ("SELECT ml_federated_aggregate(federation_id => 'nobody')", "no federation 'nobody'"),
        (
            "CREATE FEDERATED MODEL m PARTITION BY s OPTIONS (FEDERATION = 'f', K = 3) "
            "AS SELECT 1 a",
            "A store's part in a federation has no option K",
        ),
    ],
)
def test_what_is_wrong_is_said(
    apart: SparkSession, tmp_path: Path, statement: str, message: str
) -> None:
    at(apart, tmp_path, "nobody")
    with pytest.raises(AnalysisException, match=message):
        apart.sql(statement)
    assert not (tmp_path / "exchange").exists()
