"""Each job is a module, a command of the wheel and a file for spark-submit."""

from __future__ import annotations

import importlib
import runpy
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
JOBS = sorted(path.stem for path in (ROOT / "jobs").glob("*.py"))


def test_every_job_has_a_command_of_its_name() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["scripts"] == {f"sparkfl-{job}": f"sparkfl.job.{job}:main" for job in JOBS}
    for job in JOBS:
        assert callable(importlib.import_module(f"sparkfl.job.{job}").main)


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.filterwarnings("ignore:.*found in sys.modules:RuntimeWarning")
def test_modules_and_files_run_the_job(
    job: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [job, "--no-such-argument"])
    for start in (
        lambda: runpy.run_module(f"sparkfl.job.{job}", run_name="__main__"),
        lambda: runpy.run_path(str(ROOT / "jobs" / f"{job}.py"), run_name="__main__"),
    ):
        with pytest.raises(SystemExit) as stop:
            start()
        assert stop.value.code == 2
        assert capsys.readouterr().err.startswith("error: unrecognized arguments")


@pytest.mark.parametrize("job", JOBS)
def test_files_for_spark_submit_are_a_few_lines(job: str) -> None:
    assert len((ROOT / "jobs" / f"{job}.py").read_text("utf-8").splitlines()) <= 10
