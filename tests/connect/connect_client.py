"""An environment as a user of a Spark Connect server has one: pyspark-client, and no Java."""

from __future__ import annotations

import hashlib
import os
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

from lane_environments import make

ROOT = Path(__file__).parents[2]
VENV = ROOT / ".venv-connect"


def client_python() -> Path:
    """Return the Python of the environment, which is made anew when what it needs has changed.

    sparkfl itself is not in it: the client finds the checkout by its path, and the workers of a
    server that run this Python have what they are sent.
    """
    words = requirements()
    ready = VENV / "ready"
    wanted = hashlib.sha256("\n".join(words).encode()).hexdigest()
    python = VENV / "bin" / "python"
    if not ready.exists() or ready.read_text() != wanted:
        make(VENV, sys.executable, *words)
        ready.write_text(wanted)
    return python


def requirements() -> list[str]:
    """List what ``pip install 'sparkfl[connect,report]' mlflow-skinny`` installs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    mlflow = [word.replace("mlflow", "mlflow-skinny") for word in extras["mlflow"]]
    return sorted([*project["dependencies"], *extras["connect"], *extras["report"], *mlflow])


def client_environment(home: Path) -> Mapping[str, str]:
    """Environment variables of a client: nothing of this process's but where the checkout is."""
    return {
        "HOME": str(home),
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "OMP_NUM_THREADS": "1",
        "PATH": str(VENV / "bin"),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests" / "connect")]),
    }
