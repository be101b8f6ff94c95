"""Environments of the lanes, made by uv in .venv-compat, once for what they need."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from lanes import Lane

from sparkfl.sqlext.jvm.jar import cache_directory

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".venv-compat"
_SECONDS = 900
_WHEELS = cache_directory() / "wheels"


class NotAvailableError(Exception):
    """Something that a lane needs cannot be had here."""


def lane_python(lane: Lane, interpreter: str) -> Path:
    """Return the Python of a lane's environment, which is made anew when its needs have changed.

    sparkfl itself is not in it: the tests find the checkout by its path.

    Raises
    ------
    NotAvailableError
        When it cannot be installed.
    """
    folder = HOME / lane.name
    words = requirements(lane)
    wanted = hashlib.sha256("\n".join([interpreter, *words]).encode()).hexdigest()
    ready, python = folder / "ready", folder / "bin" / "python"
    if not ready.exists() or ready.read_text() != wanted:
        _keep_wheel(lane.spark)
        make(folder, interpreter, *words)
        ready.write_text(wanted)
    return python


def make(folder: Path, interpreter: str, *words: str) -> None:
    """Make an environment, with what ``pip install`` would be told.

    Raises
    ------
    NotAvailableError
        When it cannot be made.
    """
    uv("venv", "--quiet", "--clear", "--python", interpreter, str(folder))
    python = str(folder / "bin" / "python")
    known = ["--find-links", str(_WHEELS)] if _WHEELS.exists() else []
    uv("pip", "install", "--quiet", "--python", python, *known, *words)


def _keep_wheel(spark: str) -> None:
    """Make a wheel of a pyspark, once on a machine.

    PyPI has its sources only, and behind some mirrors uv takes them for changed: it would fetch
    four hundred megabytes and build them, twice, for every environment.
    """
    if not any(_WHEELS.glob(f"pyspark-{spark}-*.whl")):
        pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
        told([*pip, "--wheel-dir", str(_WHEELS), f"pyspark=={spark}"])


def requirements(lane: Lane) -> list[str]:
    """List what is installed: sparkfl's own needs, this Spark, and what the tests import."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["spark"], *extras["mlflow"], *extras["report"]]
    wanted += extras["delta"] if lane.delta else []
    tests = [word for word in extras["dev"] if word.startswith(("pytest==", "hypothesis=="))]
    resolution = ["--resolution", "lowest-direct" if lane.lowest else "highest"]
    return [*resolution, *sorted(wanted), f"pyspark=={lane.spark}", *tests]


def uv(*words: str) -> str:
    """Run uv, and return what it prints.

    Raises
    ------
    NotAvailableError
        With the last line that it says, when it fails.
    """
    program = shutil.which("uv")
    start = [program] if program else [sys.executable, "-m", "uv"]
    # An environment that is active is not the one to install into.
    env = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    return told([*start, *words], env)


def told(words: list[str], env: dict[str, str] | None = None) -> str:
    """Run a program, and return what it prints."""
    run = subprocess.run(
        words, capture_output=True, text=True, timeout=_SECONDS, check=False, env=env
    )
    if run.returncode:
        lines = (run.stderr.strip() or run.stdout.strip() or "no message").splitlines()
        raise NotAvailableError(f"{' '.join(words[1:4])} …: {lines[-1].strip()}")
    return run.stdout.strip()
