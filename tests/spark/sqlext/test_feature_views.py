"""Feature views in SQL: kept by versions, asked as of a time, joined to labels, known to models."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import DataFrame, Row, SparkSession

from sparkfl.serving import named_views

pytestmark = pytest.mark.usefixtures("own_registry", "visits")

Sql = Callable[[str], DataFrame]

VISITS = """SELECT id % 7 AS customer_id, concat('s', id % 2) AS store_id,
  timestamp_seconds(1772323200 - 3600 * id) AS seen, double(id % 5) AS spent,
  IF(id % 3 = 0, 'web', NULL) AS channel FROM range(400)"""
"""An event each hour before 2026-03-01."""
PEOPLE = "SELECT id AS customer_id, 20 + id AS age, concat('Köln ', id) AS town FROM range(9)"
VIEW = """CREATE OR REPLACE FEATURE VIEW worth ENTITY customer_id TIMESTAMP seen
TILE INTERVAL 1 DAY AS SELECT
  count(*) OVER LAST 7 DAYS AS visits_7d, count(channel) AS told,
  sum(spent) FILTER (WHERE channel = 'web') OVER LAST 7 DAYS AS web_7d,
  max(seen) AS last_seen, IF(customer_id > 3 AND visits_7d > 23, 'MANY', 'FEW') AS segment,
  timestampdiff(HOUR, last_seen, CURRENT_TIMESTAMP) AS hours
FROM visits"""


@pytest.fixture(scope="module")
def visits(spark: SparkSession, own_registry: str) -> Iterator[None]:
    spark.sql("CREATE DATABASE viewed")
    spark.sql(f"CREATE TABLE viewed.visits USING parquet AS {VISITS}")
    spark.sql(f"CREATE TABLE viewed.people USING parquet AS {PEOPLE}")
    spark.sql("USE viewed")
    yield
    spark.sql("USE default")
    spark.sql("DROP DATABASE viewed CASCADE")


def rows(df: DataFrame) -> list[Row]:
    return sorted(df.collect(), key=str)


def test_a_view_is_made_asked_and_joined(spark: SparkSession, sql: Sql) -> None:
    name, version = sql(VIEW).first()
    assert name == "viewed.worth"
    wanted = spark.sql(
        """SELECT customer_id, count_if(seen >= '2026-02-20') AS visits_7d,
          count(channel) AS told, sum(spent) FILTER (WHERE channel = 'web' AND
          seen >= '2026-02-20') AS web_7d, max(seen) AS last_seen,
          IF(customer_id > 3 AND visits_7d > 23, 'MANY', 'FEW') AS segment,
          timestampdiff(HOUR, last_seen, TIMESTAMP '2026-02-27') AS hours
        FROM visits WHERE seen < '2026-02-27' GROUP BY 1"""
    )
    found = sql("SELECT * FROM feature_view(worth, AS OF '2026-02-27')")
    assert found.columns == wanted.columns
    assert rows(found) == rows(wanted)
    assert {row.segment for row in found.collect()} == {"MANY", "FEW"}
    for moment in (
        "DATE '2026-02-27'",
        "AS OF TIMESTAMP '2026-02-27 00:00:00+00:00'",
        "as_of => TIMESTAMP_NTZ '2026-02-27 00:00:00'",
        "'2026-02-27T01:00:00+01:00'",
    ):
        asked = f"feature_view('viewed.worth${version}', {moment})"
        again = sql(f"SELECT f.* FROM {asked} f JOIN people USING (customer_id)")
        assert rows(again) == rows(wanted), moment
    # Planted: an event at each label's very time, and later.
    labels = (
        "SELECT customer_id, seen AS asked, spent AS label FROM visits WHERE seen >= '2026-02-25'"
    )
    joined = sql(f"SELECT * FROM feature_join(worth, asked, {labels})").collect()
    assert len(joined) == spark.sql(labels).count() > 0
    assert all(row.last_seen < row.asked and row.hours >= 1 for row in joined)
    assert any(row.hours == 7 for row in joined)
    named = sql(f"SELECT told FROM feature_join(view => 'worth', label_time => 'asked', "
                f"query => TABLE({labels}))").count()  # fmt: skip
    assert named == len(joined)


def test_a_view_is_named_as_a_table_is(spark: SparkSession, sql: Sql) -> None:
    _, version = sql(VIEW.replace("worth", "named")).first()
    wanted = rows(sql("SELECT * EXCEPT (hours) FROM feature_view(named)"))
    own = "SELECT * EXCEPT (hours) FROM "
    for source in ("named", "viewed.NAMED", "spark_catalog.viewed.named", f"`named${version}`"):
        assert rows(sql(f"{own}{source};")) == wanted, source
    assert rows(sql(own + "(TABLE named) WHERE customer_id >= 0")) == wanted
    joined = (
        "WITH n AS (SELECT customer_id, visits_7d AS v FROM viewed.named), people AS (SELECT 3L AS "
        "customer_id) SELECT named.told, m.told, v FROM named JOIN n USING (customer_id), named m "
        "JOIN people ON people.customer_id = m.customer_id WHERE m.customer_id = named.customer_id "
        "AND n.v IN (SELECT visits_7d FROM named) -- {of} 'named'"
    )
    ((told, same, v),) = sql(joined).collect()
    assert (told, same, v) == (wanted[3].told, wanted[3].told, wanted[3].visits_7d)
    sql("CREATE OR REPLACE MODEL of_named OPTIONS (MODEL_TYPE = 'kmeans', K = 2, SEED = 1) AS "
        "SELECT told, customer_id % 2 AS w FROM named")  # fmt: skip
    told = dict(sql("DESCRIBE MODEL of_named").collect())
    assert json.loads(told["feature_views"]) == {"viewed.named": [version]}
    asked = "SELECT count(prediction) FROM model_predict(of_named, {})"
    assert sql(asked.format("SELECT *, customer_id % 2 AS w FROM named")).first()[0] == 7
    assert sql(asked.format("(WITH w AS (TABLE named) SELECT told, 0L w FROM w)")).first()[0] == 7
    sql("CREATE OR REPLACE MODEL of_named OPTIONS (MODEL_TYPE = 'kmeans', K = 2, SEED = 1) AS "
        "SELECT told, customer_id FROM named")  # fmt: skip
    assert sql(asked.format("named")).first()[0] == 7
    sql("CREATE TABLE kept AS SELECT named.told AS t FROM named")
    sql("INSERT INTO kept SELECT told FROM named TABLESAMPLE (100 PERCENT) n")
    assert spark.table("kept").count() == 14
    spark.sql("DROP TABLE kept")
    # What Spark knows under the name is meant.
    assert sql("WITH named AS (SELECT 'with' AS x) SELECT x FROM named").first().x == "with"
    spark.sql("CREATE OR REPLACE TEMP VIEW named AS SELECT 'temp' AS x")
    assert sql("SELECT x FROM named").first().x == "temp"
    spark.catalog.dropTempView("named")
    for statement in ("DELETE FROM named", "INSERT INTO named SELECT 1", "DROP TABLE named",
                      "SHOW COLUMNS FROM named", "SELECT * FROM nmaed", "SELECT * FROM other.named",
                      "SELECT * FROM named VERSION AS OF 1"):  # fmt: skip
        with pytest.raises(AnalysisException) as raised:
            sql(statement)
        assert raised.value.getCondition() == "TABLE_OR_VIEW_NOT_FOUND", statement
    for statement, condition in (
        ("SELECT * FROM `named$99`", "SPARKFL_FEATURE_VIEW_NOT_FOUND"),
        ("SELECT nope FROM named", "UNRESOLVED_COLUMN.WITH_SUGGESTION"),
        ("CREATE FEATURE VIEW of_view ENTITY c AS SELECT sum(told) AS s FROM named",
         "SPARKFL_INVALID_INPUT"),
        ("CREATE FEATURE VIEW of_view ENTITY c AS SELECT sum(told) AS s FROM (TABLE named) n",
         "SPARKFL_INVALID_INPUT"),
    ):  # fmt: skip
        with pytest.raises(AnalysisException) as raised:
            sql(statement)
        assert raised.value.getCondition() == condition, statement


def test_a_view_without_its_source_is_not_made_of_itself(spark: SparkSession, sql: Sql) -> None:
    spark.sql("CREATE TABLE viewed.itself AS SELECT 1 AS c, TIMESTAMP '2026-01-01' AS at")
    sql("CREATE OR REPLACE FEATURE VIEW itself ENTITY c TIMESTAMP at AS SELECT count(*) AS n "
        "FROM itself")  # fmt: skip
    assert sql("SELECT * FROM itself").columns == ["c", "at"]
    spark.sql("DROP TABLE viewed.itself")
    with pytest.raises(AnalysisException, match="itself cannot be read"):
        sql("SELECT * FROM itself")


def test_only_names_that_spark_does_not_know_are_looked_for(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = named_views.known_view
    monkeypatch.setattr(
        named_views, "known_view", lambda s, name: [asked.append(name), real(s, name)][1]
    )
    spark.sql(VIEW)
    spark.sql("CREATE OR REPLACE VIEW people_now AS SELECT town FROM people JOIN worth "
              "USING (customer_id)")  # fmt: skip
    asked.clear()
    spark.sql("WITH p AS (TABLE people) SELECT * FROM p JOIN visits v ON v.customer_id IN (SELECT "
              "id FROM range(3))")  # fmt: skip
    spark.sql("SELECT * FROM IDENTIFIER('peo' || 'ple')")
    assert asked == []
    assert spark.table("worth").columns[1] == "visits_7d"
    spark.sql("USE default")
    try:
        assert spark.sql("SELECT * FROM viewed.people_now").count() == 7
    finally:
        spark.sql("USE viewed")
    assert asked == ["spark_catalog.viewed.worth"] * 2
    with pytest.raises(AnalysisException):
        spark.sql("SELECT * FROM nowhere")
    assert len(asked) == 3
    spark.sql("DROP VIEW people_now")


def test_a_model_knows_the_version_that_it_was_trained_on(spark: SparkSession, sql: Sql) -> None:
    _, version = sql(VIEW).first()
    trained = "SELECT visits_7d, web_7d FROM feature_view(worth, AS OF '2026-02-27')"
    options = "OPTIONS (MODEL_TYPE = 'kmeans', K = 2, SEED = 1)"
    sql(f"CREATE OR REPLACE MODEL clustered {options} AS {trained}")
    told = dict(sql("DESCRIBE MODEL clustered").collect())
    assert json.loads(told["feature_views"]) == {"viewed.worth": [version]}
    asked = "SELECT * FROM feature_view({})"
    scored = f"SELECT count(prediction) FROM model_predict(clustered, {asked})"
    assert sql(scored.format("worth, AS OF '2026-02-28'")).first()[0] == 7
    # Another version that makes the same of what the model reads.
    sql("ALTER FEATURE VIEW worth ADD min(spent) AS least, least + 1 AS more")
    assert sql(scored.format("worth, AS OF '2026-02-28'")).first()[0] == 7
    sql(VIEW.replace("'web') OVER LAST 7", "'web') OVER LAST 9"))
    with pytest.raises(AnalysisException) as raised:
        sql(scored.format("worth, AS OF '2026-02-28'"))
    assert raised.value.getCondition() == "SPARKFL_INVALID_INPUT"
    for said in (f"version {version} of the feature view viewed.worth", "web_7d", "9 days",
                 f"feature_view(viewed.worth${version})"):  # fmt: skip
        assert said in str(raised.value)
    assert sql(scored.format(f"worth${version}, AS OF '2026-02-28'")).first()[0] == 7


def test_a_federation_of_the_features_of_stores(spark: SparkSession) -> None:
    spark.sql(
        "CREATE FEATURE VIEW of_stores ENTITY customer_id PER store_id TIMESTAMP seen AS "
        "SELECT p.age, p.town, count(v.*) AS n, avg(spent) AS mean "
        "FROM people p WITHOUT TIMESTAMP ENTITY (customer_id, town), visits v"
    )
    spark.sql("CREATE OR REPLACE TEMP VIEW crowd AS SELECT id % 60 AS customer_id, "
              "concat('s', id % 2) AS store_id, double(id % 11) AS x, "
              "timestamp_seconds(id) AS at FROM range(600)")  # fmt: skip
    spark.sql("CREATE FEATURE VIEW crowded ENTITY customer_id PER store_id TIMESTAMP at AS "
              "SELECT avg(x) AS mean, max(x) AS most FROM crowd")  # fmt: skip
    made = spark.sql(
        "CREATE FEDERATED MODEL of_crowd PARTITION BY store_id OPTIONS (MODEL_TYPE = 'kmeans', "
        "NUM_CLUSTERS = 2, GLOBAL_NUM_CLUSTERS = 2, MIN_CLUSTER_SIZE = 5) "
        "AS SELECT store_id, mean, most FROM feature_view(crowded)"
    ).first()
    assert (made.stores, made.stores_without_model) == (2, 0)
    told = dict(spark.sql("DESCRIBE MODEL of_crowd").collect())
    assert json.loads(told["feature_views"]) == {"viewed.crowded": [1]}
    spark.catalog.dropTempView("crowd")


def test_columns_of_a_table_of_entities(spark: SparkSession, sql: Sql) -> None:
    sql(
        "CREATE OR REPLACE VDS known ENTITY customer_id AS SELECT p.town, upper(p.town) AS big, "
        "count(v.*) OVER LAST 7 DAYS AS n, age FROM people p LEFT JOIN visits v TIMESTAMP seen "
        "ON p.customer_id = v.customer_id"
    )
    found = rows(sql("SELECT * FROM feature_view(known, AS OF '2026-03-01')"))
    assert len(found) == 9
    assert found[0].asDict() == {"customer_id": 0, "town": "Köln 0", "big": "KÖLN 0", "n": 24,
                                 "age": 20}  # fmt: skip
    assert [row.n for row in found[7:]] == [0, 0]
    label = "SELECT 'x' AS label, bigint({}) AS customer_id, DATE '2026-03-01' AS day"
    labels = f"{label.format(3)} UNION ALL {label.format(11)}"
    joined = rows(sql(f"SELECT * FROM feature_join(known, day, {labels})"))
    assert [(row.label, row.customer_id, row.town, row.n) for row in joined] == [
        ("x", 11, None, 0), ("x", 3, "Köln 3", 24),
    ]  # fmt: skip
    spark.sql("INSERT INTO people VALUES (1, 7, 'twice')")
    try:
        with pytest.raises(Exception, match="two rows of one entity"):
            sql("SELECT town FROM feature_view(known)").collect()
    finally:
        spark.sql(f"INSERT OVERWRITE people {PEOPLE}")


def test_tiles_are_refreshed_and_read(spark: SparkSession, sql: Sql) -> None:
    sql("DROP FEATURE VIEW IF EXISTS tiled")
    spark.sql("DROP TABLE IF EXISTS tiled_tiles")
    sql(VIEW.replace("worth", "tiled"))
    tiles = "`spark_catalog`.`viewed`.`tiled_tiles`"
    first = sql("REFRESH FEATURE VIEW tiled UNTIL '2026-02-20'").first()
    assert (first.view_name, first.tiles, first.since) == ("viewed.tiled", tiles, None)
    second = sql("REFRESH VDS tiled UNTIL DATE '2026-03-02'").first()
    assert second.since == first.until
    asked = "SELECT * FROM feature_view(tiled, AS OF '2026-02-27'{})"
    from_tiles = rows(sql(asked.format(", OPTIONS(TILES = TRUE)")))
    assert from_tiles == rows(sql(asked.format("")))
    told = dict(sql("DESCRIBE FEATURE VIEW tiled").collect())
    assert told["refreshed_until"].startswith("2026-03-02")
    assert told["feature.web_7d"] == (
        "sum(spent) FILTER (WHERE channel = 'web') OVER LAST 7 DAYS FROM visits"
    )
    sql(VIEW.replace("worth", "untiled").replace("TILE INTERVAL 1 DAY", ""))
    for statement in (
        "REFRESH FEATURE VIEW untiled",
        "SELECT * FROM feature_view(untiled, OPTIONS(TILES = TRUE))",
    ):
        with pytest.raises(AnalysisException, match=r"viewed\.untiled keeps no tiles"):
            sql(statement)


def test_views_are_shown_described_and_dropped(spark: SparkSession, sql: Sql) -> None:
    sql(VIEW.replace("worth", "`shown é`"))
    sql("ALTER FEATURE VIEW `shown é` DROP COLUMN hours, told")
    shown = sql("SHOW FEATURE VIEWS LIKE 'shown*'").collect()
    assert [(row.view_name, row.entity, row.sources, row.columns) for row in shown] == [
        ("viewed.shown é", "customer_id", "visits", 4)
    ]
    version = shown[0].version
    told = dict(sql("DESCRIBE FEATURE VIEW EXTENDED `shown é`").collect())
    assert told["versions"].endswith(f"{version - 1}, {version}")
    assert told["source.visits"] == "spark_catalog.viewed.visits AS `visits` TIMESTAMP seen"
    assert told["derived.segment"].startswith("IF(customer_id > 3")
    assert told["freshness.visits"].startswith("2026-03-01 00:00:00")
    assert json.loads(told["rows.visits"]) == {
        "rows": 400, "without_entity": 0, "without_time": 0
    }  # fmt: skip
    figures = json.loads(told["statistics.visits_7d"])
    assert (figures["count"], figures["nulls"]) == (7, 0)
    assert json.loads(told["statistics.segment"]) == {"count": 7, "nulls": 0}
    before = dict(sql(f"DESCRIBE VDS `shown é${version - 1}`").collect())
    assert "derived.hours" in before
    assert sql(VIEW.replace("OR REPLACE FEATURE VIEW", "FEATURE VIEW IF NOT EXISTS").replace(
        "worth", "`shown é`")).first().version == version  # fmt: skip
    with pytest.raises(AnalysisException) as raised:
        sql(VIEW.replace("OR REPLACE", "").replace("worth", "`shown é`"))
    assert raised.value.getCondition() == "SPARKFL_FEATURE_VIEW_EXISTS"
    sql("DROP VDS `shown é`")
    sql("DROP FEATURE VIEW IF EXISTS `shown é`")
    for statement in (
        "DROP VDS `shown é`",
        "SELECT * FROM feature_view(`shown é`)",
        "REFRESH FEATURE VIEW `shown é`",
        "ALTER VDS `shown é` ADD count(*) AS z",
    ):
        with pytest.raises(AnalysisException) as raised:
            sql(statement)
        assert raised.value.getCondition() == "SPARKFL_FEATURE_VIEW_NOT_FOUND"


def test_what_is_wrong_is_said_and_nothing_is_kept(spark: SparkSession, sql: Sql) -> None:
    for items, source, said in (
        ("sum(spnt) AS x", "visits", "spnt"),
        ("sum(channel) AS x", "visits", "aggregates string; cast it to a number"),
        ("count(*) AS x", "no_such_table", "no_such_table cannot be read"),
        ("count(*) AS n, n + spent AS m", "visits", "The feature m of the view"),
        ("count(*) AS n", "people", "seen"),
        ("count(*) AS n", "(DROP TABLE visits) AS t", "is no query: 'DROP TABLE visits'"),
        ("count(*) AS n", "(SELECT * FROM visits) AS t ENTITY (who)", "who"),
    ):
        with pytest.raises(AnalysisException) as raised:
            sql(f"CREATE FEATURE VIEW wrong ENTITY customer_id TIMESTAMP seen AS SELECT {items} "
                f"FROM {source}")  # fmt: skip
        assert said in str(raised.value)
        assert "Exception:" not in str(raised.value)
    with pytest.raises(ParseException) as raised:
        sql("CREATE FEATURE VIEW wrong ENTITY c AS\n  SELECT avrage(x) OVER LAST 3 DAYS FROM t")
    assert "There is no aggregation avrage" in str(raised.value)
    assert "line 2, pos" in str(raised.value)
    assert sql("SHOW FEATURE VIEWS LIKE 'wrong'").count() == 0
    assert spark.catalog.tableExists("visits")
    for call, said in (
        ("feature_view(worth, 7)", "feature_view takes (view[, as_of][, options])"),
        ("feature_view(worth, AS OF 'soon')", "as_of 'soon' is no date"),
        ("feature_join(worth, SELECT 1 AS x)", "feature_join takes (view, label_time, query)"),
        ("feature_join(worth, nope, SELECT 1 AS customer_id)", "nope"),
        ("feature_view(nobody)", "There is no feature view 'viewed.nobody'"),
    ):
        sql(VIEW)
        with pytest.raises(AnalysisException) as raised:
            sql(f"SELECT * FROM {call}")
        assert said in str(raised.value), call


def test_days_are_of_utc_whatever_the_zone_of_the_session(spark: SparkSession, sql: Sql) -> None:
    sql(VIEW)
    asked = "SELECT * EXCEPT (last_seen) FROM feature_view(worth, {})"
    wanted = rows(sql(asked.format("AS OF '2026-02-27'")))
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    try:
        assert rows(sql(asked.format("AS OF '2026-02-27'"))) == wanted
        assert rows(sql(asked.format("AS OF DATE '2026-02-27'"))) == wanted
        assert rows(sql(asked.format("AS OF TIMESTAMP '2026-02-26 19:00:00'"))) == wanted
        assert rows(sql(asked.format("AS OF TIMESTAMP '2026-02-27 00:00:00'"))) != wanted
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")


def test_nothing_runs_until_rows_are_asked_for(spark: SparkSession) -> None:
    context = spark.sparkContext
    context.setJobGroup("views", "")
    try:
        spark.sql(VIEW)
        spark.sql("EXPLAIN SELECT * FROM feature_view(worth)").collect()
        spark.sql("SELECT * FROM feature_view(worth) WHERE visits_7d > 3")
    finally:
        context.setLocalProperty("spark.jobGroup.id", None)
    assert list(context.statusTracker().getJobIdsForGroup("views")) == []


def test_now_is_when_it_is_asked(spark: SparkSession) -> None:
    spark.sql("CREATE OR REPLACE TEMP VIEW clock AS SELECT 1 AS c, current_timestamp() - "
              "INTERVAL 1 DAY AS at UNION ALL SELECT 1, TIMESTAMP '2999-01-01'")  # fmt: skip
    spark.sql("CREATE FEATURE VIEW clocked ENTITY c TIMESTAMP at AS SELECT count(*) n, "
              "date(as_of) AS day FROM clock")  # fmt: skip
    (row,) = spark.sql("SELECT * FROM feature_view(clocked)").collect()
    assert row.n == 1
    assert abs((datetime.now(UTC).date() - row.day).days) <= 1
    spark.catalog.dropTempView("clock")
