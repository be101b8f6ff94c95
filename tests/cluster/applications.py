"""Applications submitted to the cluster from directories of their own, and a look into them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from processes import SECONDS, free_port, running
from shipping import ROOT, environment, program
from standalone import Cluster, get

ANSWER = "ANSWER "


def answer(output: str) -> Any:
    """Return what a program of these tests answers among its output, as JSON."""
    (line,) = [line for line in output.splitlines() if line.startswith(ANSWER)]
    return json.loads(line.removeprefix(ANSWER))


@dataclass(frozen=True)
class Applications:
    """How applications are submitted: with what, by which Python, and to which cluster.

    Parameters
    ----------
    cluster : Cluster
        Where they run.
    tracking_uri : str
        MLflow server.
    words : tuple of str
        What ``python -m sparkfl.sqlext`` prints, and what is shipped.
    driver, executor : str
        Pythons, as each of them finds them.
    """

    cluster: Cluster
    tracking_uri: str
    words: tuple[str, ...]
    driver: str
    executor: str

    def job(self, name: str, *arguments: str) -> str:
        """Run one of the project's jobs, by a copy of the file that is all the driver has."""
        return self.run("spark-submit", str(ROOT / "jobs" / f"{name}.py"), *arguments)

    def run(self, script: str, *arguments: str) -> str:
        """Run one of Spark's scripts to its end and return what it wrote."""
        with self.started(script, *arguments) as application:
            code = application.process.wait(timeout=SECONDS)
            output = application.log.read_text()
            assert code == 0, output[-6000:]
        return output

    @contextmanager
    def started(self, script: str, *arguments: str) -> Iterator[Application]:
        """Run one of Spark's scripts while the block lasts."""
        home = self.cluster.home
        number = len(list(home.glob("driver*")))
        cwd = home / f"driver{number}"
        (cwd / "tmp").mkdir(parents=True)
        ui = free_port()
        env = environment(
            home,
            PYSPARK_DRIVER_PYTHON=self.driver,
            PYSPARK_PYTHON=self.executor,
            MLFLOW_TRACKING_URI=self.tracking_uri,
        )
        words = [program(script), "--conf", f"spark.ui.port={ui}", *self.words, *arguments]
        log = cwd / "log"
        with running(words, cwd, env, log) as process:
            yield Application(process, log, f"http://127.0.0.1:{ui}/api/v1/applications")


@dataclass(frozen=True)
class Task:
    """A task that an executor runs."""

    executor: int
    number: int


@dataclass(frozen=True)
class Application:
    """A submitted application.

    Parameters
    ----------
    process : subprocess.Popen
        Its driver.
    log : Path
        What it wrote.
    api : str
        Spark's own account of it.
    """

    process: subprocess.Popen[str]
    log: Path
    api: str

    def application(self) -> str | None:
        """Return its id, once it has one."""
        assert self.process.poll() is None, self.log.read_text()[-4000:]
        return next(iter(get(self.api) or []), {}).get("id")

    def training_tasks(self) -> list[Task]:
        """Return the running tasks of queries with Python in their plan, as trainings have."""
        api = f"{self.api}/{self.application()}"
        jobs = {
            job
            for query in get(f"{api}/sql?length=1000") or []
            if query["status"] == "RUNNING" and "InArrow" in query["planDescription"]
            for job in query["runningJobIds"]
        }
        stages = [stage for job in jobs for stage in (get(f"{api}/jobs/{job}") or {})["stageIds"]]
        return [
            Task(int(task["executorId"]), task["taskId"])
            for stage in stages
            for attempt in get(f"{api}/stages/{stage}?details=false") or []
            if attempt["status"] == "ACTIVE"
            for task in get(f"{api}/stages/{stage}/{attempt['attemptId']}/taskList") or []
            if task["status"] == "RUNNING"
        ]
