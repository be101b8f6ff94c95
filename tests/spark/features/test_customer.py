from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from sparkfl.datasets import XDM_EVENTS, online_retail
from sparkfl.errors import ParameterError, SchemaError
from sparkfl.features import FEATURES, customer_features, excluded_events

REFERENCE = json.loads(
    (Path(__file__).parents[2] / "resources/online_retail_reference.json").read_text()
)
PERIOD = (REFERENCE["params"]["start_date"], REFERENCE["params"]["end_date"])
STORE = "web.webPageDetails.storeCode"


def event(
    day: str,
    prices: list[float | None] | None,
    customer: str | None = "c",
    store: str | None = "s",
    purchase: str | None = "p",
    identities: dict[str, Any] | None = None,
) -> tuple[Any, ...]:
    """One event in the shape of XDM_EVENTS; `day` is ISO text, read by the session in UTC."""
    if identities is None:
        identities = {"ECID": [(customer, None, True)]}
    items = None if prices is None else [(None, None, 1, price, None) for price in prices]
    return (None, day, None, identities, ((store,),), (None, (purchase, None, None)), items)


def frame(spark: SparkSession, *events: tuple[Any, ...]) -> DataFrame:
    moments = [e[1] for e in events]
    rows = [(*e[:1], None, *e[2:]) for e in events]
    numbered = [(*row, i) for i, row in enumerate(rows)]
    schema = XDM_EVENTS.simpleString().removeprefix("struct<").removesuffix(">")
    table = spark.createDataFrame(numbered, f"{schema},number:int")
    clock = sf.array(*(sf.lit(moment).cast("timestamp") for moment in moments))
    return table.withColumn("timestamp", sf.get(clock, "number")).drop("number")


@pytest.fixture(scope="module")
def events(spark: SparkSession) -> Iterator[DataFrame]:
    cached = online_retail(spark).cache()
    yield cached
    cached.unpersist()


@pytest.mark.parametrize(
    ("variant", "order_value"), [("by_order", "first_item"), ("order_total", "total")]
)
def test_every_country_equals_the_reference(
    events: DataFrame, variant: str, order_value: str
) -> None:
    expected = REFERENCE["variants"][variant]
    features = customer_features(events, *PERIOD, orderValue=order_value)
    kinds = {"mean": sf.avg, "std": sf.stddev}
    measures = [
        measure(name).alias(f"{kind}_{name}")
        for kind, measure in kinds.items()
        for name in FEATURES
    ]
    found = features.groupBy("store_id").agg(sf.count("*").alias("customers"), *measures).collect()
    assert {row.store_id: row.customers for row in found} == {
        name: country["customers"] for name, country in expected["countries"].items()
    }
    for row in found:
        for kind in kinds:
            wanted = expected["countries"][row.store_id][kind]
            got = {name: row[f"{kind}_{name}"] for name in FEATURES}
            if row.customers == 1 and kind == "std":
                assert got == wanted == dict.fromkeys(FEATURES)
            else:
                assert got == pytest.approx(wanted, rel=0, abs=1e-9)


def test_purchases_without_a_customer_are_counted_by_country(events: DataFrame) -> None:
    expected = REFERENCE["variants"]["order_total"]
    found = excluded_events(events, *PERIOD).collect()
    assert sum(row.purchases for row in found) == expected["events_kept"]
    assert sum(row.without_customer for row in found) == expected["events_kept_anonymous"]
    assert sum(row.without_store for row in found) == 0
    by_country = {row.store_id: row.without_customer for row in found if row.without_customer}
    assert by_country == expected["anonymous_events_by_country"]


def test_kept_and_excluded_add_up(events: DataFrame) -> None:
    kept = customer_features(events, *PERIOD).agg(sf.sum("total_orders")).first()
    counts = REFERENCE["variants"]["order_total"]
    assert kept is not None
    assert kept[0] == counts["events_kept"] - counts["events_kept_anonymous"]


def test_one_table_a_store_gives_the_same_and_the_key_names_the_store(
    spark: SparkSession, events: DataFrame
) -> None:
    countries = ("EIRE", "Norway")
    together = customer_features(events.where(sf.col(STORE).isin(*countries)), *PERIOD)
    events.where(sf.col(STORE) == "Norway").createOrReplaceTempView("norway_events")
    apart: dict[str, DataFrame | str] = {
        "EIRE": events.where(sf.col(STORE) == "EIRE").drop("web"),
        "Norway": "norway_events",
    }
    assert sorted(customer_features(apart, *PERIOD).collect()) == sorted(together.collect())
    renamed = customer_features({"fjord": "norway_events"}, *PERIOD)
    assert {row.store_id for row in renamed.collect()} == {"fjord"}
    spark.catalog.dropTempView("norway_events")


def test_only_purchases_inside_the_period_count(spark: SparkSession) -> None:
    events = frame(
        spark,
        event("2024-12-31T23:59:59Z", [100.0]),
        event("2025-01-01T00:00:00Z", [1.0, 2.0]),
        event("2025-01-01T00:00:00Z", [1.0, 2.0]),
        event("2025-02-01T00:00:00Z", [6.0]),
        event("2025-02-01T00:00:01Z", [100.0]),
        event("2025-01-10T00:00:00Z", [-5.0, 0.0]),
        event("2025-01-10T00:00:00Z", []),
        event("2025-01-10T00:00:00Z", None),
        event("2025-01-10T00:00:00Z", [9.0], purchase=None),
    )
    (row,) = customer_features(events, "2025-01-01", "2025-02-01").collect()
    assert (row.total_orders, row.avg_order_value) == (3, 4.0)
    assert (row.customer_lifetime, row.days_since_last_purchase) == (31, 0)


def test_prices_that_are_no_numbers_count_as_nothing(spark: SparkSession) -> None:
    nan, inf = float("nan"), float("inf")
    events = frame(
        spark,
        event("2025-01-02", [None, 4.0, nan, -1.0], customer="kept"),
        event("2025-01-02", [nan], customer="gone"),
        event("2025-01-02", [inf, None], customer="gone"),
    )
    (total,) = customer_features(events, "2025-01-01", "2025-02-01").collect()
    (first,) = customer_features(
        events, "2025-01-01", "2025-02-01", orderValue="first_item"
    ).collect()
    assert (total.customer_id, total.avg_order_value, first.avg_order_value) == ("kept", 3.0, 0.0)


def test_unknown_customers_and_stores_are_excluded_however_they_are_missing(
    spark: SparkSession,
) -> None:
    day = "2025-01-02"
    events = frame(
        spark,
        event(day, [1.0]),
        event(day, [1.0], customer=None),
        event(day, [1.0], customer="  "),
        event(day, [1.0], identities={}),
        event(day, [1.0], identities={"ECID": []}),
        event(day, [1.0], identities={"Email": [("c", None, True)]}),
        event(day, [1.0], store=None),
        event(day, [1.0], store=""),
    )
    assert customer_features(events, "2025-01-01", "2025-02-01").count() == 1
    counts = {
        row.store_id: (row.purchases, row.without_customer, row.without_store)
        for row in excluded_events(events, "2025-01-01", "2025-02-01").collect()
    }
    assert counts == {"s": (6, 5, 0), None: (2, 0, 2)}


@pytest.mark.parametrize(
    ("zone", "lifetime", "recency"), [("UTC", 1, 1), ("America/New_York", 0, 2)]
)
def test_days_follow_the_given_zone_and_never_the_sessions(
    spark: SparkSession, zone: str, lifetime: int, recency: int
) -> None:
    events = frame(
        spark, event("2025-01-01T23:00:00Z", [1.0]), event("2025-01-02T01:00:00Z", [1.0])
    )
    for session_zone in ("Asia/Tokyo", "UTC"):
        spark.conf.set("spark.sql.session.timeZone", session_zone)
        try:
            (row,) = customer_features(events, "2025-01-01", "2025-01-03", timeZone=zone).collect()
        finally:
            spark.conf.set("spark.sql.session.timeZone", "UTC")
        assert (row.customer_lifetime, row.days_since_last_purchase) == (lifetime, recency)


def test_times_without_a_zone_are_read_in_the_given_one(spark: SparkSession) -> None:
    zoned = frame(spark, event("2025-01-01T23:00:00+09:00", [1.0]))
    plain = zoned.withColumn("timestamp", sf.lit("2025-01-01 23:00:00").cast("timestamp_ntz"))
    arguments = ("2025-01-01", "2025-01-02", "total", "Asia/Tokyo")
    expected = customer_features(zoned, *arguments).collect()
    assert len(expected) == 1
    unknown = plain.withColumn("timestamp", sf.lit(None).cast("timestamp_ntz"))
    assert customer_features(plain.union(unknown), *arguments).collect() == expected


def test_a_missing_field_is_named_with_what_is_there(events: DataFrame) -> None:
    items = sf.transform("productListItems", lambda item: item.dropFields("priceTotal"))
    with pytest.raises(SchemaError, match=r"no field productListItems\.priceTotal: .* SKU, name"):
        customer_features(events.withColumn("productListItems", items), *PERIOD)
    with pytest.raises(SchemaError, match=r"no field web\.webPageDetails\.storeCode: the frame"):
        customer_features(events.drop("web"), *PERIOD)
    text = events.withColumn("timestamp", sf.col("timestamp").cast("string"))
    with pytest.raises(SchemaError, match="timestamp as string; cast it to timestamp"):
        customer_features(text, *PERIOD)


def test_arguments_that_mean_nothing_are_refused(events: DataFrame) -> None:
    with pytest.raises(ParameterError, match="'median'; choose one of total, first_item"):
        customer_features(events, *PERIOD, orderValue="median")
    with pytest.raises(ParameterError, match="after end"):
        customer_features(events, *reversed(PERIOD))
    with pytest.raises(ParameterError, match="empty mapping"):
        customer_features({}, *PERIOD)
    with pytest.raises(ParameterError, match="events is a int"):
        customer_features(7, *PERIOD)  # type: ignore[arg-type]


def test_nothing_runs_before_the_result_is_asked_for(spark: SparkSession) -> None:
    context = spark.sparkContext
    broken = frame(spark, event("2025-01-02", [1.0])).withColumn(
        "timestamp", sf.raise_error("read too early").cast("timestamp")
    )
    context.setJobGroup("features-plan", "no job may run")
    try:
        customer_features(broken, "2025-01-01", "2025-02-01")
        excluded_events(broken, "2025-01-01", "2025-02-01")
    finally:
        context.setLocalProperty("spark.jobGroup.id", None)
    assert list(context.statusTracker().getJobIdsForGroup("features-plan")) == []
