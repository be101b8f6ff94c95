"""What docs/features.md shows runs, on a few rows of every kind that it speaks of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from sparkfl.features import rfm_scores
from sparkfl.features.views import Aggregation, FeatureView, Source

PAGE = (Path(__file__).parents[3] / "docs" / "features.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
NAMES = {"rfm_scores": rfm_scores, "Aggregation": Aggregation, "FeatureView": FeatureView}


def run(block: str, **names: object) -> dict[str, object]:
    """Run a block, over views of the session for the tables that it names."""
    found: dict[str, object] = {**NAMES, "Source": Source, **names}
    *lines, last = re.sub(r'"(shop|retail)\.(\w+)"', r'"\1_\2"', block).strip().split("\n")
    exec("\n".join(lines), found)
    found["last"] = eval(last, found)
    return found


def test_the_store_of_features(spark: SparkSession) -> None:
    spark.sql(
        "SELECT 'ann' AS customer_id, id * 10D AS amount, concat('c', id % 2) AS product_category, "
        "timestampadd(DAY, -CAST(id AS INT), TIMESTAMP'2024-03-01') AS transaction_date "
        "FROM range(0, 40)"
    ).createOrReplaceTempView("shop_transactions")
    spark.sql(
        "SELECT 'ann' AS customer_id, IF(id < 3, 'page_view', 'purchase_intent') AS event_type, "
        "timestampadd(HOUR, -CAST(id * 12 AS INT), TIMESTAMP'2024-03-01') AS event_timestamp "
        "FROM range(0, 9)"
    ).createOrReplaceTempView("shop_behaviour")
    spark.sql("SELECT 'ann' AS customer_id, 33 AS age").createOrReplaceTempView("shop_profiles")
    labels = spark.sql("SELECT 'ann' AS customer_id, 1 AS y, TIMESTAMP'2024-02-20' AS label_time")
    ran = run(BLOCKS[0], spark=spark, labels=labels)
    row = ran["view"].features("2024-03-01").first()
    assert row.asDict() == {
        "customer_id": "ann",
        "avg_transaction_30d": pytest.approx(155.0),
        "transaction_count_30d": 30,
        "amount_p95": pytest.approx(371.0),
        "category_diversity": 2,
        "pageviews_7d": 2,
        "intent_signals_7d": 6,
        "active_days_7d": 4,
        "last_activity": row.last_activity,
        "age": 33.0,
        "propensity_score": pytest.approx(930.0),
        "customer_segment": "MEDIUM_VALUE",
        "days_since_activity": 0.5,
    }
    (joined,) = ran["last"].collect()
    assert (joined.y, joined.transaction_count_30d, joined.pageviews_7d) == (1, 29, 0)


def test_invoices_as_they_are(spark: SparkSession) -> None:
    """Cancelled, negative, free, without a customer, postage; names and goods of any alphabet."""
    rows = [
        ("1", "10000", 2, 5.0, "2011-12-01 10:00:00", 17.0, "Österreich"),
        ("1", "10000", 1, 5.0, "2011-12-01 10:00:00", 17.0, "Österreich"),
        ("1", "20000ü", 3, 1.0, "2011-12-01 10:00:00", 17.0, "Österreich"),
        ("2", "10000", 4, 5.0, "2011-12-05 10:00:00", 17.0, "Österreich"),
        ("C3", "10000", -4, 5.0, "2011-12-06 10:00:00", 17.0, "Österreich"),
        ("4", "10000", -9, 0.0, "2011-12-07 10:00:00", 17.0, "Österreich"),
        ("5", "POST", 1, 18.0, "2011-12-08 10:00:00", 17.0, "Österreich"),
        ("6", "10000", 1, 5.0, "2011-12-08 10:00:00", None, "Österreich"),
    ]
    table = spark.createDataFrame(
        rows,
        "Invoice string, StockCode string, Quantity int, Price double, InvoiceDate string, "
        "`Customer ID` double, Country string",
    ).selectExpr("* EXCEPT (InvoiceDate)", "CAST(InvoiceDate AS TIMESTAMP) AS InvoiceDate")
    table.createOrReplaceTempView("retail_lines")
    block = next(block for block in BLOCKS if "cancelled" in block)
    ran = run(block, spark=spark)
    (row,) = ran["last"].collect()
    assert row.asDict() == {
        "customer": "17",
        "Country": "Österreich",
        "spent_30d": pytest.approx(38.0),
        "lines_bought_90d": 4,
        "orders_90d": 2,
        "cancellations_90d": 1,
        "returned_90d": pytest.approx(20 / 38),
        "basket": pytest.approx(5.0),
        "variety": pytest.approx(1.5),
        "days_between": pytest.approx(4.0),
        "recency": pytest.approx(4 + 14 / 24),
        **{"r_score": 5, "f_score": 1, "m_score": 1, "rfm": "511"},
    }
    assert ran["retail"].excluded().first()["without_entity"] == 1
