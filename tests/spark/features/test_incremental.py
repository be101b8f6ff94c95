"""Tiles that were refreshed bit by bit say what all events at once say, late ones too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from sparkfl.errors import ParameterError, StorageError
from sparkfl.features.aggregations import AGGREGATIONS
from sparkfl.features.views import Aggregation, FeatureView, Source
from sparkfl.tables import read_table

MERGEABLE = [
    name
    for name, row in AGGREGATIONS.items()
    if row.states and row.arguments == ("of",) and name != "ratio"
]


@pytest.fixture(scope="module")
def events(spark: SparkSession) -> DataFrame:
    """600 events of 20 days, a fifth of them up to six days late."""
    random = np.random.default_rng(7)
    n = 600
    at = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 20 * 86_400, n), "s")
    late = random.integers(1, 6 * 86_400, n) * (random.random(n) < 0.2)
    frame = pd.DataFrame(
        {
            "who": random.choice(["a", "b", "ü", "d e"], n),
            "store": random.integers(0, 2, n),
            "at": at,
            "came": at + pd.to_timedelta(late, "s"),
            "x": random.normal(size=n).round(3),
        }
    )
    frame.loc[::13, "x"] = np.nan
    return spark.createDataFrame(frame).localCheckpoint()


def view(events: DataFrame) -> FeatureView:
    added = [Aggregation(name, "x", days) for name in MERGEABLE for days in (7, 30)]
    added += [Aggregation("ratio", "x", 30, recent=7, statistic="count")]
    added += [Aggregation("share", when="x > 0"), Aggregation("count", name="all")]
    whole = [Aggregation("median", "x", 30), Aggregation("distinct", "x", 7)]
    people = events.sparkSession.sql("SELECT 'a' AS who, 0L AS store, 33 AS age")
    sources = [
        Source(events, added, time="at", arrival="came", name="added"),
        Source(events, whole, time="at", arrival="came", name="whole"),
        Source(people, [Aggregation("last", "age", name="age")], name="people"),
    ]
    return FeatureView("v", "who", sources, per="store", derived={"twice": "`all` * 2"})


def rows(features: DataFrame) -> pd.DataFrame:
    return features.toPandas().sort_values(["who", "store"]).reset_index(drop=True)


def test_refreshed_day_by_day_equals_all_at_once(events: DataFrame, tmp_path: Path) -> None:
    tiles = str(tmp_path / "tiles")
    own = view(events)
    times = ("2024-01-10T12:00:00", "2024-01-15")
    told = [own.refresh(tiles, until) for until in times]
    assert [batch.since for batch in told] == [None, *(batch.until for batch in told[:-1])]
    written = read_table(events.sparkSession, tiles).groupBy("until").count().collect()
    again = own.refresh(tiles, "2024-01-15")
    assert again == told[-1]
    once_more = read_table(events.sparkSession, tiles).groupBy("until").count().collect()
    assert sorted(written) == sorted(once_more)
    known = view(events.where("came < '2024-01-15'"))
    for as_of in ("2024-01-11", "2024-01-15"):
        found, wanted = (rows(f) for f in (own.features(as_of, tiles=tiles), known.features(as_of)))
        pd.testing.assert_frame_equal(found, wanted, rtol=1e-9, atol=1e-9)
    late = events.where("came >= '2024-01-15' AND at < '2024-01-11'").count()
    missed = view(events).features("2024-01-11").agg(sf.sum("all")).first()[0]
    assert missed - rows(known.features("2024-01-11"))["all"].sum() == late > 0
    some = events.sparkSession.sql("SELECT 'a' AS who, 0 AS store UNION ALL SELECT 'z', 0")
    asked = rows(own.features("2024-01-15", some, tiles))
    assert asked["all"].tolist() == [found["all"][0], 0]


def test_only_what_came_since_is_read(events: DataFrame, tmp_path: Path) -> None:
    """By the definition's own tiles; windows may change, what is aggregated may not."""
    tiles, spark = str(tmp_path / "tiles"), events.sparkSession
    count = Source(events, [Aggregation("count", window=7)], time="at", name="e")
    first = FeatureView("v", "who", [count])
    first.refresh(tiles, "2024-01-10", format="parquet")
    wider = Source(events, [Aggregation("count", window=30)], time="at", name="e")
    more = FeatureView("other", "who", [wider])
    assert more.refresh(tiles, "2024-01-11", format="parquet").since is not None
    day = read_table(spark, tiles).where("until > 1704844800000000")
    values = day.agg(sf.sum(sf.get("__sparkfl_values", sf.lit(0)))).first()[0]
    assert values == events.where("at >= '2024-01-10' AND at < '2024-01-11'").count()
    summed = Source(events, [Aggregation("sum", "x", 30)], time="at", name="e")
    other = FeatureView("v", "who", [summed])
    with pytest.raises(StorageError, match="no tiles of the view as it is"):
        other.features("2024-01-10", tiles=tiles)
    assert other.refresh(tiles, "2024-01-10", format="parquet").since is None
    with pytest.raises(ParameterError, match="was refreshed until 2024-01-11"):
        first.refresh(tiles, "2024-01-05", format="parquet")
    with pytest.raises(ParameterError, match="is not midnight"):
        first.features("2024-01-10T01:00:00", tiles=tiles)
    people = Source(events, [Aggregation("last", "x")])
    with pytest.raises(ParameterError, match="No source has a time"):
        FeatureView("v", "who", [people]).refresh(tiles, "2024-01-10", format="parquet")
