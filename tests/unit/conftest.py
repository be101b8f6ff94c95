"""Fixtures of the tests that need no Spark."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sparkfl.sqlext.jvm import jar


@pytest.fixture(scope="session", autouse=True)
def _jar_that_nobody_opens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Put an empty file in the place of the extension's jar, whose compiling takes a while."""
    bundled = tmp_path_factory.mktemp("jars")
    (bundled / jar.jar_name(jar.spark_home())).touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jar, "_BUNDLED", bundled)
        yield
