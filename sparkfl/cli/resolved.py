"""Jars of Maven packages, fetched by Spark's own Ivy once and then given as files.

Ivy tells what it does in a screen of lines at every start, and asks the network.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping

from sparkfl.errors import SparkflError
from sparkfl.sqlext.jvm.jar import cache_directory

__all__ = ["PACKAGES", "resolved"]

PACKAGES = "spark.jars.packages"
_RESOLVE = (
    "from pyspark import SparkConf, SparkContext; SparkContext._ensure_initialized(); "
    "print(SparkConf().get('spark.jars'))"
)


def resolved(conf: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """Return the jars of ``spark.jars.packages``, separated by commas.

    Parameters
    ----------
    conf : mapping of str to str
        Spark's configuration, which may name repositories and Ivy's settings.
    environment : mapping of str to str
        Of the process that asks Spark.

    Raises
    ------
    SparkflError
        When they cannot be fetched.
    """
    words = [f"--conf={key}={conf[key]}" for key in sorted(conf) if key.startswith("spark.jars.")]
    cache = cache_directory()
    name = f"packages-{hashlib.sha256(shlex.join(words).encode()).hexdigest()[:16]}"
    known = cache / f"{name}.txt"
    if known.is_file() and all(map(os.path.exists, known.read_text("utf-8").split(","))):
        return known.read_text("utf-8")
    sys.stderr.write(f"sparkfl: fetching {conf[PACKAGES]} (once)\n")
    done = subprocess.run(
        [sys.executable, "-c", _RESOLVE],
        env={**environment, "PYSPARK_SUBMIT_ARGS": shlex.join([*words, "pyspark-shell"])},
        capture_output=True,
        text=True,
        check=False,
    )
    cache.mkdir(parents=True, exist_ok=True)
    if done.returncode:
        log = cache / f"{name}.log"
        log.write_text(done.stderr, "utf-8")
        raise SparkflError(
            f"{conf[PACKAGES]} could not be fetched, see {log}. Connect to the network once, or "
            "leave Delta out by --no-delta."
        )
    jars = done.stdout.strip().replace("file://", "")
    known.write_text(jars, "utf-8")
    return jars
