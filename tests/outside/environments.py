"""Python environments made on the spot, and processes that know nothing of this checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from lane_environments import make
from spark_programs import wait_for_the_end_of

FOREIGN = ("PYTHON", "PYSPARK", "SPARK", "MLFLOW", "VIRTUAL_ENV", "JAVA_TOOL_OPTIONS")
SECONDS = 560


def make_environment(directory: Path, *requirements: str) -> Path:
    """Make an environment; the folder of its programs."""
    make(directory, sys.executable, *requirements)
    return directory / "bin"


def clean(programs: Path, **more: str) -> dict[str, str]:
    """Environment variables of somebody who has activated an environment, and no more."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
    path = os.pathsep.join([str(programs), kept["PATH"]])
    return {**kept, "PATH": path, "SPARK_LOCAL_IP": "127.0.0.1", **more}


def shell(line: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Type a line into a shell, wait for its end, and check that no process is left."""
    process = subprocess.Popen(
        ["bash", "-c", line],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
        process.wait()
    left = wait_for_the_end_of(process.pid)
    assert not left, f"processes left behind by {line}: {left}"
    return subprocess.CompletedProcess(line, process.returncode, output, errors)
