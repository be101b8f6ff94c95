"""Feature views on Spark: what `test_work` shows of a worker holds of the whole plan."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from sparkfl.datasets import online_retail
from sparkfl.errors import ParameterError, SchemaError
from sparkfl.features import FEATURES, customer_features
from sparkfl.features.aggregations import DAY
from sparkfl.features.views import Aggregation, FeatureView, Source

AS_OF = "2011-12-10"


def abroad(spark: SparkSession) -> DataFrame:
    """Events of 37 countries: the other one has nine tenths of all."""
    return online_retail(spark).where("web.webPageDetails.storeCode != 'United Kingdom'")


@pytest.fixture(scope="module")
def lines(spark: SparkSession) -> DataFrame:
    """Lines of all invoices from abroad, as a shop's own table may have them."""
    exploded = abroad(spark).select(
        sf.expr("identityMap['ECID'][0].id").alias("customer_id"),
        sf.col("web.webPageDetails.storeCode").alias("store_id"),
        sf.col("timestamp").alias("invoiced"),
        sf.col("commerce.order.purchaseID").alias("invoice no"),
        sf.inline("productListItems"),
    )
    return exploded.drop("name", "currencyCode").withColumnRenamed("priceTotal", "price.total")


@pytest.fixture(scope="module")
def retail(lines: DataFrame) -> FeatureView:
    bought = Source(
        lines,
        [
            Aggregation("sum", "price.total", 30, "spent"),
            Aggregation("count", window="90 days", name="lines"),
            Aggregation("percentile", "price.total", 90, "p95", q=0.95),
            Aggregation("distinct", "SKU", 90, "things", where="quantity > 0"),
            Aggregation("basket_size", "quantity", 90, "basket", by="invoice no"),
            Aggregation("return_rate", "quantity", name="returned"),
            Aggregation("days_since_last", name="recency"),
            Aggregation("last_time", name="seen"),
        ],
        time="invoiced",
    )
    derived = {
        "segment": "CASE WHEN spent > 1000 THEN 'HIGH' WHEN lines > 0 THEN 'MID' ELSE 'LOW' END",
        "days_since_activity": "(unix_micros(as_of) - unix_micros(seen)) / 86400000000D",
    }
    return FeatureView("retail", "customer_id", [bought], per="store_id", derived=derived)


def test_the_real_lines_as_pandas_sees_them(lines: DataFrame, retail: FeatureView) -> None:
    found = retail.features(AS_OF).toPandas().set_index(["customer_id", "store_id"]).sort_index()
    frame = lines.dropna(subset=["customer_id"]).toPandas()
    keys = ["customer_id", "store_id"]
    until = pd.Timestamp(AS_OF)
    month, quarter = (frame[frame["invoiced"] >= until - pd.Timedelta(days=d)] for d in (30, 90))
    price, known = quarter.groupby(keys)["price.total"], frame.groupby(keys)
    baskets = quarter.groupby([*keys, "invoice no"])["quantity"].sum().groupby(keys).mean()
    things = quarter[quarter["quantity"] > 0].groupby(keys)["SKU"].nunique()
    back, ordered = (
        (sign * frame["quantity"] > 0).groupby([frame[k] for k in keys]).sum() for sign in (-1, 1)
    )
    wanted = pd.DataFrame(
        {
            "spent": month.groupby(keys)["price.total"].sum(),
            "p95": price.quantile(0.95),
            "basket": baskets,
            "returned": back / ordered.where(ordered > 0),
            "recency": (until - known["invoiced"].max()) / pd.Timedelta(days=1),
        },
        index=found.index,
    )
    assert len(found) == len(known)
    pd.testing.assert_frame_equal(found[wanted.columns], wanted, rtol=1e-9)
    np.testing.assert_allclose(found["days_since_activity"], found["recency"], rtol=1e-9)
    assert found["lines"].sum() == len(quarter)
    assert (found["things"] == things.reindex(found.index).fillna(0)).all()
    assert set(found["segment"]) == {"HIGH", "MID", "LOW"}
    counted = retail.excluded().first()
    assert counted["rows"] - counted["without_entity"] == len(frame)


def test_no_label_sees_the_future(spark: SparkSession) -> None:
    """Planted: a huge amount at each label's very time, and one a microsecond later."""
    past = spark.range(400).selectExpr(
        "concat('ü ', id % 20) AS customer",
        "1D AS amount",
        "timestamp_seconds(1700000000 + id * 3600) AS at",
    )
    labels = spark.range(60).selectExpr(
        "concat('ü ', id % 20) AS customer",
        "id AS `label id`",
        "timestamp_seconds(1700000000 + (id % 20 + id DIV 20 * 140) * 3600) AS `asked at`",
    )
    planted = labels.selectExpr("customer", "1e9 AS amount", "`asked at` AS at")
    later = planted.withColumn("at", sf.expr("at + INTERVAL 0.000001 SECOND"))
    events = past.unionAll(planted).unionAll(later)
    features = [
        Aggregation("count", name="n"),
        Aggregation("count", where="amount > 1", name="planted"),
        Aggregation("days_since_last", name="age"),
    ]
    found = FeatureView("v", "customer", [Source(events, features, time="at")]).join(
        labels, "asked at"
    )
    assert found.columns == [*labels.columns, "n", "planted", "age"]
    rows = {row["label id"]: row for row in found.collect()}
    marks = labels.withColumn("t", sf.unix_micros("asked at")).toPandas()
    times = events.select("customer", sf.unix_micros("at").alias("t"), "amount").toPandas()
    assert len(rows) == len(marks) == 60
    for mark in marks.itertuples():
        own = times[(times.customer == mark.customer) & (times.t < mark.t)]
        row = rows[mark[2]]
        assert (row["n"], row["planted"]) == (len(own), (own.amount > 1).sum())
        assert row["age"] == ((mark.t - own.t.max()) / DAY if len(own) else None)
    assert sum(row["planted"] == 0 for row in rows.values()) == 20


def test_the_four_features_of_before_are_a_view(spark: SparkSession) -> None:
    """Orders that were bought, of customers in stores."""
    events = abroad(spark)
    total = "aggregate(productListItems, 0D, (s, i) -> s + i.priceTotal)"
    orders = Source(
        events,
        [
            Aggregation("avg", "total", name="avg_order_value"),
            Aggregation("count", name="total_orders"),
            Aggregation("lifetime"),
            Aggregation("days_since_last"),
        ],
        time="timestamp",
        where="commerce.order.purchaseID IS NOT NULL AND "
        "exists(productListItems, i -> i.priceTotal > 0)",
        columns={
            "total": total,
            "customer_id": "identityMap['ECID'][0].id",
            "store_id": "web.webPageDetails.storeCode",
        },
    )
    view = FeatureView("orders", "customer_id", [orders], per="store_id")
    both = view.features(AS_OF).join(
        customer_features(events, "2010-12-01", AS_OF).toDF(
            "customer_id", "store_id", *(f"old_{name}" for name in FEATURES), "seen"
        ),
        ["customer_id", "store_id"],
        "full",
    )
    both = both.withColumn(
        "right",
        sf.expr(
            "coalesce(abs(avg_order_value - old_avg_order_value) < 1e-9 "
            "AND total_orders = old_total_orders AND abs(lifetime - old_customer_lifetime) < 1 "
            "AND abs(days_since_last - old_days_since_last_purchase) <= 1, false)"
        ),
    )
    found = both.selectExpr("count(*)", "count_if(NOT right)").first()
    assert tuple(found) == (customer_features(events, "2010-12-01", AS_OF).count(), 0)


def test_sources_of_other_kinds_and_names(spark: SparkSession) -> None:
    """A date, a time without zone, none; keys of other names and widths; columns of every kind."""
    spark.sql(
        "SELECT 1 AS id, DATE'2024-01-05' AS `the day`, 2.50BD AS `net.sales`, true AS `order`"
    ).createOrReplaceTempView("by_day")
    clicks = spark.sql(
        "SELECT 1L AS cid, TIMESTAMP_NTZ'2024-01-05 00:00:00' AS at, CAST(NULL AS INT) AS nothing, "
        "'x' AS page UNION ALL SELECT 2L, TIMESTAMP_NTZ'2024-01-06 23:59:59', 4, NULL"
    )
    people = spark.sql("SELECT CAST(2 AS SMALLINT) AS id, 42 AS age")
    sources = [
        Source(
            "by_day",
            [
                Aggregation("sum", "net.sales", name="sales"),
                Aggregation("share", when="order", name="ordered"),
                Aggregation("count", window=1, name="that day"),
            ],
            time="the day",
        ),
        Source(
            clicks,
            [
                Aggregation("max", "nothing", name="most"),
                Aggregation("distinct", "page", name="pages"),
                Aggregation("count", name="clicks"),
            ],
            time="at",
            keys={"id": "cid"},
        ),
        Source(people, [Aggregation("last", "age", name="age")]),
    ]
    view = FeatureView("kinds", "id", sources, derived={"`": "age + clicks"})
    assert view.features(date(2024, 1, 6)).orderBy("id").collect() == [
        (1, 2.5, 1.0, 1, None, 1, 1, None, None),
        (2, None, None, 0, None, 0, 0, 42.0, 42.0),
    ]
    entities = spark.sql(
        "SELECT 'kept' AS extra, 2 AS id UNION ALL SELECT 'too', 9 UNION ALL SELECT 'so', NULL"
    )
    asked = view.features(datetime(2024, 1, 7, tzinfo=UTC), entities).orderBy("extra").collect()
    assert [(r.extra, r.most, r.pages, r.clicks, r.age) for r in asked] == [
        ("kept", 4.0, 0, 1, 42.0),
        ("so", None, 0, 0, None),
        ("too", None, 0, 0, None),
    ]
    empty = view.features("2024-01-06", entities.where("false"))
    assert empty.collect() == []
    untimed = view.join(spark.sql("SELECT 2 AS id, CAST(NULL AS DATE) AS d"), "d").first()
    assert untimed[2:] == (None,) * 8


def test_a_view_of_200_features_plans_in_no_time(spark: SparkSession) -> None:
    events = spark.sql("SELECT 1 AS id, now() AS at, 1D AS x WHERE false")
    features = [Aggregation("avg", f"x * {i}", 1 + i % 90, f"f {i}") for i in range(200)]
    view = FeatureView(
        "wide", "id", [Source(events, features, time="at")], derived={"g": "`f 1` + `f 2`"}
    )
    begun = time.perf_counter()
    filtered = view.features("2024-01-01").where("`f 3` > 1 AND g > 2 AND `f 4` IS NOT NULL")
    assert filtered.collect() == []
    assert time.perf_counter() - begun < 5


def _yaml(path: Path) -> str:
    path.write_text(
        "name: shop\nentity: customer\nper: store\nsources:\n"
        "  - table: bought_from_yaml\n    time: at\n    where: amount > 0\n"
        "    features:\n"
        "      - {function: sum, of: amount, window: 30 days, name: spent}\n"
        "      - {function: percentile, of: amount, q: 0.5}\n"
        "derived: {rich: spent > 10}\n",
        "utf-8",
    )
    return str(path)


def test_from_yaml_and_back(spark: SparkSession, tmp_path: Path) -> None:
    spark.sql(
        "SELECT 'ann' AS customer, 'north' AS store, TIMESTAMP'2024-01-03' AS at, amount "
        "FROM VALUES (3), (9), (-5) AS t(amount)"
    ).createOrReplaceTempView("bought_from_yaml")
    view = FeatureView.from_yaml(_yaml(tmp_path / "view.yaml"))
    again = FeatureView.from_yaml(str(view.to_dict()))
    for each in (view, again):
        assert each.features("2024-01-04").collect() == [("ann", "north", 12.0, 6.0, True)]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"time": "x"}, "time of the source t, 'x', is double; give a timestamp or a date."),
        ({"time": "when"}, "The time of the source t cannot be read from 'when'"),
        ({"where": "x"}, "where of the source t, 'x', is double; give a condition."),
        ({"keys": {"id": "who"}}, "'who'"),
        ({"features": [Aggregation("avg", "y")]}, "The feature avg_y of the source t cannot be"),
        ({"features": [Aggregation("avg", "x"), Aggregation("sum", "s")]}, "aggregates string"),
        ({"features": [Aggregation("avg", "x +")]}, "cannot be read from '(x +)'"),
        ({"features": [Aggregation("sum", "sum(x)")]}, "It is read row by row, and has an aggr"),
        ({"features": [Aggregation("sum", "x", where="max(x) > 1")]}, "It is read row by row"),
        (
            {"features": [Aggregation("sum", "explode(array(x))")]},
            "The feature sum_explode_array_x",
        ),
        ({"where": "sum(x) > 1"}, "It is read row by row, and has an aggregate"),
        ({"time": "max(at)"}, "It is read row by row, and has an aggregate"),
        ({"columns": {"z": "sum(x)"}}, "It is read row by row, and has an aggregate"),
        ({"columns": {"z": "nope"}}, "The column z of the source t cannot be read from 'nope'"),
    ],
)
def test_what_cannot_be_read_is_named(spark: SparkSession, change: dict, says: str) -> None:
    table = spark.sql("SELECT 1 AS id, now() AS at, 1D AS x, 's' AS s")
    given = {"table": table, "features": [Aggregation("avg", "x")], "time": "at", "name": "t"}
    view = FeatureView("v", "id", [Source(**{**given, **change})])
    with pytest.raises(SchemaError) as raised:
        view.features("2024-01-01")
    assert says in str(raised.value)
    assert "JVM" not in str(raised.value)


def test_views_that_mean_nothing(spark: SparkSession) -> None:
    table = spark.sql("SELECT 1 AS id, now() AS at, 1D AS x")
    source = Source(table, [Aggregation("avg", "x")], time="at")
    other = Source(table.selectExpr("'1' AS id", "at", "x"), [Aggregation("sum", "x")], time="at")
    with pytest.raises(SchemaError, match="'id' of the entity is int in a frame, string in"):
        FeatureView(
            "v", "id", [source, Source(other.table, other.features, "at", name="b")]
        ).features()
    with pytest.raises(ParameterError, match="two columns 'avg_x'"):
        FeatureView("v", "id", [source, source])
    with pytest.raises(ParameterError, match="as_of 'then' is no date"):
        FeatureView("v", "id", [source]).features("then")
    with pytest.raises(SchemaError, match="The feature g of the view v cannot be read from 'nope'"):
        FeatureView("v", "id", [source], derived={"g": "nope"}).features()
    with pytest.raises(SchemaError, match="label_time 'x' is double"):
        FeatureView("v", "id", [source]).join(table, "x")
    with pytest.raises(SchemaError, match="avg_x"):
        FeatureView("v", "id", [source]).join(table.withColumnRenamed("x", "avg_x"), "at")
