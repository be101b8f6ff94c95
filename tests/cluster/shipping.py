"""What is shipped to the cluster: this tree's wheel, and Pythons with and without it."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pyspark

ROOT = Path(__file__).parents[2]
SPARK_HOME = Path(pyspark.__file__).parent
QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
FOREIGN = ("PYTHON", "PYSPARK", "SPARK", "MLFLOW")


def build_wheel(directory: Path, source: Path = ROOT) -> Path:
    """Build the wheel of a source tree, with the jar in it."""
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(directory), str(source)], check=True)
    (wheel,) = directory.glob("sparkfl-*.whl")
    return wheel


def python_without(directory: Path) -> Path:
    """Make an environment with all that sparkfl needs, and not sparkfl.

    It borrows this environment's packages as a plain path: the file by which a checkout is
    installed in place is not followed from there.
    """
    venv.create(directory, symlinks=True)
    site = _site(directory)
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return directory / "bin" / "python"


def python_with(wheel: Path, directory: Path) -> Path:
    """Make such an environment with the wheel in it."""
    python = python_without(directory)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(_site(directory))
    return python


def pack(directory: Path, archive: Path) -> Path:
    """Pack an environment as `venv-pack` would."""
    with tarfile.open(archive, "w:gz") as tar:
        for path in directory.iterdir():
            tar.add(path, path.name)
    return archive


def environment(home: Path, **more: str) -> dict[str, str]:
    """Environment of a process that knows nothing of this checkout.

    Its scratch and its cache are below its own working directory under a name that means another
    directory to every other process, as the disk of another machine would.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
    return {
        **kept,
        "SPARK_HOME": str(SPARK_HOME),
        "SPARK_CONF_DIR": str(home / "conf"),
        "SPARK_LOCAL_DIRS": str(home / "local"),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": QUICK_START,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "TMPDIR": "/proc/self/cwd/tmp",
        "XDG_CACHE_HOME": "/proc/self/cwd/cache",
        **more,
    }


def program(name: str) -> str:
    """Path of one of Spark's launch scripts."""
    return str(SPARK_HOME / "bin" / name)


def _site(directory: Path) -> Path:
    return Path(sysconfig.get_path("purelib", vars={"base": str(directory)}))
