from __future__ import annotations

import runpy
from pathlib import Path

import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@pytest.fixture
def run(spark):
    """Run a notebook top to bottom as Databricks would, and return its names and what it showed."""
    shown = []

    def runner(name):
        names = {"spark": spark, "display": shown.append}
        return runpy.run_path(str(NOTEBOOKS / name), init_globals=names), shown

    yield runner
    spark.conf.unset("spark.sparkfl.trackingUri")
    for view in ("src_for_fedlrn", "customer_features", "local_clusters"):
        spark.catalog.dropTempView(view)
    spark.catalog.clearCache()


def test_features(run):
    names, shown = run("01_features.py")
    assert {row.store_id for row in names["stores"].collect()} == {
        "comfort_wear_store_view",
        "sporty_style_store_view",
    }
    assert len(shown) == 7


def test_local_and_global_models(run):
    names, _ = run("02_local_and_global_models.py")
    assert {row.verdict for row in names["model"].verdicts.collect()} == {"ok"}
    for row in names["quality"].collect():
        assert row.precision > 0.5, row
        assert row.recall > 0.5, row


def test_sql(run):
    names, _ = run("03_sql.py")
    assert names["federated"].version == 1
    assert {row.store_id for row in names["anomalies"].collect()} == set(names["SHOPS"])


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.py")), ids=lambda path: path.stem)
def test_format_is_databricks(path):
    cells = path.read_text("utf-8").split("\n# COMMAND ----------\n")
    assert cells[0].startswith("# Databricks notebook source\n# MAGIC %md\n")
    for cell in cells[1:]:
        lines = [line for line in cell.splitlines() if line]
        magic = [line.startswith("# MAGIC") for line in lines]
        assert lines, "an empty cell"
        assert all(magic) or not any(magic), cell
