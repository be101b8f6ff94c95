"""A stranger's table: names, types and files that are not ours."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import SparkSession

from sparkfl.job import evaluate, score, train
from sparkfl.registry import ModelRegistry
from sparkfl.tables import read_table

STORE, CUSTOMER, SPEND = "Territory ID", "Customer.Key", "Total `spend` (€)"
STEP = re.compile(r"\d\d:\d\d:\d\d  ")


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    """Forty customers in each of three territories, which have numbers."""
    random = np.random.default_rng(3)
    return pd.DataFrame(
        {
            CUSTOMER: [f"<c{i}>" for i in range(120)],
            STORE: np.repeat([1001, 2, 3], 40),
            SPEND: random.lognormal(3, 1, 120),
            "order": random.poisson(4, 120),
        }
    )


@pytest.fixture(scope="module")
def csv(orders: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("stranger") / "features.csv"
    orders.to_csv(path, index=False)
    return str(path)


@pytest.fixture(scope="module")
def words(
    csv: str,
    spark: SparkSession,
    tmp_path_factory: pytest.TempPathFactory,
    mlflow_database: Callable[[Path], str],
) -> list[str]:
    """Arguments that name a model that was trained on the CSV file."""
    uri = mlflow_database(tmp_path_factory.mktemp("mlflow"))
    words = ["--tracking-uri", uri, "--name", "territories"]
    options = ["--store-col", STORE.lower(), "--input-cols", SPEND, "order", "--log1p-cols", SPEND]
    assert train.main([*words, "--input", csv, *options]) == 0
    return words


def test_a_csv_file_from_training_to_report(
    spark: SparkSession, words: list[str], csv: str, tmp_path: Path, capfd
) -> None:
    capfd.readouterr()
    report = tmp_path / "deep" / "report.html"
    scored, evaluation = f"{tmp_path}/scored", f"{tmp_path}/evaluation"
    named = [*words, "--input", csv]
    assert evaluate.main([*named, "--output", evaluation]) == 0
    assert score.main([*named, "--output", scored, "--report", str(report)]) == 0
    told = capfd.readouterr()
    assert all(map(STEP.match, told.err.splitlines())), told.err
    assert "Exception" not in told.out + told.err
    assert read_table(spark, evaluation).count() == 3
    rows = read_table(spark, scored)
    assert rows.columns[:4] == [CUSTOMER, STORE, SPEND, "order"]
    assert rows.count() == 120
    page = report.read_text("utf-8")
    assert "This page names no customer." in page
    assert "&lt;c" not in page
    assert "1,001" not in page + told.out
    assert [line.split()[0] for line in told.out.splitlines()[3:6]] == ["2", "3", "1001"]

    query = told.out[told.out.index("SQL     ") + 8 : told.out.rindex(";")]
    flagged = spark.sql(query).collect()
    assert len(flagged) == rows.where("is_anomaly").count() > 0
    assert flagged[0].asDict().keys() == {STORE, "anomaly_score", "anomaly_reason"}


def test_customers_are_named_on_demand(
    spark: SparkSession, words: list[str], csv: str, tmp_path: Path, capsys
) -> None:
    report, output = tmp_path / "report.html", f"{tmp_path}/scored"
    named = [*words, "--input", csv, "--output", output, "--report", str(report)]
    assert score.main([*named, "--customer-col", "customer.key", "--no-delta"]) == 0
    page = report.read_text("utf-8")
    assert "This page names customers." in page
    assert "&lt;c" in page
    assert "<c1" not in page
    assert "`Customer.Key`" in capsys.readouterr().out


def _failing(words: list[str], csv: str, folder: Path) -> dict[str, tuple[list[str], str]]:
    """Arguments of score that cannot work, and what is said of them."""
    (folder / "file").write_text("")
    (folder / "other").mkdir()
    (folder / "other" / "notes.txt").write_text("")
    output = ["--output", f"{folder}/scored"]
    return {
        "customer": ([*output, "--customer-col", "kunde"], "Missing column 'kunde'"),
        "report": ([*output, "--report", f"{folder}/file/r.html"], "--report .* is a file"),
        "folder": ([*output, "--report", str(folder)], "--report .* is a folder"),
        "input": (["--output", csv], "--output .* is the input"),
        "other": (["--output", f"{folder}/other"], "holds other files"),
        "output": (["--output", f"{folder}/file/scored"], "cannot be written"),
        "catalog": (["--output", "nowhere.scored"], "there is no schema nowhere"),
        "version": ([*output, "--version", "9"], "9"),
        "format": ([*output, "--input-format", "json"], "cannot be read as json"),
    }


@pytest.mark.parametrize(
    "kind",
    ["customer", "report", "folder", "input", "other", "output", "catalog", "version", "format"],
)
def test_what_cannot_work_is_refused_before_anything_is_written(
    spark: SparkSession, words: list[str], csv: str, tmp_path: Path, kind: str, capsys
) -> None:
    arguments, told = _failing(words, csv, tmp_path)[kind]
    assert score.main([*words, "--input", csv, *arguments]) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert re.search(told, line)
    assert "Written" not in line
    assert not (tmp_path / "scored").exists()
    assert Path(csv).is_file()


def test_a_failure_after_the_table_is_written_says_that_it_stands(
    spark: SparkSession, words: list[str], csv: str, tmp_path: Path, capsys, monkeypatch
) -> None:
    report = tmp_path / "report.html"
    output = f"{tmp_path}/scored"
    named = [*words, "--input", csv, "--output", output, "--report", str(report)]

    def summarize(*_: object) -> None:
        raise error

    monkeypatch.setattr(score, "summarize", summarize)
    error: Exception = score.SchemaError("No room left.")
    assert score.main(named) == 5
    line = capsys.readouterr().err.splitlines()[-1]
    assert line == f"error: No room left. Written, and left as it is: {output}."
    assert read_table(spark, output).count() == 120

    error = ZeroDivisionError("a fault of ours")
    with pytest.raises(ZeroDivisionError):
        score.main(named)
    assert capsys.readouterr().err.splitlines()[-1].endswith(f"left as it is: {output}.")


def test_broken_rows_are_one_line(
    spark: SparkSession, words: list[str], orders: pd.DataFrame, tmp_path: Path, capsys
) -> None:
    orders.to_csv(tmp_path / "broken.csv", index=False)
    with (tmp_path / "broken.csv").open("a") as file:
        file.write("secret customer,1,2,3,4,5,6\n")
    broken = ["--input", f"{tmp_path}/broken.csv", "--output", f"{tmp_path}/scored"]
    assert score.main([*words, *broken]) == 3
    line = capsys.readouterr().err.splitlines()[-1]
    assert re.match(r"error: Encountered error while reading file .*broken.csv: repair", line)
    assert "secret" not in line


def test_a_column_mapped_table_is_scored_into_one(
    spark: SparkSession, words: list[str], orders: pd.DataFrame, tmp_path: Path
) -> None:
    writer = spark.createDataFrame(orders).write.format("delta")
    writer.option("delta.columnMapping.mode", "name").save(f"{tmp_path}/features")
    rerun = ["--input", f"{tmp_path}/features", "--output", f"{tmp_path}/scored", "--no-report"]
    for _ in range(2):
        assert score.main([*words, *rerun]) == 0
    assert set(orders.columns) < set(read_table(spark, f"{tmp_path}/scored").columns)


def test_an_incremental_run_of_files_goes_by_content(
    spark: SparkSession, words: list[str], csv: str, orders: pd.DataFrame, tmp_path: Path
) -> None:
    changed = orders.assign(order=orders["order"] + (orders[STORE] == 3))
    changed.to_csv(tmp_path / "features.csv", index=False)
    again = ["--name", "incremental", "--incremental", "--store-col", STORE]
    again += ["--input-cols", SPEND, "order", *words[:2]]
    assert train.main([*again, "--input", csv]) == 0
    assert train.main([*again, "--input", f"{tmp_path}/features.csv"]) == 0
    model = ModelRegistry(words[1]).load("incremental", spark=spark)
    assert {row[0]: row.change for row in model.changes.collect()} == {
        1001: "kept",
        2: "kept",
        3: "retrained",
    }
