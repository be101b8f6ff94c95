"""The driver's Python, and the one that Spark's workers run."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys

from sparkfl.cli.checks.finding import Finding
from sparkfl.cli.checks.packages import REQUIRED
from sparkfl.cli.checks.remedy import EVERYTHING, remote

__all__ = ["python", "workers"]

_NAME = "workers' Python"
_ASK = f"""
import json, sys
from importlib.util import find_spec
lacks = [name for name in {("sparkfl", *REQUIRED)} if find_spec(name) is None]
print(json.dumps(["%d.%d" % sys.version_info[:2], lacks]))
"""
_SECONDS = 30


def python() -> Finding:
    """Tell which Python this is.

    Examples
    --------
    >>> python().ok
    True
    """
    return Finding("Python", f"{_text(*sys.version_info[:3])}, {sys.executable}")


def workers() -> Finding:
    """Ask the Python that spark-submit gives to workers on this machine.

    Sessions of ``configure_spark``, ``sparkfl demo`` and ``sparkfl sql`` use the driver's where
    ``PYSPARK_PYTHON`` does not say.
    """
    if remote():
        return Finding(_NAME, "the server's")
    named = os.environ.get("PYSPARK_PYTHON")
    program = shutil.which(named or "python3")
    needed = named is not None
    own = f"export PYSPARK_PYTHON={shlex.quote(sys.executable)}"
    if program is None:
        told = f"PYSPARK_PYTHON={named} is no program" if named else "there is no python3"
        return Finding(_NAME, told, False, own, needed)
    try:
        asked = subprocess.run(
            [program, "-c", _ASK], capture_output=True, text=True, check=False, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding(_NAME, f"{program} does not run ({error})", False, own, needed)
    if asked.returncode:
        last = (asked.stderr.strip().splitlines() or ["no message"])[-1]
        return Finding(_NAME, f"{program} does not run ({last})", False, own, needed)
    version, lacks = json.loads(asked.stdout)
    told = f"{version}, {program}"
    if version != _text(*sys.version_info[:2]):
        told = f"{told} is not the driver's {_text(*sys.version_info[:2])}"
        return Finding(_NAME, told, False, own, needed)
    if lacks:
        remedy = f"{shlex.quote(program)} -m {EVERYTHING}" if needed else own
        return Finding(_NAME, f"{told} has no {', '.join(lacks)}", False, remedy, needed)
    return Finding(_NAME, told)


def _text(*version: int) -> str:
    return ".".join(map(str, version))
