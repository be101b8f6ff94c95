"""One cluster, one MLflow server and one wheel for all tests of this directory."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from applications import Applications, answer
from mlflow_server import mlflow_server
from shipping import QUICK_START, build_wheel, environment, pack, python_with, python_without
from standalone import Cluster, standalone

from sparkfl.registry import ModelRegistry, ModelVersion

CONF = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": QUICK_START,
    "spark.executor.extraJavaOptions": QUICK_START,
    "spark.executor.memory": "640m",
    "spark.cores.max": "2",
    "spark.scheduler.minRegisteredResourcesRatio": "1.0",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.session.timeZone": "UTC",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.ui.showConsoleProgress": "false",
}


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cluster")


@pytest.fixture(scope="session")
def wheel(home: Path) -> Path:
    return build_wheel(home / "wheel")


@pytest.fixture(scope="session")
def bare(home: Path) -> str:
    """A Python that cannot import sparkfl by itself."""
    python = python_without(home / "bare")
    found = subprocess.run(
        [python, "-c", "import pyspark, mlflow, sklearn; import sparkfl"],
        cwd=home,
        env=environment(home),
        capture_output=True,
        text=True,
    )
    assert "No module named 'sparkfl'" in found.stderr
    return str(python)


@pytest.fixture(scope="session")
def installed(home: Path, wheel: Path) -> str:
    """A Python with the wheel installed."""
    return str(python_with(wheel, home / "installed"))


@pytest.fixture(scope="session")
def words(home: Path, installed: str) -> tuple[str, ...]:
    """What the wheel says that Spark needs."""
    told = subprocess.run(
        [installed, "-m", "sparkfl.sqlext"],
        cwd=home,
        env=environment(home),
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(shlex.split(told.stdout))


@pytest.fixture(scope="session")
def cluster(home: Path) -> Iterator[Cluster]:
    shared = home / "shared"
    (shared / "events").mkdir(parents=True)
    conf = {
        "spark.sql.warehouse.dir": str(shared / "warehouse"),
        "spark.eventLog.dir": (shared / "events").as_uri(),
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
    }
    with standalone(home / "processes", CONF | conf) as running:
        yield running


@pytest.fixture(scope="session")
def tracking_uri(home: Path) -> Iterator[str]:
    with mlflow_server(home / "mlflow") as address:
        yield address


@pytest.fixture(scope="session")
def zipped(
    home: Path, cluster: Cluster, tracking_uri: str, words: tuple[str, ...], bare: str, wheel: Path
) -> Applications:
    """Applications that ship the wheel by `--py-files`, as the zip file that it is."""
    shipped = home / "sparkfl.zip"
    shutil.copy(wheel, shipped)
    return Applications(cluster, tracking_uri, (*words, "--py-files", str(shipped)), bare, bare)


@pytest.fixture(scope="session")
def packed(
    home: Path, cluster: Cluster, tracking_uri: str, words: tuple[str, ...], installed: str
) -> Applications:
    """Applications that ship an environment by `spark.archives`."""
    archive = pack(home / "installed", home / "environment.tar.gz")
    return Applications(
        cluster,
        tracking_uri,
        (*words, "--archives", f"{archive}#environment"),
        installed,
        "./environment/bin/python",
    )


@pytest.fixture(scope="session")
def registry(home: Path, tracking_uri: str) -> Iterator[ModelRegistry]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(home / "cache"))
        yield ModelRegistry(tracking_uri)


@pytest.fixture(scope="session")
def table(home: Path) -> str:
    """Where the stores are, once `origins` has written them."""
    return str(home / "shared" / "features")


@pytest.fixture(scope="session")
def origins(zipped: Applications, table: str) -> Mapping[str, Any]:
    """Where driver and executors had sparkfl from, when they wrote the stores."""
    return answer(zipped.run("spark-submit", str(Path(__file__).with_name("stores.py")), table))


@pytest.fixture(scope="session")
def trained(
    zipped: Applications, registry: ModelRegistry, table: str, origins: object
) -> ModelVersion:
    """What `jobs/train.py` makes of the stores when nobody disturbs it."""
    zipped.job("train", "--input", table, "--name", "undisturbed")
    return registry.get("undisturbed")
