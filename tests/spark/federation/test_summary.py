from __future__ import annotations

import numpy as np
import pytest

from sparkfl import FederatedClustering
from sparkfl.federation.evaluation import evaluate
from sparkfl.reporting import summarize

FEATURES = ["spend", "visits"]


@pytest.fixture(scope="module")
def federation(spark):
    """Three shops, one too small, and what a model says about them."""
    rng = np.random.default_rng(3)
    rows = [
        (f"{store}{i}", store, float(spend), float(visits))
        for store, n in (("big", 150), ("mid", 60), ("kiosk", 2))
        for i, (spend, visits) in enumerate(rng.normal((5.0, 3.0), (2.0, 1.0), (n, 2)))
    ]
    frame = spark.createDataFrame(rows, "customer string, shop string, spend double, visits double")
    model = FederatedClustering(
        storeCol="shop", inputCols=FEATURES, k=3, globalK=4, contamination=0.2
    ).fit(frame)
    scored = model.transform(frame)
    return model, scored, summarize(model, scored, evaluate(model, frame), "customer")


def test_stores_count_customers_and_anomalies(federation):
    _, scored, summary = federation
    stores = summary.stores.set_index("store")
    assert stores["customers"].to_dict() == {"big": 150, "mid": 60, "kiosk": 2}
    assert stores["verdict"].to_dict() == {"big": "ok", "mid": "ok", "kiosk": "too_small"}
    flagged = scored.where("is_anomaly").count()
    assert stores["anomalous_customers"].sum() == summary.reasons["customers"].sum() == flagged


def test_customers_hold_the_ten_highest_of_all_and_of_each_store(federation):
    _, scored, summary = federation
    frame = scored.where("is_anomaly").toPandas().sort_values("anomaly_score", ascending=False)
    assert summary.customers["customer"].head(10).tolist() == frame["customer"].head(10).tolist()
    big = frame[frame["shop"] == "big"]["customer"].head(10).tolist()
    assert summary.customers.query("store == 'big'")["customer"].tolist() == big


def test_profiles_are_in_deviations_of_the_federation(federation):
    model, _, summary = federation
    clusters = summary.clusters
    profile = np.vstack(clusters["profile"].tolist())
    weighted = np.average(profile, axis=0, weights=clusters["n"])
    np.testing.assert_allclose(weighted, 0, atol=1e-12)
    releases = model.releases.toPandas()
    within = np.vstack(releases["ss"].tolist()).sum(axis=0)
    mean = np.vstack(releases["mean"].tolist())
    n = releases["n"].to_numpy()[:, None]
    between = (n * (mean - (n * mean).sum(axis=0) / n.sum()) ** 2).sum(axis=0)
    share = (clusters["n"].to_numpy()[:, None] * profile**2).sum(axis=0) / n.sum()
    np.testing.assert_allclose(share, between / (between + within))


def test_clusters_know_their_match_and_the_anomalous_one(federation):
    model, _, summary = federation
    matches = {(r.shop, r.local_cluster): r.global_cluster for r in model.matches.collect()}
    anomalous = {(r.shop, r.cluster) for r in model.anomalousClusters.collect()}
    for row in summary.clusters.itertuples():
        assert matches[row.store, row.cluster] == row.global_cluster
        assert row.anomalous == ((row.store, row.cluster) in anomalous)
