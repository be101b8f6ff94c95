"""The jar of the SQL extension, compiled by the Scala compiler that pyspark brings along.

This module imports nothing but the standard library, so that the wheel's build hook can use it
before sparkfl's dependencies are there.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

from sparkfl.errors import SparkflError

__all__ = ["compile_jar", "find_java", "jar_name", "jar_path", "spark_home"]

_SOURCES = Path(__file__).parents[1] / "scala"
_FUNCTIONS = Path(__file__).parents[1] / "functions.json"
_PACKAGE = "org/apache/spark/sql/sparkfl"
_BUNDLED = Path(__file__).parents[1] / "jars"
_OLDEST_JAVA = 17


def jar_path(home: Path | None = None) -> Path:
    """Return the extension's jar for a Spark, compiling it at the first call.

    A wheel brings the jar; otherwise it is compiled once into the user's cache, under a name made
    of its sources and Spark's version.

    Parameters
    ----------
    home : Path, optional
        The directory that holds Spark's ``jars``, by default `spark_home`.

    Returns
    -------
    Path
        An existing jar file.

    Raises
    ------
    SparkflError
        When the jar has to be compiled and there is no Java 17 or newer, or compiling fails.

    Examples
    --------
    >>> jar_path().name.startswith("sparkfl-sqlext-")
    True
    """
    home = home or spark_home()
    name = jar_name(home)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sparkfl"
    for jar in (_BUNDLED / name, cache / name):
        if jar.is_file():
            return jar
    return compile_jar(home, cache / name)


def spark_home() -> Path:
    """Return the directory that holds Spark's ``jars``: ``SPARK_HOME``, or the pyspark package.

    Raises
    ------
    SparkflError
        When neither is there.
    """
    if "SPARK_HOME" in os.environ:
        return Path(os.environ["SPARK_HOME"])
    spec = importlib.util.find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise SparkflError("pyspark is not installed; run `pip install sparkfl` with dependencies.")
    return Path(spec.origin).parent


def jar_name(home: Path) -> str:
    """Return the jar's file name for the Spark in `home`, unique to sources and Spark's version.

    Raises
    ------
    SparkflError
        When `home` holds no Spark.
    """
    spark = next((home / "jars").glob("spark-core_*.jar"), None)
    if spark is None:
        raise SparkflError(f"No Spark in {home}: jars/spark-core_*.jar is missing; set SPARK_HOME.")
    digest = hashlib.sha256(spark.name.encode())
    for source in (*sorted(_SOURCES.glob("*.scala")), _FUNCTIONS):
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return f"sparkfl-sqlext-{digest.hexdigest()[:16]}.jar"


def compile_jar(home: Path, jar: Path) -> Path:
    """Compile the extension for the Spark in `home` into `jar`.

    The file appears whole or not at all, so several processes may compile it at once.

    Returns
    -------
    Path
        `jar`.

    Raises
    ------
    SparkflError
        When there is no Java 17 or newer, or when the sources do not fit this Spark.
    """
    java = find_java()
    jar.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=jar.parent) as directory:
        classes = Path(directory, "classes")
        classes.mkdir()
        compiler = [java, "-cp", f"{home / 'jars'}{os.sep}*", "scala.tools.nsc.Main"]
        flags = ["-usejavacp", "-Xlint", "-deprecation", "-Werror", "-d", str(classes)]
        sources = [str(source) for source in sorted(_SOURCES.glob("*.scala"))]
        run = subprocess.run(
            [*compiler, *flags, *sources], capture_output=True, text=True, check=False
        )
        if run.returncode != 0:
            raise SparkflError(
                f"The SQL extension does not compile for the Spark in {home}; sparkfl needs "
                f"pyspark 4.2.0. The compiler says: {(run.stdout + run.stderr).strip()}"
            )
        shutil.copy(_FUNCTIONS, classes / _PACKAGE)
        packed = Path(directory, jar.name)
        _pack(classes, packed)
        packed.replace(jar)
    return jar


def find_java() -> str:
    """Return the Java to use: of ``JAVA_HOME``, or the one on the path.

    Raises
    ------
    SparkflError
        When there is none, or only one older than 17.

    Examples
    --------
    >>> Path(find_java()).stem
    'java'
    """
    home = os.environ.get("JAVA_HOME")
    java = shutil.which(Path(home, "bin", "java") if home else "java")
    if java is None:
        where = f"in JAVA_HOME={home}" if home else "on the path"
        raise SparkflError(f"There is no Java {where}; install Java {_OLDEST_JAVA} or newer.")
    run = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    version = re.search(r'version "(?:1\.)?(\d+)', run.stderr)
    if version is None or int(version[1]) < _OLDEST_JAVA:
        found = version[1] if version else "unknown"
        raise SparkflError(
            f"Spark needs Java {_OLDEST_JAVA} or newer, but {java} is version {found}; install "
            "a newer one and point JAVA_HOME to it."
        )
    return java


def _pack(classes: Path, jar: Path) -> None:
    """Write the files into a jar that depends on nothing but their content."""
    with zipfile.ZipFile(jar, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in classes.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(classes).as_posix())
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())
