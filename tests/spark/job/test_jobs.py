from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from chispa import assert_df_equality

from sparkfl.cli.local_spark import command, run_quietly
from sparkfl.datasets import fashion_stores
from sparkfl.job import evaluate, features, score, train
from sparkfl.registry import ModelRegistry
from sparkfl.tables import read_table

ROOT = Path(__file__).parents[3]
CANARY = 98765.4321


@pytest.fixture(scope="module")
def jobs():
    """The main functions of the jobs, by name."""
    return {
        "features": features.main,
        "train": train.main,
        "evaluate": evaluate.main,
        "score": score.main,
    }


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
def uri(tmp_path_factory, mlflow_database):
    return mlflow_database(tmp_path_factory.mktemp("mlflow"))


def test_features_of_both_layouts_written_twice(spark, jobs, tmp_path, capsys):
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
    early = ["--start", "2020-01-01", "--end", "2021-01-01", "--output", f"{tmp_path}/both"]
    assert jobs["features"]([*both[:2], *early]) == 3
    assert "no purchase from 2020-01-01 to 2021-01-01" in capsys.readouterr().err
    assert read_table(spark, f"{tmp_path}/both").count() == split.count()


def test_train_evaluate_score_and_run_again(spark, jobs, table, uri, tmp_path, capsys):
    base = ["--tracking-uri", uri, "--name", "shops", "--input", table]
    report = tmp_path / "out" / "report.html"
    evaluation, scored = f"{tmp_path}/evaluation", f"{tmp_path}/scored"
    nowhere = ["--output", scored, "--report", "/proc/x/report.html"]
    assert jobs["train"]([*base, "--global-k", "3", "--alias", "champion"]) == 0
    assert jobs["evaluate"]([*base, "--output", evaluation]) == 0
    assert jobs["score"]([*base, *nowhere]) == 3
    assert "--report /proc/x/report.html cannot be written" in capsys.readouterr().err
    assert not Path(scored).exists()
    assert jobs["score"]([*base, "--output", scored, "--report", str(report)]) == 0
    assert jobs["score"]([*base, "--output", scored, "--no-report"]) == 0
    assert read_table(spark, evaluation).count() == 3
    assert read_table(spark, scored).count() == 122

    entry = ModelRegistry(uri).get("shops", "champion")
    assert (entry.version, entry.source) == (1, table)
    assert entry.options["GLOBAL_NUM_CLUSTERS"] == 3
    assert entry.tags["sparkfl.delta_version"] == "1"
    assert (entry.tags["sparkfl.stores"], entry.tags["sparkfl.stores_trained"]) == ("3", "2")
    assert entry.tags["sparkfl.scaling_used"] == "federation: as asked for"
    told = capsys.readouterr().out
    assert [line.split()[:2] for line in told.splitlines()[3:6]] == [
        ["north", "60"],
        ["south", "60"],
        ["kiosk", "2"],
    ]
    for job, place in (("evaluate", scored), ("score", evaluation)):
        assert jobs[job]([*base, "--output", place]) == 3
        assert f"{place} holds another table: it has no column" in capsys.readouterr().err
    assert read_table(spark, evaluation).count() == 3
    assert read_table(spark, scored).count() == 122
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
        ("train", ["--input", "no_such_table"], 3, "no_such_table cannot be read"),
        ("train", ["--input", "/no/such/path"], 3, "/no/such/path is not there"),
        ("train", ["--input-cols", "spend"], 3, "Missing column 'spend'"),
        ("train", ["--input-cols", "customer_id"], 3, "'customer_id' is string"),
        (
            "train",
            ["--input-cols", "total_orders", "--store-col", "avg_order_value"],
            3,
            "a store column must be one of",
        ),
        ("train", ["--features-col", "avg_order_value"], 3, "a vector or an array"),
        ("train", ["--log1p-cols", "spend"], 3, "--log1p-cols has 'spend'"),
        ("train", ["--min-cluster-size", "100"], 3, "No store released a cluster"),
        ("train", ["--min-stores", "3"], 4, "2 of 3 stores could be trained"),
        ("train", ["--checkpoint-dir", "/proc/checkpoint"], 3, "--checkpoint-dir /proc/checkpoint"),
        ("evaluate", ["--name", "nothing"], 3, "no model 'nothing'"),
        ("score", ["--name", "nothing"], 3, "no model 'nothing'"),
        ("features", ["--events", "/no/such/events.parquet"], 3, "is not there"),
    ],
)
def test_expected_errors_are_one_line(
    spark, jobs, table, uri, capsys, job, arguments, code, message
):
    if job != "features":
        arguments = ["--tracking-uri", uri, "--input", table, *arguments]
    before = ModelRegistry(uri).models()
    assert jobs[job](arguments) == code
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].startswith("error: ")
    assert message in lines[-1]
    assert len([line for line in lines if not re.match(r"\d\d:\d\d:\d\d  ", line)]) == 1
    assert ModelRegistry(uri).models() == before


@pytest.mark.parametrize(
    ("job", "arguments", "message"),
    [
        ("train", ["--k", "three"], "--k must be an integer"),
        ("train", ["--k", "0"], "--k must be an integer of at least 1; got 0"),
        ("train", ["--global-k", "0"], "--global-k must be"),
        ("train", ["--min-cluster-size", "2"], "--min-cluster-size must be"),
        ("train", ["--contamination", "0.6"], "--contamination must be a number above 0"),
        ("train", ["--contamination", "nan"], "--contamination must be"),
        (
            "train",
            ["--scaling", "some"],
            "--scaling must be one of federation, quantile, store, none, auto; got 'some'",
        ),
        ("train", ["--algorithm", "magic"], "--algorithm must be one of bisecting_kmeans, kmeans"),
        ("train", ["--algorithm-params", "{"], "--algorithm-params must be"),
        ("train", ["--input-cols", "a", "a"], "--input-cols must be"),
        ("train", ["--input-cols", "a", "Store_ID"], "argument --input-cols: "),
        ("train", ["--store-col", ""], "--store-col must be"),
        ("train", ["--min-stores", "0"], "argument --min-stores: "),
        ("train", ["--alias", "latest"], "argument --alias: 'latest' cannot be an alias"),
        ("train", ["--alias", "a b"], "argument --alias: "),
        ("train", ["--name", "a/b"], "argument --name: 'a/b' cannot name a model"),
        ("train", ["--input", ""], "argument --input: must not be empty"),
        ("train", ["--input-format", "xml"], "argument --input-format: "),
        ("train", ["--inp", "x"], "--inp"),
        (
            "train",
            ["--input-cols", "x", "--features-col", "f"],
            "Set either --input-cols, the numeric feature columns, or --features-col",
        ),
        ("train", ["--algorithm-params", '{"init": 1}'], "--algorithm-params is {'init': 1}, but"),
        (
            "train",
            ["--algorithm", "sklearn.cluster.Birch", "--algorithm-params", '{"eps": 1}'],
            "--algorithm-params: sklearn.cluster.Birch has no parameter 'eps'",
        ),
        ("score", ["--report", "x", "--no-report"], "argument --no-report: not allowed with"),
        ("score", ["--customer-col", "x", "--no-report"], "argument --customer-col: "),
        ("evaluate", ["--output", " "], "argument --output: "),
        ("features", ["--events", "a=b", "c"], "argument --events: a=b c: give one TABLE, or"),
        ("features", ["--events", "a=b", "a=c"], "argument --events: "),
        ("features", ["--start", "soon"], "--start, --end, --time-zone: start 'soon' is no date"),
        ("features", ["--start", "2012-01-01"], "is after end"),
        ("features", ["--time-zone", "Mars"], "Unknown time zone 'Mars'"),
        ("features", ["--order-value", "half"], "argument --order-value: "),
    ],
)
def test_wrong_arguments_are_refused_by_their_names(jobs, capsys, job, arguments, message):
    with pytest.raises(SystemExit) as stop:
        jobs[job](arguments)
    assert stop.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert message in line


@pytest.mark.parametrize("job", ["features", "train", "evaluate", "score"])
def test_help_tells_the_exit_codes(jobs, capsys, job):
    with pytest.raises(SystemExit) as stop:
        jobs[job](["--help"])
    assert stop.value.code == 0
    assert "exit codes:" in capsys.readouterr().out


def test_spark_submit_passes_the_exit_code_on_and_stays_quiet(spark, table, uri, capfd):
    words = command("spark-submit", [], delta=False, defaults={})
    words += [str(ROOT / "jobs" / "train.py"), "--no-delta", "--input", table]
    capfd.readouterr()
    assert run_quietly([*words, "--tracking-uri", uri]) == 3
    told = capfd.readouterr()
    assert told.err == ""
    (line,) = told.out.splitlines()  # spark-submit merges Python's streams
    assert line.startswith(f"error: {table} is a Delta table and this session has no Delta")
