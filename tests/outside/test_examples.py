"""The DAG of `examples`, loaded by Airflow itself, and the bundle's job by Databricks' types."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from environments import clean, make_environment, shell
from spark_programs import ROOT

pytestmark = pytest.mark.examples

LOAD = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
dag = bag.dags["shop_anomalies"]
tasks = {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks}
print(json.dumps([dict(bag.import_errors), tasks]))
"""
CHECK = """
import json, sys, yaml
from databricks.bundles.jobs import Job
with open(sys.argv[1]) as file:
    jobs = yaml.safe_load(file)["resources"]["jobs"]
print(json.dumps([Job.from_dict(job).as_dict() == job for job in jobs.values()]))
"""


def test_databricks_knows_every_field_of_the_job(tmp_path: Path) -> None:
    programs = make_environment(tmp_path / "environment", "databricks-bundles", "pyyaml")
    (tmp_path / "check.py").write_text(CHECK)
    bundle = ROOT / "examples" / "databricks" / "databricks.yml"
    done = shell(f"python check.py {bundle}", tmp_path, clean(programs))
    assert (done.returncode, done.stdout) == (0, "[true]\n"), done.stderr[-4000:]


def test_airflow_loads_the_dag(tmp_path: Path) -> None:
    programs = make_environment(tmp_path / "environment", "apache-airflow>=3,<4")
    (tmp_path / "load.py").write_text(LOAD)
    environment = clean(
        programs, AIRFLOW_HOME=str(tmp_path / "airflow"), AIRFLOW__CORE__LOAD_EXAMPLES="False"
    )
    done = shell(f"python load.py {ROOT / 'examples' / 'airflow'}", tmp_path, environment)
    assert done.returncode == 0, done.stderr[-4000:]
    errors, tasks = json.loads(done.stdout.splitlines()[-1])
    assert errors == {}
    assert tasks == {
        "features": ["train"],
        "train": ["evaluate"],
        "evaluate": ["score"],
        "score": [],
    }
