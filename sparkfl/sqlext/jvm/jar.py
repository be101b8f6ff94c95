"""The jar of the SQL extension, compiled by the Scala compiler that pyspark brings along.

This module imports nothing but the standard library, so that the wheel's build hook can use it
before sparkfl's dependencies are there.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

from sparkfl.errors import SparkflError
from sparkfl.sqlext.jvm.releases import GROUPS, Group, group_of, spark_home, spark_release

__all__ = [
    "cache_directory",
    "compile_jar",
    "find_java",
    "jar_name",
    "jar_path",
    "java_release",
    "ready_jar",
    "ready_jars",
]

_SOURCES = Path(__file__).parents[1] / "scala"
"""What all Sparks share; in its folders, what only some of them have."""
_TABLES = Path(__file__).parents[1]
"""Its JSON files are read by Scala, too, as resources of its package."""
_PACKAGE = "org/apache/spark/sql/sparkfl"
_BUNDLED = Path(__file__).parents[1] / "jars"
_OLDEST_JAVA = 17


def jar_path(home: Path | None = None) -> Path:
    """Return the extension's jar for a Spark, compiling it at the first call.

    A wheel brings the jar of the Spark it was built with; otherwise it is compiled once into the
    user's cache, under a name made of its sources and the group of Sparks it is for.

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
        When sparkfl does not run on this Spark, or the jar has to be compiled and there is no Java
        17 or newer, or compiling fails.

    Examples
    --------
    >>> jar_path().name.startswith("sparkfl-sqlext-")
    True
    """
    home = home or spark_home()
    return ready_jar(home) or compile_jar(home, cache_directory() / jar_name(home))


def ready_jar(home: Path) -> Path | None:
    """Return the extension's jar for the Spark in `home`, if it need not be compiled."""
    return _ready(jar_name(home))


def ready_jars() -> list[Path]:
    """List the jars that need not be compiled, of all groups of Sparks."""
    return [jar for group in GROUPS if (jar := _ready(_name(group)))]


def _ready(name: str) -> Path | None:
    jars = (_BUNDLED / name, cache_directory() / name)
    return next((jar for jar in jars if jar.is_file()), None)


def cache_directory() -> Path:
    """Return where sparkfl keeps what it can make again: ``sparkfl`` in the user's cache.

    Examples
    --------
    >>> cache_directory().name
    'sparkfl'
    """
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sparkfl"


def jar_name(home: Path) -> str:
    """Return the jar's file name for the Spark in `home`, unique to its group and its sources.

    Raises
    ------
    SparkflError
        When `home` holds no Spark, or one that sparkfl does not run on.

    Examples
    --------
    >>> jar_name(spark_home())
    'sparkfl-sqlext-4.1-....jar'
    """
    return _name(group_of(spark_release(home)))


def _name(group: Group) -> str:
    digest = hashlib.sha256()
    for source in (*_sources(group), *sorted(_TABLES.glob("*.json"))):
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return f"sparkfl-sqlext-{group.name}-{digest.hexdigest()[:16]}.jar"


def _sources(group: Group) -> list[Path]:
    """List the Scala files for a group of Sparks."""
    folders = (_SOURCES, *(_SOURCES / folder for folder in group.sources))
    return [source for folder in folders for source in sorted(folder.glob("*.scala"))]


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
        When sparkfl does not run on this Spark, there is no Java 17 or newer, or the sources do not
        compile.
    """
    release = spark_release(home)
    java = find_java()
    jar.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=jar.parent) as directory:
        classes = Path(directory, "classes")
        classes.mkdir()
        compiler = [java, "-cp", f"{home / 'jars'}{os.sep}*", "scala.tools.nsc.Main"]
        flags = ["-usejavacp", "-Xlint", "-deprecation", "-Werror", "-d", str(classes)]
        sources = [str(source) for source in _sources(group_of(release))]
        run = subprocess.run(
            [*compiler, *flags, *sources], capture_output=True, text=True, check=False
        )
        if run.returncode != 0:
            raise SparkflError(
                f"The SQL extension does not compile for Spark {release} in {home}. Is it Apache's "
                f"own? The compiler says: {(run.stdout + run.stderr).strip()}"
            )
        for table in _TABLES.glob("*.json"):
            shutil.copy(table, classes / _PACKAGE)
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
    release = java_release(java)
    if release is None or release < _OLDEST_JAVA:
        raise SparkflError(
            f"Spark needs Java {_OLDEST_JAVA} or newer, but {java} is version "
            f"{release or 'unknown'}; install a newer one and point JAVA_HOME to it."
        )
    return java


def java_release(java: str) -> int | None:
    """Return which Java a program is: 17, 21; None if it does not say.

    Examples
    --------
    >>> java_release(find_java()) >= 17
    True
    """
    run = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    version = re.search(r'version "(?:1\.)?(\d+)', run.stderr)
    return int(version[1]) if version else None


def _pack(classes: Path, jar: Path) -> None:
    """Write the files into a jar that depends on nothing but their content."""
    with zipfile.ZipFile(jar, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in classes.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(classes).as_posix())
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())
