"""What the tests share: one Spark session a process, doctests included, and databases of MLflow."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

os.environ["PYSPARK_PYTHON"] = sys.executable
os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
# Several processes share the cores: threads of numpy and scikit-learn would only wait for them.
os.environ["OMP_NUM_THREADS"] = "1"
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

CLIENT = os.environ.get("SPARKFL_TEST_DOOR") == "client"
"""Whether statements go through `sparkfl.sql` in a session without the extension."""

DELTA = find_spec("delta") is not None
"""There is no Delta for some of the Sparks of `make compat`."""

QUICK_START = (
    "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=512m -Xmn600m "
    "-XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote"
)
"""Thousands of small plans, each run once or twice, do not repay the optimizing compiler.

Their classes fill what that mode reserves for code, which is then swept all the time.
"""

INTERPRETED = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
"""Nor the classes that Spark generates for them; where these are tested, `compiled` asks."""

COMPILED = {
    "spark.sql.codegen.wholeStage": "true",
    "spark.sql.codegen.factoryMode": "CODEGEN_ONLY",
    "spark.sql.codegen.fallback": "false",
}
"""What Spark cannot compile, it would log as an error and then interpret."""

PLANNED_ONCE = {"spark.sql.adaptive.enabled": "false"}
"""Nor planning anew after every shuffle of a few rows; where that may matter, `adaptive` asks."""

SMALL_LOGS = {
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.databricks.delta.writeChecksumFile.enabled": "false",
    "spark.databricks.delta.stats.collect": "false",
    "spark.databricks.delta.stats.skipping": "false",
    "spark.databricks.delta.optimizeMetadataQuery.enabled": "false",
}
"""What Delta does for tables of many files costs a job or two for each commit to a small one."""

WARM_WORKERS = {
    "spark.python.daemon.module": "warm_daemon",
    "spark.executorEnv.PYTHONPATH": str(Path(__file__).parent / "tests" / "spark"),
}
"""Nor a Python worker that imports everything again whenever the last one's output was cut off."""

ASKING_ALIKE = (
    "tests/conformance/test_answers_of_types.py",
    "tests/conformance/test_model_types.py",
)
"""Files that ask one model of each type, trained when first asked, by each process for itself."""


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """Local session with the sparkfl extension, and Delta if it is there; stopped at the end."""
    from py4j_memory import remember_classes
    from pyspark.sql import SparkSession

    from sparkfl import configure_spark

    remember_classes()
    home: Path = tmp_path_factory.mktemp("spark")
    builder = (
        SparkSession.builder.master("local[2]")
        .appName("sparkfl-tests")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.memory", "2g")
        .config("spark.sql.ui.retainedExecutions", "2")
        .config("spark.ui.retainedJobs", "50")
        .config("spark.ui.retainedStages", "50")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.default.parallelism", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.warehouse.dir", str(home / "warehouse"))
        .config("spark.driver.extraJavaOptions", f"{QUICK_START} -Dderby.system.home={home}")
        .config("spark.ui.showConsoleProgress", "false")
        .config(map={**INTERPRETED, **PLANNED_ONCE, **SMALL_LOGS, **WARM_WORKERS})
        .config("spark.sql.codegen.cache.maxEntries", "5000")
        .config("spark.sql.ui.explainMode", "simple")
        .config("spark.python.sql.dataFrameDebugging.enabled", "false")
    )
    # The first worker of a new checkout compiles the jar and fetches Delta's for all.
    with _one_at_a_time(Path(__file__).parent / ".pytest_cache" / "spark.lock"):
        session = (_stock(builder) if CLIENT else configure_spark(builder, DELTA)).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    with _statements_of_the_client() if CLIENT else nullcontext():
        yield session
    session.stop()


def _stock(builder: SparkSession.Builder) -> SparkSession.Builder:
    """Return a builder whose session knows nothing of sparkfl."""
    builder = builder.config("spark.checkpoint.dir", tempfile.mkdtemp(prefix="sparkfl-tests-"))
    if not DELTA:
        return builder
    from delta import configure_spark_with_delta_pip

    own = {
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    }
    return configure_spark_with_delta_pip(builder.config(map=own))


@contextmanager
def _statements_of_the_client() -> Iterator[None]:
    """Have ``spark.sql(…)`` of the tests be ``sparkfl.sql(spark, …)``."""
    from pyspark.sql import SparkSession

    import sparkfl

    own, inside = SparkSession.sql, threading.local()

    def sql(self: SparkSession, text: str, args: Any = None, **frames: Any) -> Any:
        if frames or getattr(inside, "sparkfl", False):
            return own(self, text, args, **frames)
        inside.sparkfl = True
        try:
            return sparkfl.sql(self, text, args)
        finally:
            inside.sparkfl = False

    SparkSession.sql = sql
    yield
    SparkSession.sql = own


@pytest.fixture
def compiled(spark: SparkSession) -> Iterator[None]:
    """Have Spark compile expressions and stages, and fail where it cannot."""
    with _other(spark, COMPILED):
        yield


@pytest.fixture(scope="package")
def adaptive(spark: SparkSession) -> Iterator[None]:
    """Let Spark plan anew by what it finds, as it does for users."""
    with _other(spark, dict.fromkeys(PLANNED_ONCE, "true")):
        yield


@contextmanager
def _other(spark: SparkSession, settings: dict[str, str]) -> Iterator[None]:
    """Have other settings while the block lasts."""
    before = {name: spark.conf.get(name) for name in settings}
    for name, value in settings.items():
        spark.conf.set(name, value)
    yield
    for name, value in before.items():
        spark.conf.set(name, value)


@pytest.fixture(scope="session")
def mlflow_database() -> Callable[[Path], str]:
    """Give a function that puts an empty database of MLflow into a directory; its address.

    MLflow takes seconds to make its tables, so they are made once for a version of it.
    """
    cache = Path(__file__).parent / ".pytest_cache"
    template = cache / f"mlflow-{version('mlflow')}.db"
    with _one_at_a_time(template.with_suffix(".lock")):
        if not template.exists():
            from mlflow import MlflowClient

            made = template.with_suffix(".new")
            made.unlink(missing_ok=True)
            MlflowClient(f"sqlite:///{made}").search_experiments(max_results=1)
            made.rename(template)

    def copy(directory: Path) -> str:
        return f"sqlite:///{shutil.copy(template, directory / 'mlflow.db')}"

    return copy


@pytest.fixture(scope="module")
def own_registry(
    spark: SparkSession,
    tmp_path_factory: pytest.TempPathFactory,
    mlflow_database: Callable[[Path], str],
) -> Iterator[str]:
    """Let the session's models be in an empty database of the module's own; its address."""
    uri = mlflow_database(tmp_path_factory.mktemp("registry"))
    before = spark.conf.get("spark.sparkfl.trackingUri", None)
    spark.conf.set("spark.sparkfl.trackingUri", uri)
    yield uri
    # A package may have one of its own around this module's.
    if before is None:
        spark.conf.unset("spark.sparkfl.trackingUri")
    else:
        spark.conf.set("spark.sparkfl.trackingUri", before)


@pytest.fixture
def tracking_uri(mlflow_database: Callable[[Path], str], tmp_path: Path) -> str:
    """Address of an empty database of MLflow."""
    return mlflow_database(tmp_path)


@contextmanager
def _one_at_a_time(lock: Path) -> Iterator[None]:
    """Let the other workers of pytest-xdist wait while the block lasts."""
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give the files that ask the same trained models to the same worker."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            scope = super()._split_scope(nodeid)
            return "tests/conformance" if scope in ASKING_ALIKE else scope

    return Scheduling(config, log)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Mark what is slow; of what is left begin with the files of slow tests.

    Else one worker would end long after the other. The first of them need no Spark, whose sessions
    start one after the other.
    """
    names = set((Path(__file__).parent / "tests" / "slow.txt").read_text("utf-8").splitlines())
    for item in items:
        if item.nodeid.partition("[")[0] in names:
            item.add_marker("slow")
    yield
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path not in slow, "unit" not in item.path.parts))


@pytest.fixture(autouse=True)
def _doctest_spark(request: pytest.FixtureRequest, doctest_namespace: dict[str, object]) -> None:
    """Give doctests `spark`; unit tests never start it."""
    if request.node.__class__.__name__ == "DoctestItem" and re.search(
        r"\b(spark|SparkSession)\b", request.node.dtest.docstring
    ):
        doctest_namespace["spark"] = request.getfixturevalue("spark")
