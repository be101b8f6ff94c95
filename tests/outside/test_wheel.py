"""An empty folder and the wheel: everything that the README says, from there alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from environments import clean, make_environment, shell
from shipping import build_wheel

pytestmark = pytest.mark.wheel


def test_the_wheel_is_enough(tmp_path: Path) -> None:
    wheel = build_wheel(tmp_path / "wheel")
    programs = make_environment(tmp_path / "environment", f"{wheel}[all]")
    folder = tmp_path / "empty"
    folder.mkdir()
    # The jar has to be the wheel's, not one that another test has compiled.
    environment = clean(programs, XDG_CACHE_HOME=str(tmp_path / "cache"))

    doctor = shell("sparkfl doctor", folder, environment)
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    assert {line.split()[0] for line in doctor.stdout.splitlines()} == {"ok"}, doctor.stdout
    assert not any(folder.iterdir())

    demo = shell("sparkfl demo --no-delta", folder, environment)
    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert demo.stderr == ""
    assert "4,346 customers of 37 stores were scored" in demo.stdout
    assert [path.name for path in folder.iterdir()] == ["demo-output"]

    ask = "SHOW MODELS; SELECT count(*), count_if(is_anomaly) FROM scored"
    shown = shell(f'sparkfl sql --no-delta -S -e "{ask}"', folder, environment)
    assert shown.returncode == 0, shown.stderr
    models, scored = shown.stdout.splitlines()
    assert models.split("\t")[1:3] == ["customer_anomalies", "1"]
    assert scored.split("\t")[0] == "4346"

    submit = "spark-submit $(sparkfl spark-options --no-delta) $(sparkfl job train) --no-delta"
    words = "--input demo-output/parquet/features --name again"
    again = shell(f"{submit} {words}", folder, environment)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "again version 1, 11 local models in it" in again.stdout
    assert "pandas" not in again.stderr

    notebook = "sparkfl notebooks mine && python mine/01_features.py"
    run = shell(notebook, folder, environment)
    assert run.returncode == 0, run.stdout + run.stderr
    assert not list((tmp_path / "cache").rglob("*.jar"))
