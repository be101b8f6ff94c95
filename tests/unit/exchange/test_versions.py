"""Global models as versions in MLflow, without a JVM; MLflow or the aggregator killed anywhere."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from killed_training import WRITES
from mlflow import MlflowClient
from stores_apart import Apart, apart, customers

from sparkfl.errors import QuorumError
from sparkfl.exchange.global_model import explained_variance
from sparkfl.exchange.versions import aggregate_into
from sparkfl.federation.data import FederationData
from sparkfl.registry import ModelRegistry

ROWS = {"north": customers(1), "south": customers(2, 80), "west": customers(3, 50, 1.0)}


@pytest.fixture(scope="module")
def database(tmp_path_factory, mlflow_database) -> str:
    return mlflow_database(tmp_path_factory.mktemp("apart"))


def finished(place: Path, model: str, leave: bool = False) -> Apart:
    """A federation whose first round has been published but for the last step."""
    federation = apart(place, ROWS, model=model)
    federation.until("scores")
    for store in federation.stores.values():
        store.release()
    if leave:
        federation.aggregator.aggregate()
        federation.stores["south"].member.leave()
    return federation


def test_a_global_model_is_a_version(tmp_path: Path, database: str) -> None:
    federation, registry = finished(tmp_path, "whole"), ModelRegistry(database)
    done, version = aggregate_into(registry, federation.aggregator, quality_threshold=0.5)
    assert (version.name, version.version, done.standing.round) == ("whole", 1, 1)
    assert version.tags["sparkfl.stores_trained"] == "3"
    assert registry.metrics(version)["explained_variance"] == explained_variance(done.standing.data)
    assert registry.get("whole", "@champion").version == 1
    data = FederationData.read(registry.path("whole"))
    assert data.clusters.mean.tolist() == done.standing.data.clusters.mean.tolist()
    with pytest.raises(QuorumError):
        aggregate_into(registry, federation.aggregator)
    assert len(registry.versions("whole")) == 1


def test_a_worse_model_does_not_become_champion(tmp_path: Path, database: str) -> None:
    federation, registry = finished(tmp_path, "judged"), ModelRegistry(database)
    aggregate_into(registry, federation.aggregator, quality_threshold=0.5)
    for store in federation.stores.values():
        store.rows = customers(7, 60) * 0 + [[1.0, 1.0]] + customers(8, 60) * 1e-3
    while federation.aggregator.history.round == 2:
        for store in federation.stores.values():
            store.release()
        _, version = aggregate_into(registry, federation.aggregator, quality_threshold=1.0)
    assert version.version == 2
    assert float(version.tags["sparkfl.quality"]) < 1.0
    assert registry.get("judged", "@champion").version == 1
    registry.set_alias("judged", "champion", 2)
    with pytest.raises(QuorumError):
        aggregate_into(registry, federation.aggregator, quality_threshold=0.0)
    assert registry.get("judged", "@champion").version == 2


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("leave", [False, True])
def test_killed_at_every_write_to_mlflow(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch, leave: bool
) -> None:
    """A rerun leaves one version of what was published, with its alias, and no run without one."""
    registry = ModelRegistry(database, localModels=0)
    moment = 0
    while True:
        moment += 1
        name = f"killed{moment}{leave}"
        federation = finished(tmp_path / name, name, leave)
        passed = [0]
        with monkeypatch.context() as patch:
            for write in (*WRITES, "set_registered_model_alias"):
                patch.setattr(
                    MlflowClient, write, _fatal(getattr(MlflowClient, write), passed, moment)
                )
            with suppress(Killed):
                aggregate_into(registry, federation.aggregator, quality_threshold=0.1)
        if passed[0] < moment:
            break
        try:
            aggregate_into(registry, federation.aggregator, quality_threshold=0.1)
        except QuorumError:
            assert passed[0] >= moment
        versions = registry.versions(name)
        published = {(v.tags["sparkfl.round"], v.tags["sparkfl.revision"]) for v in versions}
        assert published >= {("1", "1")} if leave else published == {("1", "0")}
        assert len(versions) == len(published)
        assert registry.get(name, "@champion").version == versions[-1].version
    assert moment > 8


def _fatal(write: Callable[..., object], passed: list[int], moment: int) -> Callable[..., object]:
    def attempt(*args: object, **kwargs: object) -> object:
        result = write(*args, **kwargs)
        passed[0] += 1
        if passed[0] == moment:
            raise Killed
        return result

    return attempt


def test_an_aggregator_needs_no_java(tmp_path: Path, database: str) -> None:
    federation = finished(tmp_path, "without_java")
    code = (
        "import sys; from sparkfl.exchange.aggregator import Aggregator; "
        "from sparkfl.exchange.versions import aggregate_into; "
        "from sparkfl.registry import ModelRegistry; "
        f"_, version = aggregate_into(ModelRegistry({database!r}), "
        f"Aggregator('shops', {str(tmp_path / 'aggregator')!r})); "
        "from pyspark import SparkContext; "
        "print(version.name, version.version, SparkContext._gateway)"
    )
    environment = {"PATH": "/nonexistent", "JAVA_HOME": "/nonexistent", "HOME": str(tmp_path)}
    environment |= {"PYTHONPATH": ":".join(sys.path), "MLFLOW_DISABLE_TELEMETRY": "true"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert done.stdout.split() == ["without_java", "1", "None"], done.stderr
    assert federation.aggregator.history.round == 2
