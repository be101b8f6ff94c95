"""Model statements from spark-sql, beeline and Spark Connect: no Python on the driver."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from py4j.protocol import Py4JJavaError
from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import SparkSession
from spark_programs import free_port, options, program, run, server, thrift_server

from sparkfl.sqlext.jvm.jar import jar_path

TABLE = """CREATE TABLE shops USING parquet AS
SELECT id, 10 * (id % 3) + rand(1) AS x, 5 * (id % 3) + rand(2) AS y FROM range(90)"""
CREATE = """CREATE MODEL shop_model TRANSFORM (vector_assembler(array(x, y)) features)
OPTIONS (MODEL_TYPE = 'kmeans', NUM_CLUSTERS = 3) AS SELECT x, y FROM shops"""
PREDICT = """SELECT 'sizes', concat_ws(' ', collect_list(size)) FROM (
SELECT count(*) AS size FROM model_predict(shop_model, 1, SELECT x, y FROM shops)
GROUP BY prediction)"""
NEW = {
    "SELECT ml_train('kinds', 'SELECT x, y, id % 2 AS kind FROM shops', 'random_forest')": "kinds",
    "SELECT 'told', count(*) FROM shops WHERE ml_predict('kinds', x, y) >= 0": "told\t90",
    "CREATE FEDERATED MODEL fed PARTITION BY shop OPTIONS (TYPE = 'kmeans', K = 2, GLOBAL_K = 2, "
    "MIN_CLUSTER_SIZE = 5) AS SELECT id % 2 AS shop, x, y FROM shops": "fed\t1",
    "CREATE TABLE scaled TRANSFORM (vector_assembler(x, y) v, standard_scaler(v) f) AS "
    "SELECT x, y FROM shops": "",
    "SELECT 'wide', max(size(f)) FROM scaled": "wide\t2",
}
"""Statements that train, write and ask, and what stands in their results."""
MORE = {
    "SELECT * FROM (SELECT model_name FROM ml_model_registry WHERE model_name = 'kinds')": "kinds",
    "CREATE MODEL series OPTIONS (TYPE = 'ets', TIME_COL = id, LABEL = x) AS SELECT id, x "
    "FROM shops": "series\t1",
    "SELECT 'steps', count(*) FROM model_forecast(series, 1, 4)": "steps\t4",
    "SELECT 'parts', count(*) FROM model_explain_predict(shop_model, 1, SELECT x, y FROM shops)": (
        "parts\t90"
    ),
    "ALTER MODEL fed DROP PARTITION (1)": "",
    "SELECT 'left', max(shop), count(*) FROM model_verdicts(fed)": "left\t0\t1",
    "REFRESH MODEL fed PARTITION (1)": "fed\t3",
}
"""What else is asked of the shell alone; the doors' tests ask it of all."""
ROWS = "SELECT * FROM model_predict(shop_model, 1, SELECT * FROM shops)"
UNKNOWN = "SELECT * FROM model_predict(no_such_model, 1, SELECT x, y FROM shops)"
NO_METASTORE = {"spark.sql.catalogImplementation": "in-memory"}
MESSAGE = "[SPARKFL_MODEL_NOT_FOUND] There is no model 'no_such_model'"


@pytest.fixture(scope="module")
def new_home(
    tmp_path_factory: pytest.TempPathFactory, mlflow_database: Callable[[Path], str]
) -> Callable[[str], Path]:
    """Give a function that makes a directory with an empty database of MLflow."""

    def make(name: str) -> Path:
        home = tmp_path_factory.mktemp(name)
        mlflow_database(home)
        return home

    return make


def test_pyspark(spark: SparkSession, tracking_uri: str) -> None:
    spark.conf.set("spark.sparkfl.trackingUri", tracking_uri)
    spark.sql(TABLE)
    assert spark.sql(CREATE).first()[1:] == ("shop_model", 1)
    assert spark.sql(PREDICT).first()[1] == "30 30 30"
    with pytest.raises(AnalysisException) as caught:
        spark.sql(UNKNOWN)
    assert str(caught.value).startswith(MESSAGE)
    spark.sql("DROP TABLE shops")
    spark.conf.unset("spark.sparkfl.trackingUri")


def test_spark_sql(new_home: Callable[[str], Path]) -> None:
    home = new_home("spark_sql")
    script = home / "script.sql"
    script.write_text(";\n".join([TABLE, CREATE, PREDICT, *NEW, *MORE, UNKNOWN]) + ";\n")
    result = run([program("spark-sql"), *options(), "-f", str(script)], home)
    assert "\tshop_model\t1" in result.stdout, result.stderr[-4000:]
    assert "sizes\t30 30 30" in result.stdout
    assert [told for told in (NEW | MORE).values() if told not in result.stdout] == []
    assert result.returncode == 1
    assert MESSAGE in result.stderr
    assert "Traceback" not in result.stderr
    assert "Py4J" not in result.stderr


def test_a_script_that_neither_configures_nor_stops(new_home: Callable[[str], Path]) -> None:
    """By the words that are printed, the jar in a directory with a blank; it ends by itself."""
    home = new_home("a script")
    cache = home / "my cache"
    (cache / "sparkfl").mkdir(parents=True)
    shutil.copy(jar_path(), cache / "sparkfl")
    (home / "x.py").write_text(
        "from pyspark.sql import SparkSession\n"
        "spark = SparkSession.builder.getOrCreate()\n"
        "spark.sql('SHOW MODELS').show()\n"
        "print('done')\n"
    )
    words = f"{program('spark-submit')} $({sys.executable} -m sparkfl.sqlext --no-delta) x.py"
    result = run(["env", f"XDG_CACHE_HOME={cache}", "sh", "-c", words], home)
    assert result.returncode == 0, result.stderr[-4000:]
    assert "|model_name|" in result.stdout
    assert result.stdout.rstrip().endswith("done")


def test_without_sparkfl_in_the_python(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'No module named sparkfl' >&2\nexit 1\n")
    python.chmod(0o755)
    conf = {"spark.pyspark.driver.python": str(python), **NO_METASTORE}
    result = run([program("spark-sql"), *options(conf), "-e", "SHOW MODELS"], tmp_path)
    assert result.returncode == 1
    assert "[SPARKFL_PYTHON_UNAVAILABLE]" in result.stderr
    assert "[SPARKFL_INTERNAL_ERROR]" not in result.stderr
    assert f"'{python} -m sparkfl.sqlext.child' did not start (No module" in result.stderr


@pytest.fixture(scope="module")
def thrift(new_home: Callable[[str], Path]) -> Iterator[str]:
    """A Thrift server; its address."""
    with thrift_server(new_home("thrift"), NO_METASTORE) as port:
        yield f"jdbc:hive2://127.0.0.1:{port}"


@contextmanager
def jdbc(spark: SparkSession, address: str) -> Iterator[Any]:
    """Give a statement of Hive's JDBC driver, in the JVM of the tests."""
    jvm = spark._jvm
    jvm.java.lang.Class.forName("org.apache.hive.jdbc.HiveDriver")
    connection = jvm.java.sql.DriverManager.getConnection(address, "", "")
    try:
        yield connection.createStatement()
    finally:
        connection.close()


def test_beeline_and_jdbc(
    thrift: str, new_home: Callable[[str], Path], spark: SparkSession
) -> None:
    """A first client has come and gone; with a metastore `make dbt-test` asks the same."""
    with jdbc(spark, thrift) as statement:
        assert statement.executeQuery("SELECT 1").next()
    shell = [program("beeline"), "-u", thrift, "--outputformat=tsv2"]
    words = [word for sql in (TABLE, CREATE, PREDICT, *NEW, UNKNOWN) for word in ("-e", sql)]
    result = run([*shell, *words], new_home("beeline"))
    assert "\tshop_model\t1" in result.stdout, result.stderr[-4000:]
    assert "sizes\t30 30 30" in result.stdout
    assert [told for told in NEW.values() if told not in result.stdout] == []
    assert result.returncode != 0
    assert MESSAGE in result.stderr
    assert "Traceback" not in result.stderr
    with jdbc(spark, thrift) as statement:
        rows = statement.executeQuery(ROWS)
        told = rows.getMetaData()
        columns = range(1, told.getColumnCount() + 1)
        assert [(told.getColumnName(i), told.getColumnTypeName(i)) for i in columns] == [
            ("id", "bigint"),
            ("x", "double"),
            ("y", "double"),
            ("prediction", "int"),
        ]
        with pytest.raises(Py4JJavaError) as caught:
            statement.executeQuery(UNKNOWN)
        assert MESSAGE in str(caught.value.java_exception.getMessage())


@pytest.fixture(scope="module")
def connect(new_home: Callable[[str], Path]) -> Iterator[Callable[[], SparkSession]]:
    """A Spark Connect server with a table and a model; give a function that opens a session."""
    from pyspark.sql.connect.session import SparkSession as ConnectSession

    port = free_port()
    conf = {"spark.connect.grpc.binding.port": str(port)}
    conf["spark.connect.grpc.binding.address"] = "127.0.0.1"
    command = [
        program("spark-submit"),
        *options(conf),
        *("--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal"),
    ]
    sessions: list[SparkSession] = []

    def open_session() -> SparkSession:
        sessions.append(ConnectSession.Builder().remote(f"sc://127.0.0.1:{port}").create())
        return sessions[-1]

    with server(command, new_home("connect"), port):
        open_session().sql(TABLE).collect()
        assert sessions[0].sql(CREATE).first()[1:] == ("shop_model", 1)
        yield open_session
        for session in sessions:
            session.stop()


def test_spark_connect(connect: Callable[[], SparkSession]) -> None:
    session = connect()
    assert session.sql(PREDICT).first()[1] == "30 30 30"
    for sql, told in NEW.items():
        rows = ["\t".join(map(str, row)) for row in session.sql(sql).collect()]
        assert not told or any(told in row for row in rows), (sql, rows)
    with pytest.raises(AnalysisException) as caught:
        session.sql(UNKNOWN).collect()
    assert str(caught.value).startswith(MESSAGE)
    assert caught.value.getCondition() == "SPARKFL_MODEL_NOT_FOUND"
    with pytest.raises(ParseException) as misspelt:
        session.sql("CREATE MODEL m\nOPTIONS (MODEL_TYPE = ) AS SELECT 1").collect()
    assert misspelt.value.getCondition() == "SPARKFL_SYNTAX_ERROR"
    assert "(line 2, pos 22)" in str(misspelt.value)


def test_sessions_of_spark_connect_do_not_mix(connect: Callable[[], SparkSession]) -> None:
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(_own_rows, enumerate([connect(), connect()]))) == [20, 40]


def _own_rows(numbered: tuple[int, SparkSession]) -> int:
    """Predict for a temporary view that each session has under the same name."""
    number, session = numbered
    session.sql(
        f"CREATE TEMP TABLE mine AS SELECT x, y FROM shops WHERE id < {20 * (number + 1)}"
    ).collect()
    row = session.sql("SELECT count(*) FROM model_predict(shop_model, 1, mine)").first()
    return int(row[0])
