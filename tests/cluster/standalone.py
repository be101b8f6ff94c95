"""A standalone cluster: a master and two workers with a core each, and what runs on it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from processes import Process, free_port, processes, running, session_of, wait_for
from shipping import environment, program

PACKAGE = "org.apache.spark.deploy"
LOGGING = """\
rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex
"""


@dataclass
class Cluster:
    """A running cluster.

    Parameters
    ----------
    home : Path
        Directory with everything the cluster writes.
    """

    home: Path
    workers: list[subprocess.Popen[str]] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.log = self.home / "cluster.log"
        self.port, self.web = free_port(), free_port()

    @property
    def url(self) -> str:
        """Address of the master."""
        return f"spark://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the master and two workers."""
        ports = ["--port", str(self.port), "--webui-port", str(self.web)]
        self._daemon("master", [f"{PACKAGE}.master.Master", *ports])
        wait_for("master", lambda: self._state(), self.log)
        self.add_workers(2)

    def stop(self) -> None:
        """Stop them, and all they started."""
        self._stack.close()

    def add_workers(self, count: int) -> None:
        """Start workers, each with a core and a directory of its own."""
        for _ in range(count):
            name = f"worker{len(self.workers)}"
            size = ["--cores", "1", "--memory", "1g", "--work-dir", str(self.home / name / "work")]
            words = [f"{PACKAGE}.worker.Worker", "--webui-port", "0", *size, self.url]
            self.workers.append(self._daemon(name, words))
        living = sum(worker.poll() is None for worker in self.workers)
        wait_for("workers", lambda: self._state().get("aliveworkers") == living, self.log)

    def machine(self, application: str, executor: int) -> list[Process]:
        """Return the worker that runs an executor, the executor, and its Pythons, if there."""
        sessions = {
            process.session
            for process in processes()
            if _runs(process, application, executor)
            and process.session in [worker.pid for worker in self.workers]
        }
        return [process for session in sessions for process in session_of(session)]

    def idle(self) -> bool:
        """Whether no application is left."""
        return self._state().get("activeapps") == []

    def _daemon(self, name: str, words: Sequence[str]) -> subprocess.Popen[str]:
        words = [program("spark-class"), *words[:1], "--host", "127.0.0.1", *words[1:]]
        cwd = self.home / name
        return self._stack.enter_context(running(words, cwd, environment(self.home), self.log))

    def _state(self) -> dict[str, Any]:
        return get(f"http://127.0.0.1:{self.web}/json/") or {}


@contextmanager
def standalone(home: Path, conf: Mapping[str, str]) -> Iterator[Cluster]:
    """Run a cluster while the block lasts; `conf` becomes every application's default."""
    cluster = Cluster(home)
    defaults = {"spark.master": cluster.url, **conf}
    directory = home / "conf"
    directory.mkdir(parents=True)
    lines = [f"{key} {value}" for key, value in defaults.items()]
    (directory / "spark-defaults.conf").write_text("\n".join(lines) + "\n")
    (directory / "log4j2.properties").write_text(LOGGING)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def _runs(process: Process, application: str, executor: int) -> bool:
    words = f"{process.words} "
    return f"--executor-id {executor} " in words and f"--app-id {application} " in words


def get(address: str) -> Any:
    """Return what an address answers as JSON; None if nobody does, or not yet in JSON."""
    try:
        with urlopen(address, timeout=10) as answer:
            return json.load(answer)
    except (URLError, ConnectionError, TimeoutError, json.JSONDecodeError):
        return None
