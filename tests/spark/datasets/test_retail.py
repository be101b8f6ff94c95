from __future__ import annotations

from pyspark.sql import SparkSession
from pyspark.sql import functions as sf

from sparkfl.datasets import XDM_EVENTS, online_retail


def test_nothing_of_the_original_is_lost(spark: SparkSession) -> None:
    events = online_retail(spark)
    assert events.schema == XDM_EVENTS
    found = events.agg(
        sf.count("*").alias("invoices"),
        sf.sum(sf.size("productListItems")).alias("lines"),
        sf.countDistinct("web.webPageDetails.storeCode").alias("countries"),
        sf.countDistinct(sf.get("identityMap.ECID", sf.lit(0))["id"]).alias("customers"),
        sf.count_if(sf.size("identityMap") == 0).alias("anonymous"),
        sf.count_if(sf.col("commerce.order.purchaseID").startswith("C")).alias("cancelled"),
        sf.min("timestamp").cast("string").alias("first"),
    ).first()
    assert found is not None
    assert found.asDict() == {
        "invoices": 25_900,
        "lines": 541_909,
        "countries": 38,
        "customers": 4_372,
        "anonymous": 3_710,
        "cancelled": 3_836,
        "first": "2010-12-01 08:26:00",
    }
