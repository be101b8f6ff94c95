"""Model statements from spark-sql, beeline and Spark Connect: no Python on the driver."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import SparkSession
from spark_programs import free_port, options, program, run, server

TABLE = """CREATE TABLE shops USING parquet AS
SELECT id, 10 * (id % 3) + rand(1) AS x, 5 * (id % 3) + rand(2) AS y FROM range(90)"""
CREATE = """CREATE MODEL shop_model TRANSFORM (vector_assembler(array(x, y)) features)
OPTIONS (MODEL_TYPE = 'kmeans', NUM_CLUSTERS = 3) AS SELECT x, y FROM shops"""
PREDICT = """SELECT 'sizes', concat_ws(' ', collect_list(size)) FROM (
SELECT count(*) AS size FROM model_predict(shop_model, 1, SELECT x, y FROM shops)
GROUP BY prediction)"""
UNKNOWN = "SELECT * FROM model_predict(no_such_model, 1, SELECT x, y FROM shops)"
MESSAGE = "[SPARKFL_MODEL_NOT_FOUND] There is no model 'no_such_model'"


def test_pyspark(spark: SparkSession, tmp_path: Path) -> None:
    spark.conf.set("spark.sparkfl.trackingUri", f"sqlite:///{tmp_path}/mlflow.db")
    spark.sql(TABLE)
    assert spark.sql(CREATE).first()[1:] == ("shop_model", 1)
    assert spark.sql(PREDICT).first()[1] == "30 30 30"
    with pytest.raises(AnalysisException) as caught:
        spark.sql(UNKNOWN)
    assert str(caught.value).startswith(MESSAGE)
    spark.sql("DROP TABLE shops")
    spark.conf.unset("spark.sparkfl.trackingUri")


def test_spark_sql(tmp_path: Path) -> None:
    script = tmp_path / "script.sql"
    script.write_text(";\n".join([TABLE, CREATE, PREDICT, UNKNOWN]) + ";\n")
    result = run([program("spark-sql"), *options(), "-f", str(script)], tmp_path)
    assert "\tshop_model\t1" in result.stdout, result.stderr[-4000:]
    assert "sizes\t30 30 30" in result.stdout
    assert result.returncode == 1
    assert MESSAGE in result.stderr
    assert "Traceback" not in result.stderr
    assert "Py4J" not in result.stderr


def test_without_sparkfl_in_the_python(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'No module named sparkfl' >&2\nexit 1\n")
    python.chmod(0o755)
    conf = {"spark.pyspark.driver.python": str(python)}
    result = run([program("spark-sql"), *options(conf), "-e", "SHOW MODELS"], tmp_path)
    assert result.returncode == 1
    assert "[SPARKFL_PYTHON_UNAVAILABLE]" in result.stderr
    assert f"'{python} -m sparkfl.sqlext.child' did not start (No module" in result.stderr


def test_beeline(tmp_path: Path) -> None:
    port = free_port()
    thrift = [
        program("spark-submit"),
        *options(),
        *("--class", "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2", "spark-internal"),
        *("--hiveconf", "hive.server2.thrift.bind.host=127.0.0.1"),
        *("--hiveconf", f"hive.server2.thrift.port={port}"),
    ]
    beeline = [program("beeline"), "-u", f"jdbc:hive2://127.0.0.1:{port}", "--outputformat=tsv2"]
    with server(thrift, tmp_path, port):
        statements = [word for sql in (TABLE, CREATE, PREDICT) for word in ("-e", sql)]
        result = run([*beeline, *statements], tmp_path)
        assert "\tshop_model\t1" in result.stdout, result.stderr[-4000:]
        assert "sizes\t30 30 30" in result.stdout
        failed = run([*beeline, "-e", UNKNOWN], tmp_path)
        assert failed.returncode != 0
        assert MESSAGE in failed.stderr
        assert "Traceback" not in failed.stderr


def test_spark_connect(tmp_path: Path) -> None:
    from pyspark.sql.connect.session import SparkSession as ConnectSession

    port = free_port()
    conf = {"spark.connect.grpc.binding.port": str(port)}
    conf["spark.connect.grpc.binding.address"] = "127.0.0.1"
    connect = [
        program("spark-submit"),
        *options(conf),
        *("--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal"),
    ]
    with server(connect, tmp_path, port):
        sessions = [
            ConnectSession.Builder().remote(f"sc://127.0.0.1:{port}").create() for _ in range(2)
        ]
        first = sessions[0]
        first.sql(TABLE).collect()
        assert first.sql(CREATE).first()[1:] == ("shop_model", 1)
        assert first.sql(PREDICT).first()[1] == "30 30 30"
        with pytest.raises(AnalysisException) as caught:
            first.sql(UNKNOWN).collect()
        assert str(caught.value).startswith(MESSAGE)
        assert caught.value.getCondition() == "SPARKFL_MODEL_NOT_FOUND"
        with pytest.raises(ParseException) as misspelt:
            first.sql("CREATE MODEL m\nOPTIONS (MODEL_TYPE = ) AS SELECT 1").collect()
        assert misspelt.value.getCondition() == "SPARKFL_SYNTAX_ERROR"
        assert "(line 2, pos 22)" in str(misspelt.value)
        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(_own_rows, enumerate(sessions))) == [20, 40]
        for session in sessions:
            session.stop()


def _own_rows(numbered: tuple[int, SparkSession]) -> int:
    """Predict for a temporary view that each session has under the same name."""
    number, session = numbered
    session.sql(
        f"CREATE TEMP TABLE mine AS SELECT x, y FROM shops WHERE id < {20 * (number + 1)}"
    ).collect()
    row = session.sql("SELECT count(*) FROM model_predict(shop_model, 1, mine)").first()
    return int(row[0])
