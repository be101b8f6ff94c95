from __future__ import annotations

import pandas as pd
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as sf

from sparkfl.datasets import XDM_EVENTS, fashion_stores, fashion_stores_anomalies
from sparkfl.errors import ParameterError
from sparkfl.features import customer_features, excluded_events

YEAR = ("2025-01-01", "2026-01-01")


@pytest.fixture(scope="module")
def shoppers(spark: SparkSession) -> pd.DataFrame:
    """Features of the customers of three stores, and whether they were planted."""
    truth = fashion_stores_anomalies(spark, stores=3, customers=200).withColumn(
        "planted", sf.lit(True)
    )
    features = customer_features(fashion_stores(spark, stores=3, customers=200), *YEAR)
    keys = ["store_id", "customer_id"]
    return features.join(truth, keys, "full").fillna(False, ["planted"]).toPandas()


def test_every_customer_buys_and_as_many_are_planted_in_every_store(
    shoppers: pd.DataFrame,
) -> None:
    names = ["comfort_wear_store_view", "sporty_style_store_view", "store_00003"]
    assert shoppers.groupby("store_id").size().to_dict() == dict.fromkeys(names, 200)
    assert shoppers.groupby("store_id")["planted"].sum().to_dict() == dict.fromkeys(names, 10)
    assert shoppers["total_orders"].notna().all()
    assert shoppers["customer_id"].is_unique


def test_the_planted_do_what_the_story_says(shoppers: pd.DataFrame) -> None:
    ordinary = shoppers[~shoppers["planted"]]
    planted = shoppers[shoppers["planted"]]
    frequent = planted[planted["store_id"] != "sporty_style_store_view"]
    assert frequent["total_orders"].min() > ordinary["total_orders"].quantile(0.95)
    assert frequent["customer_lifetime"].min() > ordinary["customer_lifetime"].quantile(0.9)
    splurging = planted[planted["store_id"] == "sporty_style_store_view"]
    assert splurging["avg_order_value"].median() > ordinary["avg_order_value"].quantile(0.99)
    assert splurging["days_since_last_purchase"].max() < 45
    # Not so far out that a threshold on one feature would do.
    assert ordinary["total_orders"].max() > frequent["total_orders"].min()
    assert ordinary["avg_order_value"].max() > splurging["avg_order_value"].min()


def test_filters_have_something_to_bite_on(spark: SparkSession) -> None:
    events = fashion_stores(spark, customers=200)
    assert events.schema == XDM_EVENTS
    found = events.agg(
        sf.count("*").alias("events"),
        sf.count_if(sf.size("productListItems") == 0).alias("views"),
        sf.count_if(sf.col("eventType") == "commerce.productListAdds").alias("carts"),
        sf.count_if(sf.size("identityMap") == 0).alias("strangers"),
    ).first()
    counts = (
        excluded_events(events, *YEAR)
        .agg(sf.sum("purchases").alias("purchases"), sf.sum("without_customer").alias("without"))
        .first()
    )
    assert found is not None
    assert counts is not None
    assert found.events == found.views + found.carts + counts.purchases
    assert min(found.views, found.carts) > 100
    assert 0 < found.strangers < counts.without < 40


def test_a_seed_decides_everything_and_the_partitioning_nothing(spark: SparkSession) -> None:
    arguments = {"stores": 3, "customers": 7}
    events = fashion_stores(spark, seed=5, **arguments)
    assert events.rdd.getNumPartitions() > 1
    whole = sorted(map(str, events.coalesce(1).collect()))
    assert sorted(map(str, events.collect())) == whole
    other = sorted(map(str, fashion_stores(spark, seed=6, **arguments).collect()))
    assert not set(other) & set(whole)


def test_a_store_is_the_same_however_many_follow(spark: SparkSession) -> None:
    alone = fashion_stores_anomalies(spark, stores=1, customers=40)
    among = fashion_stores_anomalies(spark, stores=9, customers=40)
    first = among.where("store_id = 'comfort_wear_store_view'")
    assert sorted(alone.collect()) == sorted(first.collect())


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({"stores": 0}, "stores is 0"),
        ({"customers": -1}, "customers is -1"),
        ({"anomalies": 0.6}, "anomalies is 0.6"),
        ({"start": "2026-01-01", "end": "2025-01-01"}, "after end"),
    ],
)
def test_impossible_markets_are_refused(
    spark: SparkSession, arguments: dict[str, object], names: str
) -> None:
    with pytest.raises(ParameterError, match=names):
        fashion_stores(spark, **arguments)  # type: ignore[arg-type]
