"""What `kill -9` does to a training: nothing, be it a worker's or the driver's."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import mlflow
import pytest
from applications import Application, Applications
from processes import Process, kill, session_of, signalled, wait_for
from standalone import Cluster
from stores import STORES

from sparkfl.federation.arrow import TABLES
from sparkfl.federation.data import FederationData
from sparkfl.registry import ModelRegistry, ModelVersion
from sparkfl.registry.training_run import MODEL, REGISTERING, STATE

pytestmark = pytest.mark.cluster

TRAIN = str(Path(__file__).parents[2] / "jobs" / "train.py")


def test_a_killed_worker_changes_nothing(
    zipped: Applications,
    cluster: Cluster,
    trained: ModelVersion,
    registry: ModelRegistry,
    table: str,
    home: Path,
) -> None:
    words = ["--conf", "spark.eventLog.enabled=true", TRAIN, "--input", table, "--name", "bereft"]
    with zipped.started("spark-submit", *words) as training:
        application = kill_a_machine(training, cluster)
        code = training.process.wait()
        cluster.add_workers(1)
        assert code == 0, training.log.read_text()[-4000:]
    lost = [
        event
        for line in (home / "shared" / "events" / application).read_text().splitlines()
        if (event := json.loads(line))["Event"] == "SparkListenerTaskEnd"
        and event["Task End Reason"]["Reason"] == "ExecutorLostFailure"
    ]
    assert lost
    expected, got = (FederationData.read(registry.path(name)) for name in (trained.name, "bereft"))
    for name in TABLES:
        assert got.tables[name].equals(expected.tables[name]), name
    assert got.metadata() == expected.metadata()


def test_a_killed_driver_leaves_nothing_half_registered(
    zipped: Applications,
    cluster: Cluster,
    origins: object,
    registry: ModelRegistry,
    tracking_uri: str,
    table: str,
) -> None:
    client = mlflow.MlflowClient(tracking_uri)

    def runs(states: str = "%") -> list[str]:
        wanted = f"tags.`{MODEL}` = 'orphan' AND tags.`{STATE}` LIKE '{states}'"
        experiments = [experiment.experiment_id for experiment in client.search_experiments()]
        return [run.info.run_id for run in client.search_runs(experiments, wanted)]

    words = ["--input", table, "--name", "orphan"]
    with zipped.started("spark-submit", TRAIN, *words) as training:
        wait_for("training task", training.training_tasks, training.log)
        kill(session_of(training.process.pid))
    assert not registry.exists("orphan")
    assert not runs()
    with zipped.started("spark-submit", TRAIN, *words) as training:
        wait_for("registration", lambda: runs(REGISTERING), training.log, pause=0.02)
        kill(session_of(training.process.pid))
    assert len(runs(REGISTERING)) == 1
    assert not registry.exists("orphan")
    wait_for("end of its executors", cluster.idle, cluster.log)

    zipped.job("train", *words)
    assert [version.version for version in registry.versions("orphan")] == [1]
    (run,) = runs()
    made = client.search_model_versions(f"run_id = '{run}'")
    assert len(made) == STORES + 1
    every = client.search_model_versions("name LIKE 'orphan%'")
    assert sorted(version.name for version in every) == sorted(version.name for version in made)


def kill_a_machine(training: Application, cluster: Cluster) -> str:
    """Kill a worker with a task of a training, and all its processes; return the application."""
    application = wait_for("application", training.application, training.log)
    machine = wait_for("executor", lambda: cluster.machine(application, 0), training.log)
    while True:
        # What stands still keeps the tasks it is given, so that one is there when it is killed.
        signal_all(machine, signal.SIGSTOP)
        time.sleep(1)
        if any(task.executor == 0 for task in training.training_tasks()):
            kill(cluster.machine(application, 0))
            return application
        signal_all(machine, signal.SIGCONT)
        time.sleep(0.1)
        machine = cluster.machine(application, 0)


def signal_all(machine: list[Process], number: signal.Signals) -> None:
    for process in machine:
        signalled(process, number)
