"""Fixtures of the tests that need no Spark."""

from __future__ import annotations

from pathlib import Path

import pytest

from sparkfl.sqlext.jvm import jar
from sparkfl.sqlext.jvm.releases import spark_home


@pytest.fixture(scope="session")
def _empty_jar(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an empty file of the extension's jar's name; its directory."""
    bundled = tmp_path_factory.mktemp("jars")
    (bundled / jar.jar_name(spark_home())).touch()
    return bundled


@pytest.fixture(autouse=True)
def _jar_that_nobody_opens(_empty_jar: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put it in the place of the jar, whose compiling takes a while."""
    monkeypatch.setattr(jar, "_BUNDLED", _empty_jar)
