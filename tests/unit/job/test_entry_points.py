"""Each job is a module, and a file for spark-submit whose path the wheel's command tells."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

from sparkfl.cli.main import main
from sparkfl.sqlext.jvm.options import shell_word

ROOT = Path(__file__).parents[3]
JOBS = sorted(path.stem for path in (ROOT / "jobs").glob("*.py"))


@pytest.mark.parametrize("job", JOBS)
def test_the_command_tells_where_the_file_is(job: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["job", job]) == 0
    assert capsys.readouterr().out == f"{shell_word(str(ROOT / 'jobs' / f'{job}.py'))}\n"


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
