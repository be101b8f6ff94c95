"""The jobs with a zipped wheel: no process imports the source tree, no disk is shared."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest
from applications import Applications
from stores import CUSTOMERS, STORES

from sparkfl.federation.data import FederationData
from sparkfl.registry import ModelRegistry, ModelVersion

pytestmark = pytest.mark.cluster

OUTPUTS = ["local_prediction", "prediction", "is_anomaly", "anomaly_reason"]


def test_executors_import_what_was_shipped(origins: Mapping[str, Any], home: Path) -> None:
    assert origins["driver"] == f"{home}/sparkfl.zip/sparkfl/__init__.py"
    executors = origins["executors"]
    assert len(executors) == 2
    for cwd, origin in executors.items():
        assert Path(cwd).is_relative_to(home / "processes")
        assert Path(cwd, origin) == Path(cwd, "sparkfl.zip", "sparkfl", "__init__.py")


def test_the_version_is_in_the_server(
    trained: ModelVersion, registry: ModelRegistry, tracking_uri: str, table: str, home: Path
) -> None:
    import mlflow

    assert (trained.version, trained.source) == (1, table)
    assert trained.tags["sparkfl.delta_version"] == "0"
    run = mlflow.MlflowClient(tracking_uri).get_run(trained.run_id)
    assert run.info.artifact_uri.startswith("mlflow-artifacts:")
    path = registry.path(trained.name)
    assert path.is_relative_to(home / "cache")
    verdicts = FederationData.read(path).tables["verdicts"].to_pandas()
    assert verdicts.set_index("store")["verdict"].to_dict() == {
        "kiosk": "too_small",
        **{f"store{i}": "ok" for i in range(STORES)},
    }


def test_evaluate_and_score(
    zipped: Applications, trained: ModelVersion, registry: ModelRegistry, table: str, home: Path
) -> None:
    words = ["--name", trained.name, "--input", table, "--output"]
    evaluation, scored = f"{home}/shared/evaluation", f"{home}/shared/scored"
    zipped.job("evaluate", *words, evaluation)
    stores = ds.dataset(evaluation, partitioning="hive").to_table().to_pandas()
    assert len(stores) == STORES + 1
    zipped.job("score", *words, scored, "--no-report")
    rows = ds.dataset(scored, partitioning="hive").to_table().to_pandas()
    assert sorted(rows.customer_id) == list(range(STORES * CUSTOMERS + 2))
    sample = rows[rows.customer_id % 5 == 0].reset_index(drop=True)
    inputs = sample[["store_id", *registry_inputs(registry, trained)]]
    expected = FederationData.read(registry.path(trained.name)).predict(inputs)
    for name in OUTPUTS:
        same = expected[name].astype(object) == sample[name].astype(object)
        assert (same | (expected[name].isna() & sample[name].isna())).all(), name


def registry_inputs(registry: ModelRegistry, version: ModelVersion) -> list[str]:
    return list(FederationData.read(registry.path(version.name)).inputs.features)
