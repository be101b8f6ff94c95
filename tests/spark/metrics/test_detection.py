from __future__ import annotations

import pytest

from sparkfl import FederatedClustering
from sparkfl.datasets import fashion_stores, fashion_stores_anomalies
from sparkfl.errors import ParameterError, SchemaError
from sparkfl.features import FEATURES, customer_features
from sparkfl.metrics.detection import detection


def test_planted_anomalies_are_found(spark):
    events = fashion_stores(spark, stores=4, customers=300, seed=3)
    truth = fashion_stores_anomalies(spark, stores=4, customers=300, seed=3)
    features = customer_features(events, "2025-01-01", "2026-01-01").persist()
    model = FederatedClustering(inputCols=list(FEATURES)).fit(features)
    rows = detection(model.transform(features), truth).collect()
    assert len(rows) == 4
    assert all(r.known == 15 for r in rows)
    assert sum(r.hits for r in rows) / sum(r.flagged for r in rows) > 0.8
    assert sum(r.hits for r in rows) / sum(r.known for r in rows) > 0.8
    features.unpersist()


def test_nothing_flagged_and_unknown_customers(spark):
    scored = spark.createDataFrame([("a", 1, False)], "store_id string, c int, is_anomaly boolean")
    truth = spark.createDataFrame([("a", 9), ("b", 1)], "store_id string, c int")
    rows = {r.store_id: r for r in detection(scored, truth, ["store_id", "c"]).collect()}
    assert (rows["a"].known, rows["a"].precision, rows["a"].recall) == (1, None, 0.0)
    assert (rows["b"].known, rows["b"].flagged) == (1, 0)


def test_columns_have_any_name_and_case(spark):
    scored = spark.sql("SELECT 'a' `shop.no`, 1 `known`, 5 flagged, true Is_Anomaly")
    truth = spark.sql("SELECT 'a' `SHOP.NO`, 1L KNOWN")
    (row,) = detection(scored, truth, ["Shop.no", "known"]).collect()
    assert row.asDict() == {
        "shop.no": "a", "flagged": 1, "known": 1, "hits": 1, "precision": 1.0, "recall": 1.0
    }  # fmt: skip


def test_what_cannot_be_compared_is_named(spark):
    scored = spark.sql("SELECT 1 id, 'a' hits, true is_anomaly")
    with pytest.raises(SchemaError, match="is_anomaly"):
        detection(spark.range(1), spark.range(1), ["id"])
    with pytest.raises(SchemaError, match="Missing columns 'a', 'b'"):
        detection(scored, scored, ["a", "b"])
    with pytest.raises(SchemaError, match="'hits' has the name of an output"):
        detection(scored, scored, ["hits", "id"])
    with pytest.raises(SchemaError, match="'id' is int in the scored rows and string in the"):
        detection(scored, scored.selectExpr("string(id) id"), ["id"])
    with pytest.raises(ParameterError, match="on is 'id'"):
        detection(scored, scored, "id")
