"""Features of a stream: those of the same events at once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from sparkfl.errors import SchemaError
from sparkfl.features.views import Aggregation, FeatureView, Source, arrivals
from sparkfl.tables import read_table

FEATURES = [
    Aggregation("sum", "x", 2, "sum_2d"),
    Aggregation("avg", "x", name="mean"),
    Aggregation("std_samp", "x", 3, "std_3d"),
    Aggregation("last", "x", name="last"),
]
MIDNIGHT = "2026-03-01"


def view_of(table: DataFrame | str) -> FeatureView:
    return FeatureView("v", "who", [Source(table, FEATURES, "at", "arrived", name="events")])


def answers(df: DataFrame) -> dict[str, list[float]]:
    return {row[0]: list(row[1:]) for row in df.collect()}


def test_a_stream_makes_the_features_of_a_batch(spark: SparkSession, tmp_path: Path) -> None:
    # The last file has events of all days: late ones.
    given = spark.sql(
        "SELECT concat('c', id % 5) AS who, timestamp_seconds(1772323200 - 1800 * id) AS at, "
        "sin(id) AS x, IF(id % 7 = 0, 3, int(id / 80)) AS file FROM range(240)"
    ).localCheckpoint()
    for n in (0, 1, 2, 3):
        own = given.where(f"file = {n}").drop("file")
        own.coalesce(1).write.parquet(str(tmp_path / "incoming" / f"{n}"))
    events, tiles = str(tmp_path / "events"), str(tmp_path / "tiles")
    keep = arrivals(events, view_of(events), tiles, "parquet")
    seen: list[tuple[DataFrame, int]] = []

    def called(batch: DataFrame, number: int) -> None:
        seen.append((batch.localCheckpoint(), number))
        keep(batch, number)
        if number == 1:
            # Killed before the checkpoint knows: Spark gives the same micro-batch again.
            keep(batch, number)

    stream = (
        spark.readStream.schema("who string, at timestamp, x double")
        .option("maxFilesPerTrigger", 1)
        .option("recursiveFileLookup", True)
        .parquet(str(tmp_path / "incoming"))
    )
    writer = stream.writeStream.foreachBatch(called).trigger(availableNow=True)
    query = writer.option("checkpointLocation", str(tmp_path / "checkpoint")).start()
    query.awaitTermination()
    assert [number for _, number in seen] == [0, 1, 2, 3]
    keep(*seen[-1])
    assert read_table(spark, events).count() == 240
    at_once = answers(view_of(given.selectExpr("*", "at AS arrived")).features(MIDNIGHT))
    for found in (view_of(events).features(MIDNIGHT),
                  view_of(events).features(MIDNIGHT, tiles=tiles)):  # fmt: skip
        found = answers(found)
        assert found.keys() == at_once.keys()
        for who, values in at_once.items():
            assert found[who] == pytest.approx(values, rel=1e-9, abs=1e-9)
    # Requests that come by a stream are answered a micro-batch at a time, too.
    asked = spark.createDataFrame(
        [("c1", datetime(2026, 2, 28, tzinfo=UTC))], "who string, t timestamp"
    )
    (row,) = view_of(events).join(asked, "t").collect()
    assert row["sum_2d"] is not None
    with pytest.raises(SchemaError, match="arrived"):
        keep(asked.withColumnRenamed("t", "arrived"), 9)
