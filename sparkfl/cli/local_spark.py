"""Spark's programs on this machine: local, quiet, with sparkfl and with this Python."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from sparkfl.cli.resolved import PACKAGES, resolved
from sparkfl.errors import ParameterError
from sparkfl.execution.pandas_warning import PANDAS_WARNING
from sparkfl.sqlext.jvm.conf import spark_conf
from sparkfl.sqlext.jvm.jar import find_java
from sparkfl.sqlext.jvm.releases import spark_home
from sparkfl.tracking import DEMO

__all__ = ["command", "environment", "run_quietly"]

_HERE = Path(__file__).parent
_JAVA = "spark.driver.extraJavaOptions"
_NOISE = "WARNING: Using incubator modules"


def command(
    program: str, arguments: Sequence[str], delta: bool, defaults: dict[str, str]
) -> list[str]:
    """Return the words that start one of Spark's programs.

    Parameters
    ----------
    program : str
        ``spark-submit`` or ``spark-sql``.
    arguments : sequence of str
        The user's words. Jars, packages and extensions among them are added to, and their
        ``--conf`` goes before ours.
    delta : bool
        Whether Delta Lake is added.
    defaults : dict of str to str
        Configuration that the user's may replace.

    Raises
    ------
    SparkflError
        When there is no Java, or no jar for this Spark, or Delta's cannot be fetched.

    Examples
    --------
    >>> words = command("spark-sql", ["--jars", "a.jar", "-e", "SHOW MODELS"], False, {})
    >>> words[-2:], any("spark.jars=a.jar,/" in word for word in words)
    (['-e', 'SHOW MODELS'], True)
    """
    home = spark_home()
    find_java()
    given, rest = _given(arguments)
    conf = defaults | given | spark_conf(given, delta)
    if PACKAGES in conf:
        jars = resolved(conf, environment())
        conf["spark.jars"] = f"{conf['spark.jars']},{jars}"
        del conf[PACKAGES]
    log = (_HERE / "log4j2.properties").as_uri()
    java = [f"-Dlog4j2.configurationFile={log}", f"-Dderby.system.home={DEMO}"]
    conf[_JAVA] = " ".join([*java, conf.get(_JAVA, "")]).strip()
    words = [str(home / "bin" / program), "--properties-file", str(_HERE / "local.conf")]
    for key, value in conf.items():
        words += ["--conf", f"{key}={value}"]
    return [*words, *rest]


def environment() -> dict[str, str]:
    """Return the environment of Spark's programs: their Python is this one."""
    filters = [os.environ.get("PYTHONWARNINGS"), f"ignore:{PANDAS_WARNING}:FutureWarning"]
    return {
        **os.environ,
        "SPARK_HOME": str(spark_home()),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "PYTHONWARNINGS": ",".join(filter(None, filters)),
    }


def run_quietly(words: Sequence[str]) -> int:
    """Run a command to its end, without a line that the JVM always writes; its exit code."""
    with subprocess.Popen(words, env=environment(), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if not line.startswith(_NOISE):
                sys.stderr.write(line)
                sys.stderr.flush()
    return process.returncode


def _given(arguments: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Take the user's configuration out of the words."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, prog="sparkfl")
    parser.add_argument("--conf", "-c", action="append", default=[])
    parser.add_argument("--jars")
    parser.add_argument("--packages")
    args, rest = parser.parse_known_args(arguments)
    conf: dict[str, str] = {}
    for word in args.conf:
        key, equals, value = word.partition("=")
        if not equals:
            raise ParameterError(f"--conf must be KEY=VALUE; got {word!r}.")
        conf[key] = value
    named = {"spark.jars": args.jars, PACKAGES: args.packages}
    return conf | {key: value for key, value in named.items() if value}, rest
