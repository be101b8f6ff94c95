from __future__ import annotations

from pathlib import Path

import pytest
from pyspark import SparkContext
from pyspark.sql import SparkSession

from sparkfl import session


def test_the_given_builder_is_not_changed() -> None:
    builder = SparkSession.Builder().config("spark.app.name", "mine")
    configured = session.configure_spark(builder, delta=False)
    assert builder._options == {"spark.app.name": "mine"}
    assert configured._options["spark.app.name"] == "mine"
    assert "spark.sql.extensions" in configured._options


def test_a_remote_session_needs_nothing_here() -> None:
    builder = SparkSession.Builder().remote("sc://localhost")
    assert session.configure_spark(builder)._options == builder._options


def test_spark_defaults_are_appended_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "spark-defaults.conf").write_text(
        "# spark.jars no.jar\nspark.sql.extensions   x.Mine\n\nspark.jars=mine.jar\n"
        "spark.driver.extraJavaOptions -Da=b -Dc=d \nspark.empty\n"
    )
    monkeypatch.setenv("SPARK_CONF_DIR", str(tmp_path))
    monkeypatch.setattr(SparkContext, "_jvm", None)
    assert session.present_conf() == {
        "spark.sql.extensions": "x.Mine",
        "spark.jars": "mine.jar",
        "spark.driver.extraJavaOptions": "-Da=b -Dc=d",
    }
    options = session.configure_spark(SparkSession.Builder(), delta=False)._options
    assert options["spark.sql.extensions"].startswith("x.Mine,")
