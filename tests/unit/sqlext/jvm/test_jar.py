from __future__ import annotations

import re
from pathlib import Path

import pytest

from sparkfl.errors import SparkflError
from sparkfl.sqlext.jvm import jar as build_jar
from sparkfl.sqlext.jvm.releases import spark_home


def a_spark(home: Path, release: str) -> Path:
    jars = home / release / "jars"
    jars.mkdir(parents=True)
    (jars / f"spark-core_2.13-{release}.jar").touch()
    return jars.parent


def test_the_name_follows_the_group_of_sparks_and_the_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [
        build_jar.jar_name(a_spark(tmp_path, release))
        for release in ("4.0.1", "4.1.4", "4.2.0", "4.2.1-amzn-0", "4.3.0")
    ]
    assert [name.split("-")[2] for name in names] == ["4.0", "4.1", "4.1", "4.1", "4.3"]
    assert len(set(names)) == 3
    shim = tmp_path / "since_4_3" / "One.scala"
    shim.parent.mkdir()
    shim.touch()
    monkeypatch.setattr(build_jar, "_SOURCES", tmp_path)
    other = {build_jar.jar_name(tmp_path / release) for release in ("4.0.1", "4.2.0", "4.3.0")}
    assert len(other | set(names)) == 6
    shim.write_text("object One")
    changed = {build_jar.jar_name(tmp_path / release) for release in ("4.0.1", "4.2.0", "4.3.0")}
    assert {name.split("-")[2] for name in changed - other} == {"4.3"}
    (tmp_path / "functions.json").write_text("{}")
    monkeypatch.setattr(build_jar, "_TABLES", tmp_path)
    assert build_jar.jar_name(tmp_path / "4.2.0") not in other


@pytest.mark.parametrize("release", ["3.5.9", "4.4.0", "5.0.0-preview1", "4.10.0"])
def test_a_spark_that_is_not_supported(tmp_path: Path, release: str) -> None:
    told = f"Spark {release} is not supported: sparkfl needs Spark 4.0, 4.1, 4.2 or 4.3."
    with pytest.raises(SparkflError, match=f"^{re.escape(told)}$"):
        build_jar.jar_path(a_spark(tmp_path, release))


def test_a_bundled_jar_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundled = tmp_path / build_jar.jar_name(spark_home())
    bundled.touch()
    monkeypatch.setattr(build_jar, "_BUNDLED", tmp_path)
    assert build_jar.jar_path() == bundled


def test_no_spark(tmp_path: Path) -> None:
    with pytest.raises(SparkflError, match="No Spark in"):
        build_jar.jar_name(tmp_path)


def test_no_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SparkflError, match="no Java on the path; install Java 17 or newer"):
        build_jar.find_java()


@pytest.mark.parametrize(("version", "found"), [("1.8.0_402", "8"), ("11.0.2", "11")])
def test_a_java_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, found: str
) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2024' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(SparkflError, match=f"Java 17 or newer, but .* is version {found};"):
        build_jar.find_java()
