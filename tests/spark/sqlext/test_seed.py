"""The seed's statements, typed as they stand, on generated shops and on Online Retail."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import functions as F

from sparkfl.datasets import fashion_stores, online_retail
from sparkfl.features import customer_features, standardize, store_features

SEED = Path(__file__).parents[2] / "resources" / "seed.sql"
STORES = ("comfort_wear_store_view", "sporty_style_store_view")


def fashion(spark):
    events = fashion_stores(spark, customers=120, seed=1).cache()
    bounds = events.agg(F.min("timestamp"), F.max("timestamp")).first()
    return customer_features(events, bounds[0].date(), bounds[1].date())


def retail(spark):
    named = {"Germany": STORES[0], "France": STORES[1]}
    events = online_retail(spark).where(F.col("web.webPageDetails.storeCode").isin(*named))
    features = customer_features(events, "2010-12-01", "2011-12-10")
    return features.replace(named, subset="store_id")


def statements():
    text = "\n".join(s for s in SEED.read_text().splitlines() if not s.startswith("--"))
    return [s for s in text.split(";") if s.strip()]


@pytest.fixture(params=[fashion, retail], ids=["fashion", "online_retail"])
def results(spark, request, tracking_uri):
    """Results of the seed's statements, in their order."""
    spark.conf.set("spark.sparkfl.trackingUri", tracking_uri)
    shops = store_features(standardize(request.param(spark), by="store")).cache()
    shops.createOrReplaceTempView("src_for_fedlrn")
    yield [spark.sql(s).collect() for s in statements()]
    for view in spark.sql("SHOW VIEWS").collect():
        if view.isTemporary:
            spark.catalog.dropTempView(view.viewName)
    spark.conf.unset("spark.sparkfl.trackingUri")


def test_seed(results):
    silhouettes = [r[0].silhouette for r in results if r and "silhouette" in r[0]]
    assert len(silhouettes) == 4
    assert all(0.2 < s < 1.0 for s in silhouettes)
    profiles = [r for r in results if r and r[0].__fields__[:2] == ["prediction", "cluster_size"]]
    assert len(profiles) == 4
    assert [len(p) for p in profiles[:2]] == [3, 3]
    assert all(1 <= len(p) <= 3 for p in profiles[2:])
    created = [r[0] for r in results if r and "model_id" in r[0]]
    assert [(c.model_name, c.version) for c in created] == [
        ("anomaly_comfort_wear_store_view", 1),
        ("anomaly_sporty_style_store_view", 1),
        ("global_anomaly_fedmodel", 1),
    ]
