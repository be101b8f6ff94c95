from __future__ import annotations

from pathlib import Path

import pytest

from sparkfl.errors import SparkflError
from sparkfl.sqlext.jvm import jar as build_jar


def test_the_name_follows_spark_and_the_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jars = tmp_path / "jars"
    jars.mkdir()
    (jars / "spark-core_2.13-4.2.0.jar").touch()
    first = build_jar.jar_name(tmp_path)
    (jars / "spark-core_2.13-4.2.0.jar").rename(jars / "spark-core_2.13-4.3.0.jar")
    second = build_jar.jar_name(tmp_path)
    monkeypatch.setattr(build_jar, "_SOURCES", tmp_path)
    third = build_jar.jar_name(tmp_path)
    (tmp_path / "functions.json").write_text("{}")
    monkeypatch.setattr(build_jar, "_TABLES", tmp_path)
    assert len({first, second, third, build_jar.jar_name(tmp_path)}) == 4


def test_a_bundled_jar_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundled = tmp_path / build_jar.jar_name(build_jar.spark_home())
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
