"""`explore` of a query, by both doors, against pandas, numpy and scipy."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from scipy import stats

from sparkfl.reporting import exploration_page

pytestmark = pytest.mark.usefixtures("own_registry", "table")

Sql = Callable[[str], DataFrame]
ROWS = 300
QUERY = """SELECT *, date_add(DATE'2024-01-01', int(n)) AS day, CAST(n AS DECIMAL(9, 2)) AS exact,
  array(n) AS parts, named_struct('a b', n > 3, 'deep', named_struct('c', x)) AS s,
  CAST(NULL AS DOUBLE) AS nothing, 7 AS same, map('k', n) AS m FROM explored"""


def drawn() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"x": rng.gamma(2, size=ROWS), "n": rng.integers(0, 9, ROWS)})
    frame["net sales.`€`"] = rng.normal(5, 3, ROWS)
    frame["y"] = frame["x"] ** 2 + rng.normal(size=ROWS)
    frame["part"] = np.where(rng.random(ROWS) < 0.7, "train", "TEST")
    frame.loc[frame["part"] == "TEST", "n"] = 40
    frame.loc[np.flatnonzero(frame["part"] == "TEST")[0], "n"] = 41
    frame["town"] = rng.choice(["Köln", "lyon", "o'Hare"], ROWS, p=[0.6, 0.3, 0.1])
    frame.loc[:29, "x"] = np.nan
    frame.loc[30, "town"] = None
    return frame


@pytest.fixture(scope="module")
def table(spark: SparkSession) -> Iterator[pd.DataFrame]:
    frame = drawn()
    spark.createDataFrame(frame).coalesce(2).write.saveAsTable("explored")
    yield frame
    spark.sql("DROP TABLE explored")


class Told:
    """The figures of an exploration, by section, column and statistic."""

    def __init__(self, told: pd.DataFrame) -> None:
        self.rows = told

    def of(self, section: str, feature: str | None = None) -> pd.DataFrame:
        rows = self.rows[self.rows["section"] == section]
        return rows if feature is None else rows[rows["feature"] == feature]

    def __call__(self, section: str, feature: str, statistic: str, column: str = "value") -> object:
        rows = self.of(section, feature)
        found = rows.loc[rows["statistic"] == statistic, column].tolist()
        assert len(found) <= 1
        return found[0] if found else None


def test_as_others_have_it(sql: Sql, table: pd.DataFrame) -> None:
    call = f"explore(OPTIONS(SPLIT = 'part', BINS = 7), {QUERY} WHERE true, 'y')"
    told = Told(sql(f"SELECT * FROM {call}").toPandas())
    x = table["x"].dropna()
    expected = {
        "mean": x.mean(), "std": x.std(), "min": x.min(), "max": x.max(), "cv": x.std() / x.mean(),
        "skewness": stats.skew(x), "kurtosis": stats.kurtosis(x), "zeros": 0, "infinite": 0,
    }  # fmt: skip
    for q in (0.01, 0.5, 0.95):
        expected[f"p{100 * q:g}"] = np.quantile(x, q, method="inverted_cdf")
    for name in ("x", "s.deep.c"):
        for statistic, value in expected.items():
            assert told("summary", name, statistic) == pytest.approx(value, rel=1e-9), statistic
        assert told("columns", name, "missing") == 30
        assert told("columns", name, "missing_share") == pytest.approx(0.1)
        counts, edges = np.histogram(x, 7)
        bins = told.of("histogram", name).sort_values("lower")
        np.testing.assert_allclose(bins["value"], counts[counts > 0])
        np.testing.assert_allclose(bins["lower"], edges[:-1][counts > 0])
        np.testing.assert_allclose(bins["upper"], edges[1:][counts > 0])
    numbers = {"x": "x", "n": "n", "exact": "n", "day": "n", "net sales.`€`": "net sales.`€`"}
    for name, column in numbers.items():
        here = table[[column, "y"]].dropna()
        for statistic, oracle in (("pearson", stats.pearsonr), ("spearman", stats.spearmanr)):
            value = oracle(here[column], here["y"]).statistic
            assert told("correlation", name, statistic) == pytest.approx(value, abs=1e-9)
    assert told("correlation", "same", "pearson") is None
    assert told("correlation", "y", "pearson") is None
    parts = table.assign(part=table["part"].str.lower()).groupby("part")["n"].agg(["mean", "std"])
    cv = 100 * parts["std"] / parts["mean"]
    assert told("spread", "n", "cv_train") == pytest.approx(cv["train"])
    assert told("spread", "n", "cv_ratio") == pytest.approx(cv["train"] / cv["test"])
    assert "3 or more" in str(told("spread", "n", "cv_ratio", "text"))
    assert told("spread", "x", "cv_ratio", "text") is None
    towns = told.of("values", "town").set_index("text")["value"]
    assert towns.to_dict() == table["town"].value_counts().to_dict()
    assert told.of("values", "s.a b")["value"].sum() == ROWS
    assert told.of("target", "y")["value"].sum() == ROWS
    assert str(told("summary", "day", "min", "text")).startswith("2024-01-01")
    assert told("columns", "nothing", "missing_share") == 1
    assert told.of("summary", "nothing")["statistic"].tolist() in ([], ["zeros", "infinite"])
    unexplored = told.rows[told.rows["statistic"] == "not_explored"]
    assert set(unexplored["feature"]) == {"parts", "m"}
    assert "part" not in set(told.rows["feature"])
    assert exploration_page(told.rows, "explored").count("<svg") == 5


def test_without_rows_there_are_the_columns(spark: SparkSession) -> None:
    told = Told(spark.sql("SELECT * FROM explore(SELECT * FROM explored LIMIT 0, 'y')").toPandas())
    assert set(told.of("columns")["feature"]) >= {"x", "town", "net sales.`€`"}
    assert told("columns", "x", "rows") == 0
    assert told("columns", "x", "missing_share") is None
    assert set(told.rows["section"]) == {"columns"}


def test_what_a_model_says_and_what_is_recommended(
    spark: SparkSession, table: pd.DataFrame
) -> None:
    spark.sql(
        "CREATE OR REPLACE MODEL groups OPTIONS (MODEL_TYPE = 'kmeans', NUM_CLUSTERS = 2, "
        "SEED = 1) AS SELECT n FROM explored"
    )
    query = "SELECT n, town AS bought, array(town, 'tea') AS told FROM explored"
    options = "MODEL = 'groups', ORDERED = 'bought', RECOMMENDED = 'told'"
    told = Told(spark.sql(f"SELECT * FROM explore(OPTIONS({options}), {query})").toPandas())
    sizes = sorted([int((table["n"] < 20).sum()), int((table["n"] >= 20).sum())])
    assert sorted(told.of("clusters", "prediction")["value"]) == sizes
    assert told("popularity", "tea", "recommended") == ROWS
    assert told("popularity", "tea", "ordered") == 0
    assert told("popularity", "Köln", "ordered_rank") == 1
    assert told("popularity", "Köln", "recommended_rank") == 2
    overlap = told.of("popularity")[told.of("popularity")["feature"].isna()]
    assert overlap[["statistic", "value"]].values.tolist() == [["overlap", 1.0]]


def test_across_stores_what_has_passed_the_gate(sql: Sql, table: pd.DataFrame) -> None:
    query = "SELECT *, IF(town = 'lyon' AND n < 3, x, NULL) AS few FROM explored"
    told = sql(f"SELECT * FROM explore(OPTIONS(PER = 'town', MIN_SIZE = 40), {query}, 'y')")
    told = told.toPandas()
    allowed = [town for town, n in table["town"].value_counts().items() if n >= 40]
    assert len(allowed) == 2
    stores = told[(told["section"] == "stores") & (told["feature"] == "y")]
    means = (
        stores[stores["statistic"] == "mean"].fillna({"store": "all"}).set_index("store")["value"]
    )
    kept = table[table["town"].isin(allowed)]
    expected = {**kept.groupby("town")["y"].mean(), "all": kept["y"].mean()}
    assert means.dropna().to_dict() == pytest.approx(expected)
    held = told[told["statistic"] == "held_back"]
    assert set(held.loc[held["feature"] == "y", "store"]) == {"o'Hare"}
    assert set(held.loc[held["feature"] == "few", "store"].fillna("all")) == {
        *table["town"].dropna(), "all",
    }  # fmt: skip
    pearson = told[(told["statistic"] == "pearson") & (told["feature"] == "x")]
    both = kept.dropna(subset=["x"])
    value = stats.pearsonr(both["x"], both["y"]).statistic
    assert pearson.loc[pearson["store"].isna(), "value"].item() == pytest.approx(value)
    # What a single row, or few, could be told from is not there.
    assert set(told["section"]) == {"stores", "correlation"}
    assert not set(told["statistic"]) & {"min", "max", "p50", "count_distinct", "spearman"}
    counts = told[told["statistic"].isin(["rows", "count"])]["value"].dropna()
    assert (counts >= 40).all()


@pytest.mark.parametrize(
    ("call", "error"),
    [
        ("explore(explored, 'nothing here')", "Missing column 'nothing here'"),
        ("explore(OPTIONS(BINS = 0), explored)", "BINS must be an integer .*1"),
        ("explore(OPTIONS(TARGET = 'x', CLUSTER = 'x'), explored)", "named as TARGET and as CLUS"),
        ("explore(OPTIONS(ORDERED = 'town'), explored)", "name both or neither"),
        ("explore(OPTIONS(PER = 'town', SPLIT = 'part'), explored)", "leave out PER, or these"),
        ("explore(OPTIONS(PER = 'town'), SELECT town FROM explored)", "and it has none; cast"),
        ("explore(OPTIONS(PER = 'town', MIN_SIZE = 2), explored)", "MIN_SIZE must be .*3"),
        ("explore(OPTIONS(MODEL = 'none'), explored)", "none"),
        ("explore(OPTIONS(SPLIT = 'm'), SELECT map(1, 2) AS m, 1 AS a)", "SPLIT = m is map"),
        ("explore('x')", "explore"),
    ],
)
def test_what_cannot_be_explored(spark: SparkSession, call: str, error: str) -> None:
    with pytest.raises(AnalysisException, match=error) as told:
        spark.sql(f"SELECT * FROM {call}")
    assert "\tat " not in str(told.value)
