"""The dbt project of `examples`, built by dbt-spark, and SQLAlchemy, on a Thrift server of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from environments import clean, make_environment, shell
from spark_programs import ROOT, thrift_server

from sparkfl.federation.schemas import PREDICTION

pytestmark = pytest.mark.dbt

REQUIREMENTS = ("dbt-core<1.12", "dbt-spark[PyHive]<1.12", "sqlalchemy>=2")
ASK = """
import json, sys
from sqlalchemy import create_engine, inspect, text
engine = create_engine(f"hive://ann@127.0.0.1:{sys.argv[1]}/shops")
predict = "SELECT * FROM model_predict(shop_anomalies, SELECT store_id, avg_order_value AS `a b`, "
predict += "avg_order_value, total_orders FROM customers)"
with engine.connect() as connection:
    rows = connection.execute(text(predict))
    told = {"cursor": [column[:2] for column in rows.cursor.description]}
    told["rows"] = len(rows.fetchall())
    described = connection.execute(text("DESCRIBE QUERY " + predict))
    told["described"] = [list(row)[:2] for row in described]
    for name in ("scored", "anomalies"):
        columns = inspect(connection).get_columns(name)
        told[name] = [[column["name"], str(column["type"])] for column in columns]
print(json.dumps(told))
"""
COLUMNS = ["store_id", "customer_id", "avg_order_value", "total_orders"]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_environment(tmp_path_factory.mktemp("dbt") / "environment", *REQUIREMENTS)


@pytest.fixture(scope="module")
def port(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A Thrift server with a metastore, as dbt wants one; started when dbt is there."""
    with thrift_server(tmp_path_factory.mktemp("thrift")) as port:
        yield port


def test_dbt_trains_and_predicts(programs: Path, port: int, tmp_path: Path) -> None:
    environment = clean(
        programs,
        SPARK_THRIFT_PORT=str(port),
        SPARK_FILE_FORMAT="parquet",
        DBT_TARGET_PATH=str(tmp_path / "target"),
        DBT_LOG_PATH=str(tmp_path / "logs"),
        DO_NOT_TRACK="1",
    )

    def dbt(words: str) -> CompletedProcess[str]:
        line = f"dbt --no-use-colors {words} --profiles-dir ."
        done = shell(line, ROOT / "examples" / "dbt", environment)
        assert done.returncode == 0, done.stdout[-4000:]
        return done

    assert "Done. PASS=10 WARN=0 ERROR=0 SKIP=0" in dbt("build").stdout
    assert "Done. PASS=3 WARN=0 ERROR=0 SKIP=0" in dbt("run").stdout
    assert "shops.shop_anomalies version 2" in dbt("run-operation show_models").stdout
    dbt("run-operation alias_champion --args '{version: 1}'")
    ask = "select * from {{ ref('anomalies') }} order by customer_id"
    shown = dbt(f'show --output json --inline "{ask}"').stdout
    rows = json.loads(shown[shown.index("{") :])["show"]
    assert [row["customer_id"] for row in rows] == ["n39", "s39", "w39"]


def test_sqlalchemy_sees_the_columns(programs: Path, port: int, tmp_path: Path) -> None:
    (tmp_path / "ask.py").write_text(ASK)
    done = shell(f"python ask.py {port}", tmp_path, clean(programs))
    assert done.returncode == 0, done.stderr[-4000:]
    told = json.loads(done.stdout)
    assert told["rows"] == 120
    outputs = [[field.name, field.dataType.simpleString()] for field in PREDICTION]
    given = [["store_id", "string"], ["a b", "double"], ["avg_order_value", "double"]]
    assert told["described"] == [*given, ["total_orders", "int"], *outputs]
    assert told["cursor"] == [[name, f"{kind.upper()}_TYPE"] for name, kind in told["described"]]
    scored = dict(told["scored"])
    assert [*scored] == [*COLUMNS, *PREDICTION.names]
    assert (scored["anomaly_score"], scored["is_anomaly"]) == ("FLOAT", "BOOLEAN")
    assert [name for name, _ in told["anomalies"]] == [
        *COLUMNS[:2],
        "anomaly_score",
        "anomaly_reason",
    ]
