from __future__ import annotations

import shlex
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

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


def test_words_survive_a_shell_s_substitution(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    jar = tmp_path / "my models, größe $1 'x'" / "sparkfl-sqlext-1.jar"
    monkeypatch.setattr("sparkfl.sqlext.jvm.conf.jar_path", lambda: jar)
    assert main(["--no-delta"]) == 0
    words = capsys.readouterr().out.split()
    assert words == shlex.split(" ".join(words))
    assert len(words) == 4
    assert url2pathname(urlparse(words[1]).path) == str(jar)


def test_words_for_spark_submit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--no-delta"]) == 0
    words = shlex.split(capsys.readouterr().out)
    assert words[:2] == ["--jars", str(jar_path())]
    assert words[2:4] == ["--conf", f"spark.sql.extensions={EXTENSION}"]
    assert words[4:] == ["--driver-class-path", str(jar_path())]
    assert main([]) == 0
    assert "--packages" in shlex.split(capsys.readouterr().out)
