"""External sources of real servers: a PostgreSQL, and a broker of Kafka's."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from brought import DRIVER, READER, jars, kafka, postgresql
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

import sparkfl
from sparkfl.features.views import Aggregation, FeatureView, Source, arrivals
from sparkfl.sources import read_stream

pytestmark = pytest.mark.sources
SPARKS = ("hadoop-", "scala-", "slf4j-")
"""What Spark has itself."""
PASSWORD = "it's geheim; 7"
TABLE = """CREATE SCHEMA crm;
CREATE TABLE crm.contracts (id bigint PRIMARY KEY, customer text, amount numeric(12, 2),
  any_amount numeric, signed timestamptz, local timestamp, day date, open boolean, tags text[]);
INSERT INTO crm.contracts SELECT n, CASE WHEN n % 7 > 0 THEN 'Köln ' || n % 5 END, n + 0.25,
  n / 8.0, timestamptz '2026-02-01 00:00+02' + n * interval '1 hour',
  timestamp '2026-02-01' + n * interval '1 hour', date '2026-02-01' + n, n % 2 = 0, ARRAY['a', 'b']
  FROM generate_series(0, 199) AS n;
INSERT INTO crm.contracts (id) VALUES (1000);
"""


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """A session as users start it, with the driver and the reader on its class path."""
    home = tmp_path_factory.mktemp("session")
    found = [jar for jar in jars(home / "jars", DRIVER, READER) if not jar.name.startswith(SPARKS)]
    builder = sparkfl.configure_spark(SparkSession.builder.master("local[2]"), delta=False)
    settings = {
        "spark.jars": ",".join([*filter(None, [_set(builder, "spark.jars")]), *map(str, found)]),
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "Europe/Berlin",
        "spark.sql.warehouse.dir": str(home / "warehouse"),
        "spark.sparkfl.trackingUri": f"sqlite:///{home}/mlflow.db",
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
    }
    session = builder.config(map=settings).getOrCreate()
    yield session
    session.stop()


def _set(builder: SparkSession.Builder, name: str) -> str:
    return str(builder._options.get(name, ""))


def test_postgresql(spark: SparkSession, tmp_path: Path) -> None:
    with postgresql(PASSWORD) as (port, programs):
        subprocess.run(
            [programs / "psql", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "-q"],
            input=TABLE, text=True, check=True, env={**os.environ, "PGPASSWORD": PASSWORD},
        )  # fmt: skip
        about = f"HOST = '127.0.0.1', PORT = {port}, DATABASE = 'postgres', USER = 'postgres'"
        about += ", TABLE = 'crm.contracts'"
        parts = "PARTITION_COLUMN = 'id', LOWER_BOUND = 0, UPPER_BOUND = 200, NUM_PARTITIONS = 4"
        with pytest.raises(AnalysisException, match="password authentication failed") as failed:
            spark.sql(
                f"CREATE EXTERNAL SOURCE contracts USING postgresql ({about}, "
                "PASSWORD = 'wrong one')"
            )
        assert "wrong one" not in str(failed.value)
        secret = PASSWORD.replace("'", "\\'")
        spark.sql(
            f"CREATE EXTERNAL SOURCE contracts USING postgresql ({about}, "
            f"PASSWORD = '{secret}', {parts})"
        )
        table = spark.table("contracts")
        assert dict(table.dtypes) == {
            "id": "bigint", "customer": "string", "amount": "decimal(12,2)",
            "any_amount": "decimal(38,18)", "signed": "timestamp", "local": "timestamp_ntz",
            "day": "date", "open": "boolean", "tags": "array<string>",
        }  # fmt: skip
        assert table.rdd.getNumPartitions() == 4
        rows = {row.id: row for row in table.collect()}
        assert len(rows) == 201
        assert [*rows[1000]][1:] == [None] * 8
        eight = rows[8]
        assert (eight.customer, eight.amount) == ("Köln 3", Decimal("8.25"))
        assert eight.any_amount == 1
        assert eight.signed.astimezone(UTC) == datetime(2026, 2, 1, 6, tzinfo=UTC)
        assert eight.local == datetime(2026, 2, 1, 8)
        assert rows[7].customer is None
        spark.sql(
            "CREATE FEATURE VIEW worth ENTITY customer TIMESTAMP signed AS SELECT "
            "sum(amount) OVER LAST 30 DAYS AS spent, count(*) AS n FROM contracts"
        )
        found = spark.sql("SELECT * FROM feature_view(worth, AS OF '2026-02-05')").collect()
        wanted: dict[str, float] = {}
        for n in range(200):
            # Hour 98 is the first of 5 February, as it is in UTC.
            if n % 7 and n < 98:
                wanted[f"Köln {n % 5}"] = wanted.get(f"Köln {n % 5}", 0) + n + 0.25
        assert {row.customer: row.spent for row in found} == pytest.approx(wanted, rel=1e-12)
        told = [spark.sql("DESCRIBE EXTERNAL SOURCE contracts"), spark.sql("SHOW EXTERNAL SOURCES")]
        told += [
            spark.sql("DESCRIBE EXTENDED contracts"),
            spark.sql("SHOW TBLPROPERTIES contracts"),
        ]
        assert "geheim" not in str([df.collect() for df in told])
    spark.sql("DROP EXTERNAL SOURCE contracts")


def test_kafka(spark: SparkSession, tmp_path: Path) -> None:
    """Events of a topic, as a stream and as a batch: the same features."""
    with kafka(tmp_path) as port:
        events = [
            {"customer": n % 17, "at": f"2026-02-{n % 20 + 1:02d}T{n % 24:02d}:00:00Z", "x": n / 7}
            for n in range(2000)
        ]
        messages = [(json.dumps(event),) for event in events]
        reader = {"kafka.bootstrap.servers": f"127.0.0.1:{port}"}

        def send(some: list[tuple[str]]) -> None:
            frame = spark.createDataFrame(some, "value string")
            frame.write.format("kafka").options(**reader, topic="clicks").save()

        send(messages[:1200])
        spark.sql(
            f"""CREATE EXTERNAL SOURCE clicks (customer BIGINT, at TIMESTAMP, x DOUBLE)
            USING kafka (bootstrap_servers = '127.0.0.1:{port}', topics = ['clicks'])"""
        )
        features = [
            Aggregation("sum", "x", "7 days", "spent"), Aggregation("count", name="n"),
            Aggregation("std_pop", "x", "30 days", "spread"),
            Aggregation("percentile", "x", "30 days", "p75", q=0.75),
        ]  # fmt: skip
        kept = FeatureView("kept", "customer", [Source("kept", features, "at", arrival="arrived")])
        query = (
            read_stream(spark, "clicks")
            .writeStream.foreachBatch(arrivals("kept", kept, "kept_tiles", format="parquet"))
            .option("checkpointLocation", f"{tmp_path}/checkpoint")
            .start()
        )
        query.processAllAvailable()
        send([*messages[1200:], ("no JSON",)])
        query.processAllAvailable()
        query.stop()
        assert spark.table("kept").count() == 2000
        assert spark.table("clicks_bad_rows").select("record").collect() == [("no JSON",)]
        batch = FeatureView("batch", "customer", [Source("clicks", features, "at")])
        for found in (kept.features("2026-02-18"), kept.features("2026-02-18", tiles="kept_tiles")):
            rows = {row.customer: row for row in found.collect()}
            for row in batch.features("2026-02-18", spark=spark).collect():
                assert [*rows[row.customer]] == pytest.approx([*row], rel=1e-9)
            assert len(rows) == 17
    spark.sql("DROP EXTERNAL SOURCE clicks")
