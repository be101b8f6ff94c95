"""Both doors of SQL, for tests of what they say alike."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pyspark.sql import DataFrame, SparkSession

import sparkfl
from sparkfl.sqlext import client, query
from sparkfl.sqlext.service import SqlService

Sql = Callable[[str], DataFrame]


@pytest.fixture(params=["extension", "client"])
def sql(request: pytest.FixtureRequest, spark: SparkSession) -> Sql:
    """Run statements by the extension, and by `sparkfl.sql` in a session that knows nothing."""
    if request.param == "extension":
        return spark.sql
    patched = request.getfixturevalue("monkeypatch")
    patched.setattr(client, "has_extension", lambda _: False)
    patched.setattr(query.jvm, "query", lambda *_: None)
    patched.setattr(query.jvm, "tables", lambda *_: None)
    patched.setattr(SqlService, "relation", lambda *_: None)
    return lambda text: sparkfl.sql(spark, text)
