"""What is expected of feature views: judged by refreshes and before trainings, kept over time."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyspark.errors import AnalysisException, PySparkException
from pyspark.sql import DataFrame, SparkSession

from sparkfl.registry import ModelRegistry
from sparkfl.serving.catalog import find
from sparkfl.serving.feature_quality import TABLE, check_training

pytestmark = pytest.mark.usefixtures("own_registry", "events")

Sql = Callable[[str], DataFrame]

EVENTS = """SELECT id % 8 AS c, timestamp_seconds(1772323200 - 7200 * id) AS at,
  double(id % 5) AS spent, concat('k', id % 3) AS kind FROM range(200)"""
"""An event every two hours before 2026-03-01."""
VIEW = """CREATE OR REPLACE FEATURE VIEW {name} ENTITY c TIMESTAMP at {clauses} AS SELECT
  count(*) OVER LAST 7 DAYS AS n, avg(spent) OVER LAST 7 DAYS AS `mean spent`,
  distinct(kind) AS kinds, IF(c > 3, NULL, concat('s', c % 2)) AS side, n * 2 AS twice
FROM {source}"""


@pytest.fixture(scope="module")
def events(spark: SparkSession, own_registry: str) -> Iterator[None]:
    spark.sql("CREATE DATABASE judged")
    spark.sql(f"CREATE TABLE judged.events USING parquet AS {EVENTS}")
    spark.sql("USE judged")
    yield
    spark.sql("USE default")
    spark.sql("DROP DATABASE judged CASCADE")


def made(sql: Sql, name: str, clauses: str, source: str = "events") -> int:
    """Make a view, without what a run before has left."""
    sql(f"DROP TABLE IF EXISTS {name}_quality")
    sql(f"DROP FEATURE VIEW IF EXISTS {name}")
    return int(sql(VIEW.format(name=name, clauses=clauses, source=source)).first().version)


def test_a_refresh_judges_and_keeps_what_it_saw(sql: Sql) -> None:
    made(
        sql,
        "seen",
        "EXPECT n BETWEEN 0 AND 12, EXPECT nulls(side) <= 0.4 EXPECT distinct(side) = 2, "
        "EXPECT min(`mean spent`) >= 0, EXPECT std(n) < 9 CONSTRAINT fresh "
        "EXPECT freshness(events) <= 1 DAY, EXPECT rows() = 8, EXPECT schema, "
        "EXPECT psi(n) < 0.2, EXPECT psi(side) < 0.2 "
        "CONSTRAINT last EXPECT side IN ('s0', 's1') AND twice = 2 * n ON VIOLATION FAIL",
    )
    assert sql("SELECT * FROM feature_quality(seen)").count() == 0
    row = sql("REFRESH FEATURE VIEW seen UNTIL '2026-03-01'").first()
    assert (row.view_name, row.tiles, row.since) == ("judged.seen", None, None)
    assert (row.expectations, row.violations) == (11, 1)
    told = {row.name: row for row in sql("SELECT * FROM feature_quality(seen)").collect()}
    assert told["nulls_side_le_0_4"].passed is False
    assert told["nulls_side_le_0_4"].observed == 0.5
    assert {row.checked_by for row in told.values()} == {"refresh"}
    assert told["fresh"].observed == 7200
    assert told["last"].on_violation == "fail"
    assert told["last"].detail == "0 of 8 rows (0.0 %)"
    # There is no version, nor a check, of before.
    assert (told["psi_n_lt_0_2"].passed, told["psi_n_lt_0_2"].observed) == (None, None)
    # A month later nothing is fresh, and nobody has been there for 7 days.
    late = sql("REFRESH FEATURE VIEW seen UNTIL '2026-04-01'").first()
    assert late.violations == 3
    latest = "SELECT name, passed, observed FROM feature_quality(seen) LIMIT 11"
    told = {row.name: row for row in sql(latest).collect()}
    assert not told["fresh"].passed
    assert told["fresh"].observed == 31 * 86_400
    assert told["min_mean_spent_ge_0"].passed is None
    # Half of them had 11, and nobody has more than 10 now.
    assert told["psi_n_lt_0_2"].observed == pytest.approx(
        0.5 * math.log(2) + (1e-4 - 0.5) * math.log(2e-4), rel=0.05
    )
    assert told["psi_side_lt_0_2"].observed == 0
    # Another version is compared with the last one as it was checked last: nobody had any.
    sql("ALTER FEATURE VIEW seen ADD max(spent) AS most")
    sql("REFRESH FEATURE VIEW seen UNTIL '2026-03-01'")
    told = {row.name: row for row in sql(latest).collect()}
    assert told["psi_n_lt_0_2"].observed == pytest.approx(2 * math.log(1e4), rel=0.01)


def test_a_training_fails_or_warns_before_it_begins(spark: SparkSession, own_registry: str) -> None:
    sql = spark.sql
    version = made(sql, "strict", "CONSTRAINT low EXPECT n < 5 ON VIOLATION FAIL, EXPECT kinds > 3")
    training = ("CREATE OR REPLACE MODEL judged_model OPTIONS (MODEL_TYPE = 'kmeans', K = 2, "
                "SEED = 1) AS SELECT {} FROM feature_view(strict, AS OF '2026-03-01')")  # fmt: skip
    with pytest.raises(AnalysisException) as raised:
        sql(training.format("n, kinds"))
    assert raised.value.getCondition() == "SPARKFL_FEATURES_NOT_AS_EXPECTED"
    for said in ("judged.strict is not as expected: low, expected n < 5: 8 of 8 rows",
                 "feature_quality(judged.strict)"):  # fmt: skip
        assert said in str(raised.value)
    # What is not read is not judged; what is only warned of is in the run.
    sql(training.format("kinds, twice"))
    (last, *before) = sql("SELECT * FROM feature_quality(strict)").collect()
    assert (last.checked_by, last.version, last.passed) == ("judged_model", version, False)
    assert {row.name for row in before} == {"low", "kinds_gt_3"}
    run = find(spark, "judged_model").run_id
    path = ModelRegistry(own_registry)._catalog.client.download_artifacts(run, "tables")
    kept = json.loads(Path(path, "feature_quality.json").read_text())
    assert [row[kept["columns"].index("name")] for row in kept["data"]] == ["kinds_gt_3"]


def test_of_a_federated_training_no_figures_are_told(spark: SparkSession) -> None:
    made(spark.sql, "told", "CONSTRAINT low EXPECT max(n) < 5 ON VIOLATION FAIL, EXPECT kinds > 3")
    with pytest.raises(AnalysisException) as raised:
        spark.sql(
            "CREATE FEDERATED MODEL no_figures PARTITION BY side OPTIONS (MODEL_TYPE = 'kmeans') "
            "AS SELECT side, n FROM feature_view(told, AS OF '2026-03-01')"
        )
    assert "as expected: low, expected max(n) < 5. Correct the sources" in str(raised.value)
    rows = spark.sql("SELECT kinds FROM feature_view(told, AS OF '2026-03-01')")
    (verdict,) = check_training(rows, "no_figures", figures=False)[TABLE].to_dict("records")
    assert (verdict["name"], verdict["passed"]) == ("kinds_gt_3", False)
    assert [verdict[name] for name in ("observed", "rows", "detail")] == [None] * 3
    seen = spark.sql("SELECT * FROM feature_quality(told)").first()
    assert seen.detail == "8 of 8 rows (100.0 %)"


def test_expectations_are_altered_and_described(spark: SparkSession) -> None:
    sql = spark.sql
    made(sql, "bare", "")
    first = made(sql, "altered", "EXPECT rows() > 0")
    sql("ALTER FEATURE VIEW altered ADD CONSTRAINT few EXPECT twice < 99 ON VIOLATION FAIL, "
        "EXPECT psi(kinds) < 0.1")  # fmt: skip
    sql("ALTER FEATURE VIEW altered DROP CONSTRAINT rows_gt_0")
    told = dict(sql("DESCRIBE FEATURE VIEW altered").collect())
    assert told["version"] == str(first + 2)
    assert {key: value for key, value in told.items() if key.startswith("expectation.")} == {
        "expectation.few": "twice < 99 ON VIOLATION FAIL",
        "expectation.psi_kinds_lt_0_1": "psi(kinds) < 0.1 ON VIOLATION WARN",
    }
    assert told["quality"] == "`spark_catalog`.`judged`.`altered_quality`"
    for statement, said in (
        ("ALTER FEATURE VIEW altered DROP COLUMN twice", "DROP CONSTRAINT `few` before"),
        ("ALTER FEATURE VIEW altered DROP CONSTRAINT nope", "nothing that is called 'nope'"),
        ("ALTER FEATURE VIEW altered ADD EXPECT nope > 1", "'nope > 1' cannot be read"),
        ("ALTER FEATURE VIEW altered ADD EXPECT n + 1", "is bigint; write a condition"),
        ("ALTER FEATURE VIEW altered ADD EXPECT nulls(nope) > 1", "no column; there are c, n"),
        ("ALTER FEATURE VIEW altered ADD EXPECT few > 1 ON VIOLATION DROP ROW", "FAIL or WARN"),
        ("ALTER FEATURE VIEW altered ADD EXPECT nulls(n)", "'nulls(n)' is no expectation"),
        ("REFRESH FEATURE VIEW bare", "keeps no tiles, and expects nothing"),
    ):
        with pytest.raises(AnalysisException) as raised:
            sql(statement)
        assert said in str(raised.value), statement


def test_a_changed_source_is_named_and_the_rest_goes_on(spark: SparkSession, sql: Sql) -> None:
    spark.sql(f"CREATE OR REPLACE TEMP VIEW moving AS {EVENTS}")
    made(sql, "moved", "EXPECT schema ON VIOLATION FAIL, EXPECT n > 0", "moving")
    asked = "SELECT {} FROM feature_view(moved, AS OF '2026-03-01')"
    wanted = sql(asked.format("c, n, kinds, side, twice")).orderBy("c").collect()
    renamed = EVENTS.replace("AS spent", "AS spend")
    spark.sql(f"CREATE OR REPLACE TEMP VIEW moving AS {renamed}")
    still = sql(asked.format("c, n, kinds, side, twice"))
    assert still.orderBy("c").collect() == wanted
    assert sql(asked.format("*")).columns == ["c", "n", "mean spent", "kinds", "side", "twice"]
    with pytest.raises(PySparkException, match=r"feature mean spent of the source moving"):
        sql(asked.format("`mean spent`")).collect()
    named = "spent (double) of moving is gone, perhaps renamed to spend: mean spent"
    told = dict(sql("DESCRIBE FEATURE VIEW moved").collect())
    assert told["changed.moving.spent"] == named
    training = f"CREATE OR REPLACE MODEL m OPTIONS (MODEL_TYPE = 'kmeans', K = 2) AS {asked}"
    for statement in ("REFRESH FEATURE VIEW moved", training.format("n, `mean spent`")):
        with pytest.raises(AnalysisException) as raised:
            sql(statement)
        assert f"cannot make mean spent any more: {named}" in str(raised.value)
    with pytest.raises(AnalysisException, match="The feature mean spent of the source moving"):
        sql(VIEW.format(name="moved", clauses="", source="moving"))
    # Another type that still resolves is not as it was, either.
    retyped = EVENTS.replace("double(id % 5)", "int(id % 5)")
    spark.sql(f"CREATE OR REPLACE TEMP VIEW moving AS {retyped}")
    sql(asked.format("*")).collect()
    with pytest.raises(AnalysisException) as raised:
        sql(training.format("n, kinds"))
    assert "schema: spent (double) of moving is int: mean spent" in str(raised.value)
    spark.catalog.dropTempView("moving")
    with pytest.raises(AnalysisException, match="moving"):
        sql(asked.format("n"))


def test_tiles_are_judged_as_of_midnight(spark: SparkSession) -> None:
    sql = spark.sql
    sql("DROP TABLE IF EXISTS paved_tiles")
    made(sql, "paved", "TILE INTERVAL 1 DAY EXPECT n = 0 ON VIOLATION FAIL")
    with pytest.raises(AnalysisException, match="8 of 8 rows"):
        sql("REFRESH FEATURE VIEW paved UNTIL '2026-03-01T05:00:00'")
    told = dict(sql("DESCRIBE FEATURE VIEW paved").collect())
    assert told["refreshed_until"].startswith("2026-03-01 05:00")
    sql("ALTER FEATURE VIEW paved DROP CONSTRAINT n_eq_0")
    sql("ALTER FEATURE VIEW paved ADD EXPECT n > 0")
    done = sql("REFRESH FEATURE VIEW paved UNTIL '2026-03-01T05:00:00'").first()
    assert (done.expectations, done.violations) == (1, 0)
    assert [row.passed for row in sql("SELECT * FROM feature_quality(paved)").collect()] == [
        True, False,
    ]  # fmt: skip
