"""Features that are found: what they are is what pandas says, and no one sees what is to come."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import DataFrame, SparkSession

import sparkfl
from sparkfl.errors import ParameterError, SchemaError
from sparkfl.sqlext.views.found import AutoFeatures

pytestmark = pytest.mark.usefixtures("own_registry")

Sql = Callable[[str], DataFrame]

RNG = np.random.default_rng(11)
ROWS = 1200
UTC = pa.timestamp("us", "UTC")
START = pd.Timestamp("2026-01-01")


def people() -> pd.DataFrame:
    """Rows with names and values of all kinds."""
    made = pd.DataFrame(
        {
            "id": np.arange(ROWS),
            "spent": RNG.uniform(1, 10, ROWS),
            "order's": RNG.integers(1, 9, ROWS),
            "noise": RNG.normal(size=ROWS),
            "select": RNG.choice(["Rom", "Köln", "it's", None], ROWS),
            "signed": (START - pd.to_timedelta(RNG.integers(1, 400, ROWS), "D")).date,
            "asked": START + pd.to_timedelta(RNG.integers(0, 60 * 24, ROWS), "h"),
            "nothing": np.full(ROWS, 7),
            "all_null": np.full(ROWS, np.nan),
        }
    )
    made.loc[::50, "spent"] = np.nan
    made["gone"] = made.spent.fillna(0) / made["order's"] > 1.7
    return made


def events() -> pd.DataFrame:
    """Some events a person, before and after they are asked for."""
    n = 12 * ROWS
    return pd.DataFrame(
        {
            "who": RNG.integers(0, ROWS, n),
            "at": START + pd.to_timedelta(RNG.integers(-80 * 86400, 70 * 86400, n), "s"),
            "amount": np.exp(RNG.normal(size=n)),
            "kind": RNG.choice(["a", "b", "c"], n),
        }
    )


@pytest.fixture(scope="module")
def tables(spark: SparkSession, own_registry: str) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    own, happened = people(), events()
    both = happened.merge(own[["id", "asked"]], left_on="who", right_on="id")
    days = (both["asked"] - both["at"]) / pd.Timedelta(days=1)
    own["active"] = (
        own["id"].map(both[(days > 0) & (days <= 7)].groupby("who").size()).fillna(0) > 0
    )
    coming = both[(days <= 0) & (days > -7)]
    own["returns"] = own["id"].map(coming.groupby("who").size()).fillna(0) > 0
    spark.sql("CREATE DATABASE found")
    for name, frame in (("people", own), ("events", happened)):
        rows = pa.Table.from_pandas(frame, preserve_index=False)
        types = [UTC if pa.types.is_timestamp(t) else t for t in rows.schema.types]
        zoned = rows.cast(pa.schema(list(zip(rows.column_names, types, strict=True))))
        spark.createDataFrame(zoned).write.saveAsTable(f"found.{name}")
    spark.sql("USE found")
    yield own, happened
    spark.sql("USE default")
    spark.sql("DROP DATABASE found CASCADE")


def ranks(found: AutoFeatures) -> list[str]:
    return [str(row[1]) for row in found.rows if row[0] is not None]


def test_both_doors_find_the_ratio_first(sql: Sql, tables: object) -> None:
    call = (
        "(people, gone, ARRAY('numeric', 'categorical', 'temporal'), entity => id, "
        "max_candidates => 30, label_time => asked"
    )
    rows = sql(f"SELECT * FROM auto_features{call})").collect()
    assert len(rows) == 30
    first = rows[0]
    assert (first["rank"], first.feature) == (1, "ratio_order_s_spent")
    assert first.definition == "CAST(`order's` AS DOUBLE) / nullif(`spent`, 0)"
    assert first.gain == first.gain_alone > 0.1
    chosen = [row for row in rows if row["rank"] is not None]
    assert not [row.feature for row in chosen if "noise" in row.feature]
    assert all(abs(r.gain_alone) < 0.01 for r in rows if r.feature.startswith(("hour", "month")))
    names = call.replace(
        "(people, gone, ", "(table_name => people, target => gone, feature_types=>"
    )
    text = sql(f"SELECT ml_auto_feature_engineer{names}) AS made").first().made
    assert text.startswith("CREATE OR REPLACE FEATURE VIEW `auto_gone` ENTITY `id`")
    assert "ratio_order_s_spent" in text
    with pytest.raises(ParseException, match="tries many features"):
        sql("CREATE VIEW v AS SELECT * FROM auto_features(people, gone)")
    with pytest.raises(AnalysisException, match="Missing column 'went'"):
        sql("SELECT * FROM auto_features(people, went)")


def test_each_definition_is_what_pandas_says(
    spark: SparkSession, tables: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    own, _ = tables
    kinds = ["numeric", "categorical", "temporal"]
    found = sparkfl.auto_features(
        "people", "gone", kinds, label_time="asked", entity="id", max_candidates=200, spark=spark
    )
    names = [str(row[1]) for row in found.rows]
    one = ", ".join(f"CAST({row[3]} AS DOUBLE) AS `{row[1]}`" for row in found.rows)
    fold = "pmod(xxhash64(id, 42), 5) AS fold"
    made = spark.sql(f"SELECT id, {fold}, {one} FROM people ORDER BY id").toPandas()
    expected = oracles(own, made["fold"].to_numpy())
    assert set(names) <= set(expected)
    for name in names:
        np.testing.assert_allclose(
            made[name].to_numpy(), expected[name].to_numpy(float), rtol=1e-9, err_msg=name
        )


def oracles(own: pd.DataFrame, fold: np.ndarray) -> dict[str, pd.Series]:
    """Compute what candidates of the people should be."""
    numbers = {
        "spent": own.spent, "order_s": own["order's"].astype(float), "noise": own.noise
    }  # fmt: skip
    places = {"noise": "noise", "order_s": "order's", "spent": "spent"}
    by_name = sorted(places, key=lambda name: places[name])
    made: dict[str, pd.Series] = {}
    for i, a in enumerate(by_name):
        for b in by_name[i + 1 :]:
            x, y = numbers[a], numbers[b]
            made |= {f"ratio_{a}_{b}": x / y, f"difference_{a}_{b}": x - y}
            made[f"product_{a}_{b}"] = x * y
    for name, x in numbers.items():
        made[f"log1p_{name}"] = np.sign(x) * np.log1p(x.abs())
        edges = np.unique(np.nanquantile(x, np.arange(1, 8) / 8, method="lower"))
        made[f"bin_{name}"] = pd.cut(
            x, [-np.inf, *edges, np.inf], right=False, labels=False
        )  # fmt: skip
    town, gone = own["select"].fillna("?"), own.gone.astype(float)
    mean = pd.Series(np.nan, own.index)
    for j in range(5):
        others, rest = fold != j, gone[fold != j].mean()
        sums = gone[others].groupby(town[others]).agg(["sum", "count"])
        mean[~others] = town[~others].map((sums["sum"] + 20 * rest) / (sums["count"] + 20))
    made["target_mean_select"] = mean
    made["frequency_select"] = town.map(town.value_counts(normalize=True))
    for name, x in numbers.items():
        made[f"deviation_{name}_by_select"] = x - x.groupby(town).transform("mean")
    for flag in ("active", "returns"):
        text = own[flag].astype(str)
        made[f"frequency_{flag}"] = text.map(text.value_counts(normalize=True))
        mean = pd.Series(np.nan, own.index)
        for j in range(5):
            others, rest = fold != j, gone[fold != j].mean()
            sums = gone[others].groupby(text[others]).agg(["sum", "count"])
            mean[~others] = text[~others].map((sums["sum"] + 20 * rest) / (sums["count"] + 20))
        made[f"target_mean_{flag}"] = mean
        for name, x in numbers.items():
            made[f"deviation_{name}_by_{flag}"] = x - x.groupby(text).transform("mean")
    signed, asked = pd.to_datetime(own.signed), own.asked
    made["days_since_signed"] = (asked - signed) / pd.Timedelta(days=1)
    made["hour_asked"] = asked.dt.hour
    for name, when in (("asked", asked), ("signed", signed)):
        made[f"dayofweek_{name}"] = (when.dt.dayofweek + 1) % 7 + 1
        made[f"month_{name}"], made[f"dayofmonth_{name}"] = when.dt.month, when.dt.day
    return made


def test_events_before_the_label_are_found_and_none_after_it(
    spark: SparkSession, tables: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    own, happened = tables
    asked = {
        "entity": "id", "label_time": "asked", "windows": [7, 30], "max_candidates": 30,
        "events": "events ENTITY (who) TIMESTAMP at",
    }  # fmt: skip
    rows = "SELECT id, asked, noise, active, returns FROM people"
    found = sparkfl.auto_features(
        f"SELECT * EXCEPT (returns) FROM ({rows})", "active", view="lately", spark=spark, **asked
    )
    # Each of these says whether there was an event in the last seven days.
    alike = {"count_7d", "days_since_last", "active_days_7d", "distinct_kind_7d"}
    assert ranks(found)[0] in alike
    assert found.rows[0][5] > 0.5
    # What comes after the label decides this one.
    later = sparkfl.auto_features(
        f"SELECT * EXCEPT (active) FROM ({rows})", "returns", ["relational"], spark=spark, **asked
    )
    assert max(float(row[6]) for row in later.rows) < 0.01
    assert ranks(later) == []
    # Each is what pandas says, and the query of all of them runs.
    made = ", ".join(f"{row[3]} AS {row[1]}" for row in found.rows if row[2] == "relational")
    spark.sql(
        "CREATE FEATURE VIEW tried ENTITY id AS SELECT "
        f"{made} FROM events ENTITY (who) TIMESTAMP at"
    )
    joined = spark.sql(
        "SELECT * FROM feature_join(tried, asked, SELECT id, asked FROM people) ORDER BY id"
    ).toPandas()
    both = happened.merge(own[["id", "asked"]], left_on="who", right_on="id")
    both["days"] = (both["asked"] - both["at"]) / pd.Timedelta(days=1)
    before = both[both.days > 0]
    checked = 0
    for name in joined.columns[2:]:
        window = int(name.split("_")[-1][:-1]) if name.endswith("d") and name[-2].isdigit() else 1e9
        seen = before[before.days <= window].sort_values("at").groupby("id")
        counted = {"count": seen.size(), "days_since_last": seen.days.min()}
        counted |= {
            f"{f}_amount": seen.amount.agg({"std_pop": lambda x: x.std(ddof=0)}.get(f, f))
            for f in ("sum", "avg", "max", "last")
            for f in ("mean" if f == "avg" else f,)
        }
        counted["avg_amount"] = counted.pop("mean_amount")
        counted["std_pop_amount"] = seen.amount.std(ddof=0)
        key = name.rsplit("_", 1)[0] if window < 1e9 else name
        if key not in counted:
            continue
        expected = own["id"].map(counted[key])
        expected = expected.fillna(0) if key == "count" else expected
        np.testing.assert_allclose(
            joined[name].to_numpy(float), expected.to_numpy(float), 1e-9, 1e-9, err_msg=name
        )  # fmt: skip
        checked += 1
    assert checked >= 15
    asks = spark.sql(found.query)
    assert set(ranks(found)) <= set(asks.columns)
    assert asks.count() == ROWS
    assert spark.sql("SHOW FEATURE VIEWS LIKE 'lately'").count() == 1


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"target": "all_null"}, ParameterError, "all_null is NULL in every row"),
        ({"target": "nothing"}, ParameterError, "nothing is 7 in every row"),
        ({"target": "signed"}, SchemaError, "signed is date"),
        ({"table": "SELECT * FROM people WHERE id < 0"}, ParameterError, "has no rows"),
        ({"table": "SELECT * FROM people LIMIT 1"}, ParameterError, "known of 1 rows"),
        ({"table": None}, ParameterError, "table is None"),
        ({"types": ["numeric", "graph"]}, ParameterError, "graph"),
        ({"types": []}, ParameterError, "empty"),
        ({"types": ["relational"]}, ParameterError, "give events"),
        ({"events": "events TIMESTAMP at"}, ParameterError, "need entity"),
        ({"events": "events", "entity": "id", "label_time": "asked"}, ParameterError, "no time"),
        ({"label_time": "spent"}, SchemaError, "label_time 'spent' is double"),
        ({"view": "v"}, ParameterError, "needs entity"),
        ({"view": "v", "entity": "select"}, ParameterError, "several rows of one"),
        ({"entity": "gone"}, ParameterError, "given as entity"),
        ({"max_candidates": 0}, ParameterError, "max_candidates"),
        ({"target": "id", "task": "classification"}, ParameterError, "1200 classes"),
    ],
)
def test_what_cannot_be(
    spark: SparkSession, tables: object, arguments: dict, error: type, says: str
) -> None:
    with pytest.raises(error, match=says):
        sparkfl.auto_features(**{"table": "people", "target": "gone", "spark": spark, **arguments})


def test_a_table_of_one_column_has_nothing_to_find(spark: SparkSession, tables: object) -> None:
    found = sparkfl.auto_features("SELECT gone FROM people", "gone", spark=spark)
    assert (found.rows, found.view) == ([], None)
    assert spark.sql(found.query).columns == ["gone"]


def test_the_same_seed_finds_the_same(spark: SparkSession, tables: object) -> None:
    of = {"max_rows": 400, "max_candidates": 20, "entity": "id", "spark": spark}
    once = sparkfl.auto_features("people", "gone", **of)
    again = sparkfl.auto_features("SELECT * FROM people ORDER BY noise", "gone", **of)
    assert once.rows == again.rows
    other = sparkfl.auto_features("people", "gone", seed=7, **of)
    assert [row[5] for row in once.rows] != [row[5] for row in other.rows]
