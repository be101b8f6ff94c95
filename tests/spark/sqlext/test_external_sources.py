"""External sources: made by SQL, read by every query, their secrets shown nowhere."""

from __future__ import annotations

import csv
import json
import logging
import random
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from documented import statements
from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import DataFrame, SparkSession
from spark_programs import ROOT

from sparkfl.errors import StorageError
from sparkfl.sources import SourceDefinition, create_source, drop_source

pytestmark = pytest.mark.usefixtures("own_registry", "in_schema")
Sql = Callable[[str], DataFrame]

MESS = (
    "\ufeffInvoice,When,Amount,Name,code\r\n"
    '1,2026-02-01 10:00:00,"1,234.50","Köln, ""West""\nHof",007\r\n'
    "2,3/2/2026 9:30,-7, Zoë \u00a0,012\r\n"
    "3,03.02.2026,n/a,,099\r\n"
    "4,30/2/2026 9:30,5,no such day,1\r\n"
    '5,2026-02-02,"1,23",a group of two,2\r\n'
    "6,2026-02-02\r\n"
    "7,2026-02-02,8,b,3,too many\r\n"
)
RULES = """THOUSANDS = ',', NULL_VALUES = ['n/a'],
  DATE_FORMATS = ['d/M/yyyy H:mm', 'dd.MM.yyyy']"""


@pytest.fixture(scope="module")
def in_schema(spark: SparkSession) -> Iterator[None]:
    spark.sql("CREATE DATABASE sourced")
    spark.sql("USE sourced")
    yield
    spark.sql("USE default")
    spark.sql("DROP DATABASE sourced CASCADE")


def tables(spark: SparkSession) -> list[str]:
    """Names in the schema; temporary views are of no schema, and may be other tests'."""
    found = spark.sql("SHOW TABLES IN sourced").collect()
    return sorted(row.tableName for row in found if not row.isTemporary)


def test_a_messy_file_is_read_and_bad_rows_kept_aside(
    spark: SparkSession, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sql = spark.sql
    file = tmp_path / "it's" / "orders.csv"
    file.parent.mkdir()
    file.write_text(MESS, newline="")
    made = f"""CREATE OR REPLACE EXTERNAL SOURCE orders (Invoice INT, `When` TIMESTAMP,
      Amount DECIMAL(10, 2), Name STRING, code STRING)
      USING csv OPTIONS (path = "{file.parent}", {RULES})"""
    with caplog.at_level(logging.WARNING):
        told = sql(made).first()
    assert tuple(told) == (
        "`spark_catalog`.`sourced`.`orders`", 7, 4, "`spark_catalog`.`sourced`.`orders_bad_rows`"
    )  # fmt: skip
    assert "4 of 7 rows of the source orders are bad" in caplog.text
    assert [tuple(row) for row in sql("SELECT * FROM orders ORDER BY 1").collect()] == [
        (1, datetime(2026, 2, 1, 10), Decimal("1234.50"), 'Köln, "West"\nHof', "007"),
        (2, datetime(2026, 2, 3, 9, 30), Decimal("-7.00"), "Zoë", "012"),
        (3, datetime(2026, 2, 3), None, None, "099"),
    ]
    assert sql("SELECT count(*) FROM orders").first()[0] == 3
    bad = sql("SELECT reason, record, file FROM orders_bad_rows").collect()
    assert len(bad) == 4
    reasons = {row.reason for row in bad}
    assert "When '30/2/2026 9:30' is no TIMESTAMP" in reasons
    assert "Amount '1,23' is no DECIMAL(10, 2)" in reasons
    assert sum("more or fewer fields" in reason for reason in reasons) == 1
    assert all(row.file.endswith("orders.csv") and row.record for row in bad)

    described = dict(sql("DESCRIBE EXTERNAL SOURCE orders").collect())
    assert described["column.Amount"] == "decimal(10,2)"
    assert described["option.THOUSANDS"] == ","
    listed = sql("SHOW EXTERNAL SOURCES LIKE 'ord*'").collect()
    assert [(row.kind, row.bad_rows_view) for row in listed] == [("csv", told.bad_rows_view)]
    with pytest.raises(AnalysisException, match="orders exists"):
        sql(made.replace(" OR REPLACE", ""))
    # Types that follow from the values: one that is none of a hundred's is tolerated, if said so.
    plain = f'USING csv OPTIONS (path = "{file.parent}", {RULES}, TOLERANCE = 0.4)'
    assert sql(f"CREATE OR REPLACE EXTERNAL SOURCE orders {plain}").first().bad_rows == 4
    types = dict(spark.table("orders").dtypes)
    assert types == {
        "Invoice": "bigint", "When": "timestamp", "Amount": "double", "Name": "string",
        "code": "string",
    }  # fmt: skip
    failing = plain.replace("TOLERANCE", "BAD_ROWS = 'fail', TOLERANCE")
    with pytest.raises(AnalysisException, match="4 of 7 rows of the source orders are bad"):
        sql(f"CREATE OR REPLACE EXTERNAL SOURCE orders {failing}")
    assert sql("SELECT count(*) FROM orders").first()[0] == 3
    sql("DROP EXTERNAL SOURCE orders")
    assert file.exists()
    assert not tables(spark)
    with pytest.raises(AnalysisException, match="no external source"):
        sql("DROP EXTERNAL SOURCE orders")
    sql("DROP EXTERNAL SOURCE IF EXISTS orders")


TEXTS = ["", " ", "a", "é", "中", ",", '"', ";", "'", "\\", "\n", "\u00a0", "\ufeff", "x" * 40]
NUMBERS = [
    "7",
    "-7.5",
    "1,234",
    "1,234,567.891",
    "12,34",
    "+5.",
    ".5",
    "1e3",
    "x",
    "",
    "n/a",
    "0,1",
]
DAYS = [
    "2026-02-03",
    "3/2/2026",
    "03/02/2026",
    "30/2/2026",
    "2026-02-30",
    "",
    "yesterday",
    "3.2.26",
]


def number(text: str) -> Decimal | None:
    if not re.fullmatch(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d*)?|[+-]?\.\d+|\d+e\d+", text):
        return None
    return Decimal(text.replace(",", "")).quantize(Decimal("0.01"), ROUND_HALF_UP)


def day(text: str) -> date | None:
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        with suppress(ValueError):
            return datetime.strptime(text, pattern).date()
    return None


def test_each_row_is_read_or_kept_aside(spark: SparkSession, tmp_path: Path) -> None:
    """Against Python's own csv, decimal and datetime."""
    chance = random.Random(7)
    blanks = re.compile(r"^[\s\ufeff]+|[\s\ufeff]+$")
    good, bad = {}, set()
    with (tmp_path / "t.csv").open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "text", "n", "on"])
        for id in range(1500):
            text = "".join(chance.choices(TEXTS, k=chance.randrange(4)))
            n, on = chance.choice(NUMBERS), chance.choice(DAYS)
            pad = chance.choice(["", " ", "\u00a0"])
            row = [id, text, f"{pad}{n}", f"{on}{pad}"]
            missing, read = ["", "n/a"], (blanks.sub("", text) or None, number(n), day(on))
            if chance.random() < 0.05:
                row = row[:2] if chance.random() < 0.5 else [*row, "more"]
                bad.add(id)
            elif (n not in missing and read[1] is None) or (on and read[2] is None):
                bad.add(id)
            else:
                good[id] = (None if read[0] == "n/a" else read[0], *read[1:])
            writer.writerow(row)
    told = spark.sql(
        f"""CREATE EXTERNAL SOURCE messy (id INT, text STRING, n DECIMAL(12, 2), `on` DATE)
        USING csv (path = '{tmp_path}', thousands = ',', date_formats = ['d/M/yyyy'],
        null_values = ['n/a'])"""
    ).first()
    assert (told.rows, told.bad_rows) == (1500, len(bad))
    assert {row.id: tuple(row)[1:] for row in spark.table("messy").collect()} == good
    reasons = spark.table("messy_bad_rows").collect()
    assert len(reasons) == len(bad)
    assert all(row.reason for row in reasons)
    spark.sql("DROP EXTERNAL SOURCE messy")


def test_invoices_as_they_are(spark: SparkSession, tmp_path: Path) -> None:
    """Rows of the kind of UCI's Online Retail II, by the recipe of docs/sources.md."""
    page = (ROOT / "docs" / "sources.md").read_text("utf-8")
    recipe = statements(re.findall(r"```sql\n(.*?)```", page.split("## Recipe")[1], re.S)[0])
    header = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
    lines = [
        '489434,85048,"15CM CHRISTMAS GLASS BALL, 20 LIGHTS",12,1/12/2009 07:45,6.95,13085.0,EIRE',
        "489435,22350,CAT BOWL ,-2,2/12/2009 8:00,2.55,13085.0,EIRE",
        'C489449,22087,"PAPER ""BUNTING""\nWHITE",-12,1/12/2009 10:33,2.95,13085,EIRE',
        '489450,79323P,Kölner Dom 木,"1,000",3/12/2009 9:00,6.75,12346.0,Österreich',
        "489451,22350,lost,-5,3/12/2009 9:00,0,,United Kingdom",
        "489452,22350,nobody,5,3/12/2009 9:00,1.5,,United Kingdom",
        "489453,22350,no time,5,33/12/2009 9:00,1.5,12346.0,EIRE",
    ]
    (tmp_path / "retail.csv").write_text(header + "\n".join(lines), encoding="utf-8")
    for text in recipe:
        spark.sql(text.replace("/data/online_retail_II.csv", str(tmp_path)))
    found = spark.sql(
        "SELECT * FROM feature_view(retail, AS OF '2009-12-10') WHERE customer IS NOT NULL"
    ).collect()
    by = {(row.customer, row.Country): row for row in found}
    assert {*by} == {(13085, "EIRE"), (12346, "Österreich")}
    one, other = by[13085, "EIRE"], by[12346, "Österreich"]
    assert one.spent_30d == pytest.approx(12 * 6.95 - 2 * 2.55, rel=1e-9)
    assert (one.orders_90d, one.cancellations_90d) == (1, 1)
    assert one.returned_90d == pytest.approx((2 * 2.55 + 12 * 2.95) / (12 * 6.95), rel=1e-9)
    assert other.spent_30d == pytest.approx(6750, rel=1e-9)
    assert spark.table("retail_lines_bad_rows").count() == 1
    told = dict(spark.sql("DESCRIBE FEATURE VIEW EXTENDED retail").collect())
    assert json.loads(told["rows.l"])["without_entity"] == 1
    spark.sql("DROP FEATURE VIEW retail")
    spark.sql(
        """CREATE MODEL price OPTIONS (MODEL_TYPE = 'linear_reg', LABEL = 'Price')
        AS SELECT Quantity, CAST(Price AS DOUBLE) AS Price FROM retail_lines WHERE Price > 0"""
    )
    spark.sql("DROP MODEL price")
    spark.sql("DROP EXTERNAL SOURCE retail_lines")


def test_json_of_all_sorts(spark: SparkSession, tmp_path: Path) -> None:
    sql = spark.sql
    rows = [
        {"id": 1, "at": "2026-02-01", "n": "1.000,5", "tags": ["a", "b"], "ok": True},
        {"id": "2", "at": "1/2/2026", "n": 7, "tags": [], "ok": False},
        {"id": 4, "n": 1.234}, {"id": 5, "n": "1.234"}, {"id": 6, "n": None}, {"id": 7, "n": ""},
    ]  # fmt: skip
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    (tmp_path / "a.json").write_text("\n".join([*lines, '{"id": 3, "at"']), encoding="utf-8")
    told = sql(
        f"""CREATE EXTERNAL SOURCE clicks USING json OPTIONS (path = '{tmp_path}',
        THOUSANDS = '.', DECIMAL = ',', DATE_FORMATS = ['d/M/yyyy'])"""
    ).first()
    assert (told.rows, told.bad_rows) == (7, 1)
    found = sql("SELECT id, at, n, tags, ok FROM clicks ORDER BY id").collect()
    day = date(2026, 2, 1)
    assert [tuple(row) for row in found] == [
        (1, day, 1000.5, ["a", "b"], True), (2, day, 7.0, [], False),
        (4, None, 1.234, None, None), (5, None, 1234.0, None, None),
        (6, None, None, None, None), (7, None, None, None, None),
    ]  # fmt: skip
    assert sql("SELECT reason FROM clicks_bad_rows").first()[0] == "the record is no JSON object"
    values = [100.0, 1.5, "1,5", 12345678901234567890, 1e3, True, [1], "-1.000,0", "1,000.5"]
    lines = [json.dumps({"id": n, "n": value}) for n, value in enumerate(values)]
    (tmp_path / "a.json").write_text("\n".join(lines), encoding="utf-8")
    told = sql(
        f"""CREATE OR REPLACE EXTERNAL SOURCE clicks (id INT, n DECIMAL(30, 2))
        USING json OPTIONS (path = '{tmp_path}', THOUSANDS = '.', DECIMAL = ',')"""
    ).first()
    read = [100, 1.5, 1.5, 12345678901234567890, 1000, None, None, -1000, None]
    assert (told.rows, told.bad_rows) == (9, 3)
    assert {row.id: row.n for row in sql("SELECT * FROM clicks").collect()} == {
        n: Decimal(str(value)) for n, value in enumerate(read) if value is not None
    }
    assert {row.reason for row in sql("SELECT reason FROM clicks_bad_rows").collect()} == {
        f"n '{text}' is no DECIMAL(30, 2)" for text in ("true", "[1]", "1,000.5")
    }
    sql("DROP EXTERNAL SOURCE clicks")


def test_what_is_missing_is_said_and_secrets_are_not(
    spark: SparkSession, sql: Sql, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "geheim7"
    spark.range(3).write.parquet(f"{tmp_path}/p")
    for text, message in {
        "USING snowflake (warehouse = 'W', database = 'D')": "needs URL or ACCOUNT.*Snowflake",
        f"USING snowflake (account = 'a', user = 'u', password = '{secret}')": "connector",
        "USING kafka (bootstrap_servers = 'k:9092', topics = ['a', 'b'])": "spark-sql-kafka-0-10",
        f"USING s3 (buckets = ['b'], format = 'parquet', secret_key = '{secret}')": "hadoop-aws",
        f"USING postgresql (database = 'd', user = 'u', password = '{secret}')": "postgresql:42",
        f"USING jdbc (url = 'jdbc:derby:memory:none', user = 'u', password = '{secret}')": "none",
        f"USING parquet (path = '{tmp_path}/nothing')": "cannot be read as parquet",
        f"USING csv (path = '{tmp_path}/nothing')": "cannot be read as csv",
        f"USING csv (path = '{tmp_path}', pasword = '{secret}')": "no option PASWORD",
        f"(a INT) USING jdbc (url = 'x', password = '{secret}')": "knows its columns",
        f"USING parquet (path = '{tmp_path}/p', THOUSANDS = ',')": "only csv, tsv and json",
        "USING excel (path = 'a')": "is no kind of source",
    }.items():
        with pytest.raises(AnalysisException, match=f"(?s){message}") as failed:
            sql(f"CREATE EXTERNAL SOURCE lost {text}")
        assert secret not in str(failed.value)
        assert "\tat " not in str(failed.value)
    with pytest.raises(ParseException) as unread:
        sql(f"CREATE EXTERNAL SOURCE lost USING jdbc (password '{secret}', url = 'x')")
    assert secret not in str(unread.value)
    assert not tables(spark)

    spark.sql("SELECT 1 AS a, 'x' AS b").write.jdbc(
        "jdbc:derby:memory:here;create=true", "app.t", "overwrite"
    )
    derby = "url = 'jdbc:derby:memory:here', user = 'app'"
    sql(f"CREATE EXTERNAL SOURCE t USING jdbc OPTIONS ({derby}, PASSWORD = '{secret}')")
    assert [tuple(row) for row in sql("SELECT * FROM t").collect()] == [(1, "x")]
    told = [
        sql("DESCRIBE EXTERNAL SOURCE t"), sql("SHOW EXTERNAL SOURCES"), sql("DESCRIBE EXTENDED t"),
        sql("SHOW CREATE TABLE t"), sql("SHOW TBLPROPERTIES t"),
        sql("EXPLAIN EXTENDED SELECT * FROM t"),
        sql(f"EXPLAIN CREATE EXTERNAL SOURCE u USING jdbc ({derby}, PASSWORD = '{secret}')"),
    ]  # fmt: skip
    assert secret not in str([df.collect() for df in told]) + caplog.text
    spark.sql("CREATE TABLE own USING parquet AS SELECT 1 AS a")
    with pytest.raises(AnalysisException, match="and no external source"):
        sql(f"CREATE OR REPLACE EXTERNAL SOURCE own USING parquet (path = '{tmp_path}/p')")
    with pytest.raises(AnalysisException, match=r"(?s)not a valid name.*Choose another name"):
        sql(f"CREATE EXTERNAL SOURCE `a b.ü` USING parquet (path = '{tmp_path}/p')")
    sql("DROP EXTERNAL SOURCE t")
    spark.sql("DROP TABLE own")


@pytest.mark.parametrize(("before", "after"), [("parquet", "csv"), ("csv", "parquet")])
def test_a_source_stays_until_the_new_one_is_made(
    spark: SparkSession, tmp_path: Path, before: str, after: str
) -> None:
    spark.range(3).write.parquet(f"{tmp_path}/p")
    (tmp_path / "c.csv").write_text("id\n7\nx\n")
    definitions = {
        "parquet": SourceDefinition("parquet", {"PATH": f"{tmp_path}/p"}),
        "csv": SourceDefinition("csv", {"PATH": f"{tmp_path}/c.csv"}, (("id", "INT"),)),
    }
    rows = {"parquet": [0, 1, 2], "csv": [7]}
    beside = {"parquet": [], "csv": ["swapped_bad_rows", "swapped_raw"]}

    def check(kind: str) -> None:
        assert sorted(row.id for row in spark.table("swapped").collect()) == rows[kind]
        assert tables(spark) == ["swapped", *beside[kind]]

    ask = type(spark).sql
    create_source(spark, "swapped", definitions[before])
    for word in ("CREATE TABLE", "ALTER TABLE"):

        def refused(self: SparkSession, text: str, *given: Any, at: str = word, **more: Any) -> Any:
            if text.startswith(at):
                raise RuntimeError("the catalog was stopped")
            return ask(self, text, *given, **more)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(type(spark), "sql", refused)
            with pytest.raises(StorageError, match="the catalog was stopped"):
                create_source(spark, "swapped", definitions[after], replace=True)
        if word == "CREATE TABLE":
            check(before)
    for _ in range(2):
        create_source(spark, "swapped", definitions[after], replace=True)
        check(after)
    drop_source(spark, "swapped")
    assert not tables(spark)
