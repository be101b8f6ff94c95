from __future__ import annotations

import shlex

import pytest

from sparkfl.sqlext.__main__ import main
from sparkfl.sqlext.jvm.conf import EXTENSION, spark_conf
from sparkfl.sqlext.jvm.jar import jar_path

DELTA = "io.delta.sql.DeltaSparkSessionExtension"


def test_without_delta() -> None:
    assert spark_conf({}, delta=False) == {
        "spark.jars": str(jar_path()),
        "spark.sql.extensions": EXTENSION,
    }


def test_with_delta() -> None:
    conf = spark_conf({})
    assert conf["spark.sql.extensions"] == f"{DELTA},{EXTENSION}"
    assert conf["spark.jars.packages"].startswith("io.delta:delta-spark_")
    assert conf["spark.sql.catalog.spark_catalog"].endswith("DeltaCatalog")
    assert conf["spark.sql.legacy.parameterSubstitution.constantsOnly"] == "true"


def test_the_user_s_settings_stay() -> None:
    present = {
        "spark.jars": "a.jar, b.jar",
        "spark.sql.extensions": f"{EXTENSION},x.Mine",
        "spark.jars.packages": "g:a:1,io.delta:delta-spark_4.2_2.13:9",
        "spark.sql.catalog.spark_catalog": "x.Catalog",
        "spark.sql.legacy.parameterSubstitution.constantsOnly": "false",
    }
    assert spark_conf(present) == {
        "spark.jars": f"a.jar,b.jar,{jar_path()}",
        "spark.sql.extensions": f"{EXTENSION},x.Mine,{DELTA}",
        "spark.jars.packages": present["spark.jars.packages"],
    }
    assert spark_conf({"spark.jars.packages": "g:a:1"})["spark.jars.packages"].startswith(
        "g:a:1,io"
    )


def test_twice_is_once() -> None:
    once = spark_conf({})
    assert once | spark_conf(once) == once


def test_words_for_spark_submit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--no-delta"]) == 0
    words = shlex.split(capsys.readouterr().out)
    assert words[:2] == ["--jars", str(jar_path())]
    assert words[2:] == ["--conf", f"spark.sql.extensions={EXTENSION}"]
    assert main([]) == 0
    assert "--packages" in shlex.split(capsys.readouterr().out)
