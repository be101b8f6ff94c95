"""Spark Connect servers of pyspark's own, as processes that end with the block."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from connect_client import ROOT, client_python
from processes import free_port, running, wait_for
from shipping import QUICK_START, environment, program

from sparkfl.sqlext.jvm.conf import spark_conf

_CONF = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.extraJavaOptions": f"{QUICK_START} -XX:ReservedCodeCacheSize=512m",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.adaptive.enabled": "false",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.python.daemon.module": "foreign_daemon",
    "spark.connect.grpc.binding.address": "127.0.0.1",
    "spark.connect.progress.reportInterval": "200ms",
}
_DAEMON = [str(ROOT / "tests" / folder) for folder in ("connect", "spark")]


@contextmanager
def stock_server(
    home: Path, packages: str = "", conf: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Run a server that has never heard of sparkfl, and give its address.

    Its workers run the client's Python, in which there is no sparkfl either; `packages` is where
    they find what else they need.
    """
    with _server(home, conf or {}, str(client_python()), packages) as url:
        yield url


@contextmanager
def extended_server(home: Path) -> Iterator[str]:
    """Run a server with sparkfl's SQL extension and Delta, and sparkfl in its Python."""
    with _server(home, spark_conf({}), sys.executable) as url:
        yield url


@contextmanager
def _server(home: Path, conf: Mapping[str, str], python: str, packages: str = "") -> Iterator[str]:
    (home / "tmp").mkdir(parents=True)
    port, log = free_port(), home / "server.log"
    conf = {**_CONF, **conf, "spark.connect.grpc.binding.port": str(port)}
    conf["spark.sql.warehouse.dir"] = str(home / "warehouse")
    conf["spark.checkpoint.dir"] = str(home / "checkpoints")
    words = [program("spark-submit"), "--master", "local[2]", "--driver-memory", "1g"]
    words += [word for key, value in conf.items() for word in ("--conf", f"{key}={value}")]
    words += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    own = {"PYSPARK_PYTHON": python, "SPARK_DAEMON_MEMORY": "1g", "TMPDIR": str(home / "tmp")}
    env = environment(home, **own)
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [*_DAEMON, packages]))
    env["PATH"] = os.pathsep.join([str(Path(python).parent), os.environ["PATH"]])
    with running([*words, "spark-internal"], home, env, log) as process:

        def answers() -> bool:
            assert process.poll() is None, log.read_text()[-4000:]
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        wait_for("Spark Connect server", answers, log)
        yield f"sc://127.0.0.1:{port}"
