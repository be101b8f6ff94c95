from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from chispa import assert_df_equality

from sparkfl.datasets import fashion_stores
from sparkfl.registry import ModelRegistry
from sparkfl.tables import read_table

ROOT = Path(__file__).parents[3]
CANARY = 98765.4321


@pytest.fixture(scope="module")
def jobs():
    """The main functions of the jobs, by name."""
    mains = {}
    for path in (ROOT / "jobs").glob("*.py"):
        spec = importlib.util.spec_from_file_location(f"jobs_{path.stem}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        mains[path.stem] = module.main
    return mains


@pytest.fixture(scope="module")
def table(spark, tmp_path_factory):
    """Features of two shops, one of them with a canary, and of a shop of two; Delta version 1."""
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(122)],
            "store_id": ["north"] * 60 + ["south"] * 60 + ["kiosk"] * 2,
            "avg_order_value": rng.lognormal(4, 1, 122),
            "total_orders": rng.poisson(4, 122) + 1,
            "customer_lifetime": rng.integers(0, 300, 122),
            "days_since_last_purchase": rng.integers(1, 300, 122),
        }
    )
    frame.loc[7, "avg_order_value"] = CANARY
    path = str(tmp_path_factory.mktemp("jobs") / "features")
    for _ in range(2):
        spark.createDataFrame(frame).coalesce(1).write.format("delta").mode("overwrite").save(path)
    return path


@pytest.fixture(scope="module")
def uri(tmp_path_factory):
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"


def test_features_of_both_layouts_written_twice(spark, jobs, tmp_path):
    period = ["--start", "2025-01-01", "--end", "2026-01-01"]
    events = fashion_stores(spark, stores=2, customers=30)
    events.write.parquet(f"{tmp_path}/events")
    both = ["--events", f"{tmp_path}/events", *period, "--output", f"{tmp_path}/both"]
    assert [jobs["features"](both) for _ in range(2)] == [0, 0]
    written = read_table(spark, f"{tmp_path}/both")
    assert written.count() == written.select("customer_id", "store_id").distinct().count() > 0
    stores = [row.store_id for row in written.select("store_id").distinct().collect()]
    for store in stores:
        own = events.where(events.web.webPageDetails.storeCode == store)
        own.write.parquet(f"{tmp_path}/{store}")
    mapping = [f"{store}={tmp_path}/{store}" for store in stores]
    assert jobs["features"](["--events", *mapping, *period, "--output", f"{tmp_path}/split"]) == 0
    split = read_table(spark, f"{tmp_path}/split")
    assert_df_equality(split, written, ignore_row_order=True, ignore_nullable=True)


def test_train_evaluate_score_and_run_again(spark, jobs, table, uri, tmp_path, capsys):
    base = ["--tracking-uri", uri, "--name", "shops", "--input", table]
    report = tmp_path / "out" / "report.html"
    evaluation, scored = f"{tmp_path}/evaluation", f"{tmp_path}/scored"
    assert jobs["train"]([*base, "--global-k", "3", "--alias", "champion"]) == 0
    assert jobs["evaluate"]([*base, "--output", evaluation]) == 0
    assert jobs["score"]([*base, "--output", scored, "--report", str(report)]) == 0
    assert jobs["score"]([*base, "--output", scored, "--no-report"]) == 0
    assert read_table(spark, evaluation).count() == 3
    assert read_table(spark, scored).count() == 122

    entry = ModelRegistry(uri).get("shops", "champion")
    assert (entry.version, entry.source) == (1, table)
    assert entry.options["globalK"] == 3
    assert entry.tags["sparkfl.delta_version"] == "1"
    told = capsys.readouterr().out
    assert [line.split()[:2] for line in told.splitlines()[3:6]] == [
        ["north", "60"],
        ["south", "60"],
        ["kiosk", "2"],
    ]
    page = report.read_text("utf-8")
    assert "too_small" in page
    assert "c7" in page
    for text in (f"{CANARY}", f"{CANARY:.2f}", "98,765", "98765"):
        assert text not in page
        assert text not in told

    assert jobs["train"]([*base, "--k", "2"]) == 0
    assert jobs["score"]([*base, "--output", scored, "--no-report"]) == 0
    counts = read_table(spark, scored).groupBy("model_name", "model_version").count().collect()
    assert sorted(map(tuple, counts)) == [("shops", 1, 122), ("shops", 2, 122)]


@pytest.mark.parametrize(
    ("job", "arguments", "code", "message"),
    [
        ("train", ["--input", "no_such_table"], 3, "no_such_table"),
        ("train", ["--input", "/no/such/path"], 3, "/no/such/path"),
        ("train", ["--inputs", "spend"], 3, "spend"),
        ("train", ["--k", "0"], 3, "k must be an integer of at least 1; got 0"),
        ("train", ["--min-cluster-size", "100"], 3, "No store released a cluster"),
        ("train", ["--min-stores", "3"], 4, "2 of 3 stores could be trained"),
        ("evaluate", ["--name", "nothing"], 3, "no model 'nothing'"),
        ("score", ["--name", "nothing"], 3, "no model 'nothing'"),
        ("features", ["--events", "a=b", "c"], 3, "give one TABLE, or STORE=TABLE each"),
        ("features", ["--start", "soon"], 3, "soon"),
    ],
)
def test_expected_errors_are_one_line(
    spark, jobs, table, uri, capsys, job, arguments, code, message
):
    if job != "features":
        arguments = ["--tracking-uri", uri, "--input", table, *arguments]
    before = ModelRegistry(uri).models()
    assert jobs[job](arguments) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert message in line
    assert ModelRegistry(uri).models() == before


def test_wrong_arguments_are_a_usage_error(jobs, capsys):
    with pytest.raises(SystemExit) as stop:
        jobs["train"](["--k", "three"])
    assert stop.value.code == 2
    with pytest.raises(SystemExit) as stop:
        jobs["train"](["--help"])
    assert stop.value.code == 0
    assert "exit codes:" in capsys.readouterr().out


def test_spark_submit_passes_the_exit_code_on_and_stays_quiet(spark, table, uri):
    command = [sys.executable, str(ROOT / "tools" / "submit.py"), "jobs/train.py", "--no-delta"]
    command += ["--input", table, "--tracking-uri", uri]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (3, "")
    (line,) = done.stdout.splitlines()  # spark-submit merges Python's streams
    assert line.startswith(f"error: {table} is a Delta table and this session has no Delta")
