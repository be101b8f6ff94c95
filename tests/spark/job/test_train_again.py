"""The train job, once more after the table has changed, and after it was interrupted."""

from __future__ import annotations

import numpy as np
import pytest

from sparkfl.job.train import main as train
from sparkfl.registry import ModelRegistry


@pytest.fixture
def table(spark, tmp_path):
    """Forty customers in each of two shops, as Delta."""
    spend = np.random.default_rng(3).lognormal(3, 1, 80).tolist()
    rows = [("north" if i < 40 else "south", x, float(i % 9)) for i, x in enumerate(spend)]
    df = spark.createDataFrame(rows, "store_id string, spend double, visits double")
    df.write.format("delta").save(f"{tmp_path}/features")
    return f"{tmp_path}/features"


def test_only_the_shop_that_changed_is_trained_again(spark, table, tmp_path, tracking_uri):
    uri = tracking_uri
    words = ["--input", table, "--input-cols", "spend", "visits", "--tracking-uri", uri]
    words += ["--name", "shops", "--incremental"]
    assert train(words) == 0
    spark.sql(f"UPDATE delta.`{table}` SET spend = spend + 1 WHERE store_id = 'south'")
    assert train(words) == 0
    registry = ModelRegistry(uri)
    first, second = (registry.load("shops", version, spark=spark) for version in (1, 2))
    assert {row.store_id: row.change for row in second.changes.collect()} == {
        "north": "kept",
        "south": "retrained",
    }
    north = "store_id = 'north'"
    assert second.releases.where(north).collect() == first.releases.where(north).collect()
    assert registry.get("shops").tags["sparkfl.delta_version"] == "1"


def test_a_checkpoint_directory_serves_the_next_run(
    spark, table, tmp_path, mlflow_database, caplog
):
    words = ["--input", table, "--input-cols", "spend", "visits", "--name", "shops"]
    words += ["--checkpoint-dir", f"{tmp_path}/checkpoint"]
    for run in ("first", "second"):
        caplog.clear()
        (tmp_path / run).mkdir()
        uri = mlflow_database(tmp_path / run)
        with caplog.at_level("INFO", "sparkfl"):
            assert train([*words, "--tracking-uri", uri]) == 0
    assert "2 stores resumed from the checkpoint" in caplog.text
