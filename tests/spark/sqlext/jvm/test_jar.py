"""What the compiler makes of the extension's sources; tests/unit has a stand-in for the jar."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from sparkfl.errors import SparkflError
from sparkfl.sqlext.jvm import jar as build_jar
from sparkfl.sqlext.jvm.releases import spark_home


def test_the_jar_holds_the_extension() -> None:
    names = zipfile.ZipFile(build_jar.jar_path()).namelist()
    assert "org/apache/spark/sql/sparkfl/SparkflExtensions.class" in names
    assert all(name.startswith("org/apache/spark/sql/sparkfl/") for name in names)


def test_sources_that_do_not_compile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Wrong.scala").write_text("object Wrong { val x: Int = missing }")
    monkeypatch.setattr(build_jar, "_SOURCES", tmp_path)
    with pytest.raises(SparkflError, match="missing"):
        build_jar.compile_jar(spark_home(), tmp_path / "out" / "x.jar")
    assert list((tmp_path / "out").iterdir()) == []
