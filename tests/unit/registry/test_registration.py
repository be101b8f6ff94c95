"""Killed at any point of registering, a rerun leaves one version and no orphan."""

from __future__ import annotations

import subprocess
import sys

import killed_training
import pytest
from centroid_model import Centroids
from killed_training import train
from mlflow import MlflowClient

from sparkfl.registry import ModelRegistry

STORES = ("fr", "uk")


@pytest.fixture(scope="module")
def killings(tmp_path_factory, mlflow_database):
    """Databases in which first and second trainings were killed, and their numbers of writes."""
    uris = [mlflow_database(tmp_path_factory.mktemp("killed")) for _ in range(2)]
    done = subprocess.run(
        [sys.executable, killed_training.__file__, *uris],
        env={
            "PYTHONPATH": ":".join(sys.path),
            "MLFLOW_SQLALCHEMYSTORE_POOLCLASS": "NullPool",
            "MLFLOW_DISABLE_TELEMETRY": "true",
        },
        check=True,
        capture_output=True,
        text=True,
    )
    return list(zip(uris, map(int, done.stdout.split()), strict=True))


@pytest.fixture(scope="module", params=[0, 1], ids=["first", "second"])
def interrupted(request, killings):
    """Registry after the killings, trainings that each model had before, and number of writes."""
    uri, writes = killings[request.param]
    return ModelRegistry(uri), request.param, writes


def runs(registry, name):
    client = registry._catalog.client
    experiment = client.get_experiment_by_name("sparkfl").experiment_id
    found = client.search_runs([experiment], f"tags.`sparkfl.model` = '{name}'")
    return [(run.info.status, run.data.tags["sparkfl.state"]) for run in found]


def test_a_version_is_seen_whole_or_not_at_all(interrupted):
    registry, before, writes = interrupted
    seen = []
    for name in [f"after{i}" for i in range(1, writes + 1)]:
        versions = registry.versions(name) if registry.exists(name) else []
        seen.append(len(versions) - before)
        if seen[-1]:
            assert registry.path(name).is_dir(), name
            stores = [registry.get(f"{name}.{store}") for store in STORES]
            assert {store.run_id for store in stores} == {versions[-1].run_id}, name
            assert {status for status, _ in runs(registry, name)} == {"FINISHED"}, name
    assert seen == sorted(seen)
    assert set(seen) == {0, 1}


def test_a_rerun_leaves_one_version_and_no_orphan(interrupted):
    registry, before, writes = interrupted
    assert writes > 10
    # After the last write of all the training was not interrupted: nothing to make up for.
    for name in [f"after{i}" for i in range(1, writes)]:
        made = train(registry.tracking_uri, name)
        assert made.version == before + 1, name
        assert [v.version for v in registry.versions(name)] == list(range(1, before + 2)), name
        assert runs(registry, name) == [("FINISHED", "registered")] * (before + 1), name
        replaced = [v.tags.get("sparkfl.replaced_by") for v in registry.versions(name)]
        assert replaced == ([None], ["2", None])[before], name
        for store in STORES:
            local = registry.get(f"{name}.{store}")
            assert local.run_id == made.run_id, name
            assert local.tags["sparkfl.parent_version"] == str(made.version), name
            assert len(registry.versions(local.name)) == before + 1, name
    assert train(registry.tracking_uri, "after1").version == before + 2


def test_a_training_that_is_still_being_registered_is_left_alone(tracking_uri, monkeypatch):
    """Another registration of the same model, in the middle of ours, keeps our run."""
    registry = ModelRegistry(tracking_uri)
    others = []
    finish = MlflowClient.set_terminated

    def interleaved(client, run_id):
        finish(client, run_id)
        if not others:
            others.append(run_id)
            others.append(registry.register("both", Centroids((5.0,)), if_exists="new_version"))

    monkeypatch.setattr(MlflowClient, "set_terminated", interleaved)
    ours = registry.register("both", Centroids((6.0,)), if_exists="new_version")
    assert [v.version for v in registry.versions("both")] == [1, 2]
    assert ours.version == 2
    assert ours.run_id == others[0]
    assert runs(registry, "both") == [("FINISHED", "registered")] * 2
