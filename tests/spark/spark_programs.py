"""Spark's programs as processes of their own, bounded in time and gone afterwards.

Each takes ten seconds to start: ask one as many things as it can answer.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sparkfl.sqlext.jvm.conf import spark_conf
from sparkfl.sqlext.jvm.jar import jar_path

ROOT = Path(__file__).parents[2]
SECONDS = 240
QUICK_START = (
    "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC "
    "-XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote"
)
QUIET = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.codegen.wholeStage": "false",
}


def program(name: str) -> str:
    """Path of one of the programs that come with pyspark."""
    return str(Path(sys.executable).parent / name)


def options(conf: Mapping[str, str] | None = None) -> list[str]:
    """Options of spark-submit that bring the extension along."""
    conf = {**QUIET, **spark_conf({}, delta=False), **(conf or {})}
    words = ["--master", "local[2]", "--driver-memory", "1g"]
    return words + [word for key, value in conf.items() for word in ("--conf", f"{key}={value}")]


def environment(home: Path) -> dict[str, str]:
    """Environment in which the child finds this checkout and a registry of its own."""
    scripts = str(Path(sys.executable).parent)
    return {
        **{
            key: value for key, value in os.environ.items() if not key.startswith("PYSPARK_GATEWAY")
        },
        "JAVA_TOOL_OPTIONS": QUICK_START,
        "PATH": scripts + os.pathsep + os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "PYSPARK_PYTHON": sys.executable,
        "MLFLOW_TRACKING_URI": f"sqlite:///{home}/mlflow.db",
    }


def run(words: Sequence[str], home: Path) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, and check that it leaves no process behind."""
    with _started(words, home) as process:
        output, errors = process.communicate(timeout=SECONDS)
    return subprocess.CompletedProcess(words, process.returncode, output, errors)


@contextmanager
def server(words: Sequence[str], home: Path, port: int) -> Iterator[None]:
    """Run a server while the block lasts, and check that it leaves no process behind."""
    log = home / "server.log"
    with log.open("w") as file, _started(words, home, file.fileno()) as process:
        deadline = time.monotonic() + SECONDS
        while not _listens(port):
            assert process.poll() is None, log.read_text()[-4000:]
            assert time.monotonic() < deadline, log.read_text()[-4000:]
            time.sleep(0.5)
        yield


@contextmanager
def thrift_server(home: Path, conf: Mapping[str, str] | None = None) -> Iterator[int]:
    """Run a Thrift server with the extension while the block lasts; its port."""
    port = free_port()
    words = [
        program("spark-submit"),
        *options(conf),
        *("--driver-class-path", str(jar_path())),
        *("--class", "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2", "spark-internal"),
        *("--hiveconf", "hive.server2.thrift.bind.host=127.0.0.1"),
        *("--hiveconf", f"hive.server2.thrift.port={port}"),
    ]
    with server(words, home, port):
        yield port


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _started(
    words: Sequence[str], home: Path, output: int = subprocess.PIPE
) -> Iterator[subprocess.Popen[str]]:
    errors = subprocess.STDOUT if output != subprocess.PIPE else subprocess.PIPE
    process = subprocess.Popen(
        words,
        cwd=home,
        env=environment(home),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=60)
        left = wait_for_the_end_of(process.pid)
    assert not left, f"processes left behind: {left}"


def wait_for_the_end_of(session: int) -> list[str]:
    """Command lines of the processes that a session still has after ten seconds."""
    deadline = time.monotonic() + 10
    while (left := _members(session)) and time.monotonic() < deadline:
        time.sleep(0.2)
    return left


def _members(session: int) -> list[str]:
    table = subprocess.run(
        ["ps", "-e", "-o", "sess=,stat=,args="], capture_output=True, text=True, check=True
    )
    rows = [line.split(maxsplit=2) for line in table.stdout.splitlines()]
    return [row[2] for row in rows if row[0] == str(session) and not row[1].startswith("Z")]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
