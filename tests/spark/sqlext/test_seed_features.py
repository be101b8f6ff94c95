"""The third seed's feature store, as it is typed but for four places, over eight sources."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

pytestmark = pytest.mark.usefixtures("own_registry", "sources")

SEED = """
CREATE VDS ml_feature_store ENTITY customer_id AS
WITH customer_features AS (
  SELECT
    customer_id,

    -- Demographic features
    age,
    income_bracket,
    geography_tier,
    account_tenure_months,

    -- Transaction features (30-day window)
    AVG(transaction_amount) as avg_transaction_30d,
    COUNT(*) as transaction_count_30d,
    STDDEV(transaction_amount) as transaction_volatility_30d,

    -- Behavioral features
    MAX(cp.days_since_last_login) as recency_score,
    COUNT(DISTINCT product_category) as category_diversity

  FROM customer_profiles cp
  LEFT JOIN ml_transactions mt ON cp.customer_id = mt.customer_id
  WHERE mt.transaction_date >= CURRENT_DATE - INTERVAL 30 DAY
  GROUP BY customer_id, age, income_bracket, geography_tier, account_tenure_months
),
behavioral_features AS (
  SELECT
    customer_id,

    -- Real-time behavioral signals
    COUNT(CASE WHEN event_type = 'page_view' THEN 1 END) as pageviews_7d,
    COUNT(CASE WHEN event_type = 'purchase_intent' THEN 1 END) as intent_signals_7d,
    AVG(session_duration_minutes) as avg_session_duration,

    -- Engagement features
    COUNT(DISTINCT DATE(event_timestamp)) as active_days_7d,
    MAX(event_timestamp) as last_activity_timestamp

  FROM behavioral_data
  WHERE event_timestamp >= CURRENT_TIMESTAMP - INTERVAL 7 DAY
  GROUP BY customer_id
){more_selects}
SELECT
  cf.*,
  bf.pageviews_7d,
  bf.intent_signals_7d,
  bf.avg_session_duration,
  bf.active_days_7d,

  -- Derived ML features
  (cf.avg_transaction_30d * bf.intent_signals_7d) as propensity_score,
  CASE
    WHEN bf.active_days_7d >= 5 AND cf.transaction_count_30d >= 3 THEN 'HIGH_VALUE'
    WHEN bf.active_days_7d >= 2 OR cf.transaction_count_30d >= 1 THEN 'MEDIUM_VALUE'
    ELSE 'LOW_VALUE'
  END as customer_segment,

  -- Time-based features for model freshness
  timestampdiff(SECOND, bf.last_activity_timestamp, CURRENT_TIMESTAMP) / 86400.0
    as days_since_activity{more_columns}

FROM customer_features cf
LEFT JOIN behavioral_features bf ON cf.customer_id = bf.customer_id{more_sources}
"""
"""Changed: ENTITY customer_id; cp. before days_since_last_login, which might be of either table;
EXTRACT(epoch FROM …), which Spark has not; the braces, for five sources more."""

OTHERS = ("returned", "tickets", "reviews", "mails", "calls")
EVENTS = """SELECT id % 5 AS customer_id, timestamp_seconds(1772323200 - {step} * id) AS {time},
  double(id % 7) + id / 1000 AS {value}, {kind} AS {label} FROM range(300)"""
AS_OF = "2026-03-01"


@pytest.fixture(scope="module")
def sources(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Eight external sources, of three kinds."""
    home = tmp_path_factory.mktemp("lake")
    files = {
        "customer_profiles": ("csv", "SELECT id AS customer_id, int(20 + id) AS age, 'high' AS "
        "income_bracket, concat('T', id % 2) AS geography_tier, int(id * 3) AS "
        "account_tenure_months, int(id) AS days_since_last_login FROM range(7)"),
        "ml_transactions": ("parquet", EVENTS.format(
            step=14_400, time="transaction_date", value="transaction_amount",
            kind="concat('c', id % 4)", label="product_category",
        )),
        "behavioral_data": ("json", EVENTS.format(
            step=7_200, time="event_timestamp", value="session_duration_minutes",
            kind="element_at(array('page_view', 'purchase_intent', 'other'), int(id % 3) + 1)",
            label="event_type",
        )),
        "events": ("parquet", EVENTS.format(
            step=3_600, time="at", value="x", kind="'k'", label="kind"
        )),
    }  # fmt: skip
    made = {name: (name, kind) for name, (kind, _) in files.items() if name != "events"}
    made |= dict.fromkeys(OTHERS, ("events", "parquet"))
    for name, (kind, query) in files.items():
        spark.sql(query).write.option("header", True).format(kind).save(f"{home}/{name}")
    for name, (path, kind) in made.items():
        spark.sql(f"CREATE EXTERNAL SOURCE {name} USING {kind} (path = '{home}/{path}')")
    yield
    for name in made:
        spark.sql(f"DROP EXTERNAL SOURCE {name}")


def test_the_seeds_view_says_what_its_queries_say(spark: SparkSession) -> None:
    selects = "".join(
        f",\n{name}_features AS (SELECT COUNT(*) as {name}_30d, AVG(x) as {name}_mean "
        f"FROM {name} WHERE at >= CURRENT_DATE - INTERVAL 30 DAY GROUP BY customer_id)"
        for name in OTHERS
    )
    columns = "".join(f",\n  {name}.*" for name in OTHERS)
    joins = "".join(
        f"\nLEFT JOIN {name}_features {name} ON cf.customer_id = {name}.customer_id"
        for name in OTHERS
    )
    spark.sql(SEED.format(more_selects=selects, more_columns=columns, more_sources=joins))
    found = spark.sql(
        f"SELECT * FROM feature_view(ml_feature_store, AS OF '{AS_OF}') ORDER BY customer_id"
    )
    months = f"at >= date '{AS_OF}' - INTERVAL 30 DAY AND at < '{AS_OF}'"
    told = ", ".join(f"{n}.{n}_30d, {n}.{n}_mean" for n in OTHERS)
    joined = " ".join(
        f"LEFT JOIN (SELECT customer_id, count(*) AS {n}_30d, avg(x) AS {n}_mean FROM {n} "
        f"WHERE {months} GROUP BY 1) {n} USING (customer_id)"
        for n in OTHERS
    )
    wanted = spark.sql(
        f"""WITH bought AS (SELECT customer_id, avg(transaction_amount) AS avg_transaction_30d,
            count(*) AS transaction_count_30d,
            stddev(transaction_amount) AS transaction_volatility_30d,
            count(DISTINCT product_category) AS category_diversity FROM ml_transactions
          WHERE {months.replace("at ", "transaction_date ")} GROUP BY 1),
        did AS (SELECT customer_id, count_if(event_type = 'page_view') AS pageviews_7d,
            count_if(event_type = 'purchase_intent') AS intent_signals_7d,
            avg(session_duration_minutes) AS avg_session_duration,
            count(DISTINCT date(event_timestamp)) AS active_days_7d, max(event_timestamp) AS last
          FROM behavioral_data WHERE event_timestamp < '{AS_OF}' AND
            event_timestamp >= date '{AS_OF}' - INTERVAL 7 DAY GROUP BY 1)
        SELECT p.customer_id, age, income_bracket, geography_tier, account_tenure_months,
          avg_transaction_30d, coalesce(transaction_count_30d, 0L) AS transaction_count_30d,
          transaction_volatility_30d, double(days_since_last_login) AS recency_score,
          coalesce(category_diversity, 0L) AS category_diversity,
          coalesce(pageviews_7d, 0L) AS pageviews_7d,
          coalesce(intent_signals_7d, 0L) AS intent_signals_7d, avg_session_duration,
          coalesce(active_days_7d, 0L) AS active_days_7d,
          avg_transaction_30d * intent_signals_7d AS propensity_score,
          CASE WHEN active_days_7d >= 5 AND transaction_count_30d >= 3 THEN 'HIGH_VALUE'
            WHEN active_days_7d >= 2 OR transaction_count_30d >= 1 THEN 'MEDIUM_VALUE'
            ELSE 'LOW_VALUE' END AS customer_segment,
          timestampdiff(SECOND, last, TIMESTAMP '{AS_OF}') / 86400.0 AS days_since_activity,
          {told}
        FROM customer_profiles p LEFT JOIN bought USING (customer_id)
          LEFT JOIN did USING (customer_id) {joined} ORDER BY customer_id"""
    )
    assert found.columns == wanted.columns
    pairs = zip(found.collect(), wanted.collect(), strict=True)
    counts = {f"{name}_30d" for name in OTHERS}
    for one, other in pairs:
        for name in found.columns:
            a, b = one[name], other[name]
            b = 0 if b is None and name in counts else b
            same = math.isclose(a, b, rel_tol=1e-9) if isinstance(a, float) else a == b
            assert same, (name, a, b)
    assert {row.customer_segment for row in found.collect()} == {"HIGH_VALUE", "LOW_VALUE"}
