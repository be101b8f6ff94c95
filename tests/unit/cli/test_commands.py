"""The command `sparkfl`: what it prints, what it copies, and how it refuses."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from sparkfl.cli.bundled import bundled
from sparkfl.cli.checks.remedy import EVERYTHING, remedy
from sparkfl.cli.local_spark import command
from sparkfl.cli.main import COMMANDS, main
from sparkfl.errors import ParameterError, StorageError
from sparkfl.job.arguments import JobParser, add_model
from sparkfl.sqlext.jvm.conf import EXTENSION

ROOT = Path(__file__).parents[3]
NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.py"))
BARE = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from sparkfl.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def bare(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Call the command from a Python without any package, where there is no Java."""
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", BARE, *arguments],
        cwd=folder,
        env={"PATH": str(folder), "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_helps(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([name, "--help"])
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: sparkfl {name} ")


def test_without_a_command_they_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    told = capsys.readouterr().out
    assert [name for name in COMMANDS if f"\n  {name} " not in told] == []


def test_where_nothing_is_installed(tmp_path: Path) -> None:
    """Doctor tells all of it, the others what is missing first; nobody sees a traceback."""
    doctor = bare(tmp_path, "doctor")
    lines = [line.split(maxsplit=2) for line in doctor.stdout.splitlines() if line]
    missing = {line[1] for line in lines if line[0] == "missing"}
    assert missing == {"packages", "reports", "Java", "Spark", "SQL", "Delta", "MLflow", "registry"}
    assert (doctor.returncode, doctor.stderr) == (1, "")
    for mends in ("pip install 'sparkfl[all]'", "openjdk-17", "export PYSPARK_PYTHON="):
        assert mends in doctor.stdout
    for words in (["demo"], ["sql", "-e", "SHOW MODELS"], ["spark-options", "--no-delta"]):
        refused = bare(tmp_path, *words)
        assert refused.returncode == 1
        (line,) = refused.stderr.splitlines()
        assert line.startswith("sparkfl: ")
        assert "pip install" in line
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({}, "ok        registry         sqlite:///{folder}/demo-output/mlflow.db, made at the"),
        ({"JAVA_HOME": "/nowhere"}, "missing   Java             There is no Java in JAVA_HOME=/no"),
        ({"SPARK_HOME": "/nowhere"}, "missing   Spark            there is none in SPARK_HOME=/now"),
        ({"SPARK_HOME": "/nowhere"}, "missing   SQL extension    needs Spark"),
        ({"SPARK_REMOTE": "sc://s"}, "ok        SQL extension    the server's"),
        (
            {"MLFLOW_TRACKING_URI": "http://a:secret@127.0.0.1:9/"},
            "missing   registry         MLflow at http://127.0.0.1:9",
        ),
        (
            {"PYSPARK_PYTHON": "/nowhere"},
            "missing   workers' Python  PYSPARK_PYTHON=/nowhere is",
        ),
        ({"PYSPARK_PYTHON": "{python}"}, "ok        workers' Python  {version}, {python}"),
    ],
)
def test_doctor_says_what_is_wrong(
    environment: Mapping[str, str],
    line: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("SPARK_HOME", "SPARK_REMOTE", "MLFLOW_TRACKING_URI", "PYSPARK_PYTHON"):
        monkeypatch.delenv(name, raising=False)
    names = {"python": sys.executable, "folder": tmp_path}
    names["version"] = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for name, value in environment.items():
        monkeypatch.setenv(name, value.format(**names))
    code = main(["doctor"])
    told = capsys.readouterr().out
    assert f"\n{line.format(**names)}" in told
    assert code == int("missing" in told)
    assert "secret" not in told
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("named", [True, False])
def test_doctor_keeps_pyspark_away_from_a_client(
    named: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Beside pyspark-client no remedy brings pyspark, and nothing is asked for of the server's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SPARK_REMOTE", raising=False)
    if named:
        monkeypatch.setenv("SPARK_REMOTE", "sc://server")
    there = {"pyspark": None, "pyspark-client": "4.2.0"}
    monkeypatch.setattr("sparkfl.cli.checks.remedy.installed", there.get)
    for name in ("packages", "registry", "spark"):
        module = sys.modules[f"sparkfl.cli.checks.{name}"]
        monkeypatch.setattr(module, "find_spec", {"pyspark": object()}.get)
    monkeypatch.setattr(module, "_home", lambda: None)
    main(["doctor"])
    told = capsys.readouterr().out
    assert "sparkfl[all]" not in told
    assert "spark," not in told.replace("pyspark", "")
    for line in (
        "missing   packages         no numpy, pandas, pyarrow, sklearn, threadpoolctl: pip install "
        "--upgrade sparkfl\n",
        "optional  reports          no tqdm, matplotlib: pip install 'sparkfl[report]'\n",
        "ok        Delta Lake       the server's\n",
        "ok        workers' Python  the server's\n",
        "missing   MLflow           there is no mlflow: pip install 'sparkfl[mlflow]'\n",
        "'sparkfl[xgboost,lightgbm,forecast,lstm,search,features,secure-aggregation,privacy,connect]'\n",
    ):
        assert line in told, told
    assert ("export SPARK_REMOTE=" in told) == (not named)


def test_doctor_says_what_a_database_needs_beside_mlflow_skinny(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///own.db")
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    main(["doctor"])
    told = capsys.readouterr().out
    assert f"mlflow-skinny alone does not reach sqlite:///own.db: {EVERYTHING}, or name" in told


def test_a_client_is_no_spark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of its package, which has no jars, Java is not what is missing."""
    monkeypatch.delenv("SPARK_HOME", raising=False)
    spec = ModuleSpec("pyspark", None, origin=f"{tmp_path}/pyspark/__init__.py")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: spec)
    for name in ("demo", "spark-options"):
        assert main([name]) == 1
        assert "pyspark-client, has no Spark of its own" in capsys.readouterr().err


def test_a_client_beside_a_whole_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPARK_REMOTE", "sc://server")
    monkeypatch.setattr("sparkfl.cli.checks.remedy.installed", lambda _: "4.2.0")
    assert remedy("connect", "search") == "pip install 'sparkfl[search]' 'pyspark[connect]'"
    monkeypatch.delenv("SPARK_REMOTE")
    assert remedy("connect", "search") == EVERYTHING


def test_all_commands_look_for_models_in_one_place(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sparkfl.cli.commands.sql.command", lambda *words: ["x", repr(words)])
    monkeypatch.setattr("sparkfl.cli.commands.sql.environment", dict)
    ran: list[str] = []
    monkeypatch.setattr("os.execve", lambda _, words, __: ran.append(words[1]))
    for uri in (None, f"sqlite:///{tmp_path}/own.db"):
        if uri is None:
            monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
        else:
            monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        expected = uri or "sqlite:///demo-output/mlflow.db"
        parser = JobParser("A job.")
        add_model(parser)
        assert parser.parse_args([]).tracking_uri == expected
        assert main(["audit", "--releases", "shop_anomalies"]) == 1
        assert f"There is no registry {expected} here" in capsys.readouterr().err
        main(["sql"])
        assert f"'spark.sparkfl.trackingUri': '{expected}'" in ran.pop()
        main(["doctor", "--no-delta"])
        file = uri or f"sqlite:///{tmp_path}/demo-output/mlflow.db"
        assert f"registry         {file}, made at" in capsys.readouterr().out


def test_doctor_names_the_sparks_that_will_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "jars").mkdir()
    (tmp_path / "jars" / "spark-core_2.12-3.5.9.jar").touch()
    monkeypatch.setenv("SPARK_HOME", str(tmp_path))
    assert main(["doctor", "--no-delta"]) == 1
    told = capsys.readouterr().out
    will_do = "sparkfl needs Spark 4.0, 4.1, 4.2 or 4.3"
    assert f"Spark            Spark 3.5.9 is not supported: {will_do}: unset SPARK_HOME\n" in told
    assert "missing   SQL extension    needs Spark 4.0, 4.1, 4.2 or 4.3\n" in told


def test_a_worker_s_python_without_sparkfl(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "python"
    other.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S "$@"\n')
    other.chmod(0o755)
    monkeypatch.setenv("PYSPARK_PYTHON", str(other))
    assert main(["doctor", "--no-delta"]) == 1
    told = capsys.readouterr().out
    assert "has no sparkfl, numpy, pandas" in told
    assert f"{other} -m pip install 'sparkfl[all]'" in told
    assert "Delta" not in told


def test_a_java_that_was_cut_down(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text('#!/bin/sh\n[ "$1" = -version ] && echo \'openjdk version "21.0.2"\' >&2\n')
    java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert f"\nmissing   Java             21, {java} lacks the module jdk.incubator.vector" in told


def test_notebooks_are_copied_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert main(["notebooks"]) == 0
        copied = capsys.readouterr().out.split()
        assert [Path(path).name for path in copied] == NOTEBOOKS
    mine = Path(copied[-1])
    mine.write_text("mine")
    Path(copied[0]).unlink()
    assert main(["notebooks"]) == 1
    assert f"{mine} is there and not the same; nothing was copied" in capsys.readouterr().err
    assert mine.read_text() == "mine"
    assert not Path(copied[0]).exists()
    assert main(["notebooks", str(mine)]) == 1
    assert f"{mine} cannot be written" in capsys.readouterr().err


def test_a_wheel_without_its_files_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sparkfl.cli.bundled._PACKAGE", tmp_path / "sparkfl")
    with pytest.raises(StorageError, match="pip install --force-reinstall"):
        bundled("jobs")


def test_the_shell_s_words_are_added_to() -> None:
    given = ["--conf", "spark.jars=a.jar", "-c", f"spark.sql.extensions=x.Mine,{EXTENSION}"]
    given += ["--conf", "spark.driver.extraJavaOptions=-Dx=1", "-S", "-e", "SHOW MODELS"]
    words = command("spark-sql", given, delta=False, defaults={"spark.a": "1", "spark.b": "2"})
    conf = dict(word.split("=", 1) for word in words if word.startswith("spark.") and "=" in word)
    assert conf["spark.jars"].startswith("a.jar,/")
    assert conf["spark.sql.extensions"] == f"x.Mine,{EXTENSION}"
    assert conf["spark.driver.extraJavaOptions"].startswith("-Dlog4j2.configurationFile=file:///")
    assert conf["spark.driver.extraJavaOptions"].endswith(" -Dx=1")
    assert (conf["spark.a"], conf["spark.b"]) == ("1", "2")
    assert words[-3:] == ["-S", "-e", "SHOW MODELS"]
    with pytest.raises(ParameterError, match=r"--conf must be KEY=VALUE; got 'spark.jars'"):
        command("spark-sql", ["--conf", "spark.jars"], delta=False, defaults={})
