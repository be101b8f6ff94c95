"""The examples' files: they parse, and what they call exists."""

from __future__ import annotations

import ast
import importlib
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from sparkfl.cli.bundled import bundled

EXAMPLES = Path(__file__).parents[2] / "examples"
DAG = EXAMPLES / "airflow" / "shop_anomalies.py"
BUNDLE = EXAMPLES / "databricks"


def assigned(name: str) -> Any:
    """Value of a constant of the DAG, which is not imported: Airflow is not here."""
    for node in ast.parse(DAG.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.literal_eval(node.value)
    raise AssertionError(name)


def test_the_dag_submits_jobs_by_arguments_that_they_take() -> None:
    jobs: dict[str, str] = assigned("JOBS")
    apart = {"aggregate", "store"}  # of clusters of their own, not of one DAG
    assert set(jobs) == {path.stem for path in bundled("jobs")} - apart
    assert "$(sparkfl spark-options) $(sparkfl job {job}) " in assigned("SUBMIT")
    for job, line in jobs.items():
        words = shlex.split(re.sub(r"\{\{.*?\}\}", "2026-01-01", line))
        args = importlib.import_module(f"sparkfl.job.{job}").arguments().parse_args(words)
        assert args.output if job != "train" else args.alias


def test_the_bundle_s_tasks_and_variables_are_there() -> None:
    bundle = yaml.safe_load((BUNDLE / "databricks.yml").read_text("utf-8"))
    assert set(bundle) == {"bundle", "variables", "resources", "targets"}
    (job,) = bundle["resources"]["jobs"].values()
    (cluster,) = job["job_clusters"]
    done: set[str] = set()
    for task in job["tasks"]:
        assert task["job_cluster_key"] == cluster["job_cluster_key"]
        assert {before["task_key"] for before in task.get("depends_on", [])} <= done
        assert (BUNDLE / task["notebook_task"]["notebook_path"]).is_file()
        done.add(task["task_key"])
    used = set(re.findall(r"\$\{var\.(\w+)\}", (BUNDLE / "databricks.yml").read_text("utf-8")))
    assert used == set(bundle["variables"])


@pytest.mark.parametrize("name", ["train", "score"])
def test_the_bundle_s_parameters_are_those_of_its_notebooks(name: str) -> None:
    bundle = yaml.safe_load((BUNDLE / "databricks.yml").read_text("utf-8"))
    (job,) = bundle["resources"]["jobs"].values()
    asked = re.findall(r'widgets\.get\("(\w+)"\)', (BUNDLE / f"{name}.py").read_text("utf-8"))
    assert set(asked) <= {parameter["name"] for parameter in job["parameters"]}


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.yml")), ids=lambda path: path.stem)
def test_the_yaml_parses(path: Path) -> None:
    assert isinstance(yaml.safe_load(path.read_text("utf-8")), dict)
