"""NULL rules, outliers, scaling by store and selection in TRANSFORM, by pandas and scikit-learn."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from scipy.stats import iqr
from sklearn.feature_selection import mutual_info_regression
from sql_tokens import cursor

from sparkfl.models.preview import fit_transform
from sparkfl.serving.catalog import load, registry
from sparkfl.sqlext.clauses.transform import transform as read_clause

pytestmark = pytest.mark.usefixtures("own_registry")

Sql = Callable[[str], DataFrame]
ROWS = 240


def sales() -> pd.DataFrame:
    """Draw rows of three stores, with holes and outliers."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"id": range(ROWS), "store": rng.choice(["a", "b", "Zürich"], ROWS)})
    level = frame["store"].map({"a": 0.0, "b": 10.0, "Zürich": 30.0})
    frame["amount"] = level + rng.normal(size=ROWS)
    frame["visits"] = rng.poisson(4, ROWS).astype(float)
    frame["twin"] = 2 * frame["amount"] + 1
    frame["noise"] = rng.normal(size=ROWS)
    frame["y"] = 3 * frame["amount"] + np.sin(frame["visits"]) + rng.normal(size=ROWS) / 10
    frame.loc[rng.choice(ROWS, 12, replace=False), "amount"] += 60
    frame["holed"] = frame["visits"].where(rng.random(ROWS) > 0.3)
    frame["empty"] = frame["noise"].where(rng.random(ROWS) > 0.8)
    frame["town"] = frame["store"].where(rng.random(ROWS) > 0.2)
    return frame


@pytest.fixture(scope="module")
def table(spark: SparkSession) -> Iterator[pd.DataFrame]:
    frame = sales()
    rows = spark.createDataFrame(frame.astype(object).where(frame.notna(), None), SCHEMA)
    rows.coalesce(2).write.saveAsTable("prepared_sales")
    yield frame
    spark.sql("DROP TABLE prepared_sales")


SCHEMA = """id int, store string, amount double, visits double, twin double, noise double, y double,
holed double, empty double, town string"""


def made(spark: SparkSession, clause: str) -> pd.DataFrame:
    rows = spark.table("prepared_sales")
    fitted = fit_transform(rows, read_clause(cursor(f"({clause})")))
    return fitted.transform(rows).orderBy("id").toPandas()


def limits(values: pd.Series) -> tuple[float, float]:
    reach = 1.5 * iqr(values)
    return float(values.quantile(0.25) - reach), float(values.quantile(0.75) + reach)


def column(frame: pd.DataFrame, name: str) -> np.ndarray:
    return np.array(frame[name].tolist(), float)


def test_as_pandas_has_it(spark: SparkSession, table: pd.DataFrame) -> None:
    found = made(
        spark,
        "group_imputer(array(holed, empty), store, 'median') filled, "
        "group_imputer(holed, town) own, "
        "null_share_selector(array(holed, empty, amount), 0.6, 'mode') fuller, "
        "numeric_imputer(holed, 'constant', -1.5) b, vector_assembler(b) constant, "
        "iqr_outliers(array(amount, visits)) clipped, iqr_outliers(amount, 'flag', 1) flagged, "
        "group_iqr_outliers(array(amount, visits), store, 'flag') by_store, "
        "group_standard_scaler(amount, store) scaled, null_share(array(holed, empty, town)) gaps, "
        "vector_assembler(array(noise, twin, y, visits)) v, correlation_selector(v, 0.9) apart",
    )
    groups = table.groupby("store")[["holed", "empty"]]
    expected = table[["holed", "empty"]].fillna(groups.transform("median"))
    np.testing.assert_allclose(column(found, "filled"), expected)
    # Of rows without a town the mean of all.
    means = table.groupby("town")["holed"].mean().reindex(table["town"]).to_numpy()
    means = np.where(table["town"].isna(), table["holed"].mean(), means)
    np.testing.assert_allclose(column(found, "own")[:, 0], table["holed"].fillna(pd.Series(means)))
    kept = table[["holed", "amount"]].fillna(table["holed"].mode()[0])
    np.testing.assert_allclose(column(found, "fuller"), kept)
    np.testing.assert_allclose(column(found, "constant")[:, 0], table["holed"].fillna(-1.5))
    clipped = [table[c].clip(*limits(table[c])) for c in ("amount", "visits")]
    np.testing.assert_allclose(column(found, "clipped"), np.column_stack(clipped), rtol=1e-12)
    low, high = table["amount"].quantile([0.25, 0.75])
    outside = ~table["amount"].between(low - (high - low), high + (high - low))
    np.testing.assert_array_equal(column(found, "flagged")[:, 0], outside)
    for place, name in enumerate(["amount", "visits"]):
        flags = table.groupby("store")[name].transform(lambda x: ~x.between(*limits(x)))
        np.testing.assert_array_equal(column(found, "by_store")[:, place], flags)
    assert column(found, "by_store").sum() > 10
    scaled = table.groupby("store")["amount"].transform(lambda x: (x - x.mean()) / x.std())
    np.testing.assert_allclose(column(found, "scaled")[:, 0], scaled, rtol=1e-9)
    gaps = table[["holed", "empty", "town"]].isna().mean(axis=1)
    np.testing.assert_allclose(found["gaps"], gaps)
    np.testing.assert_allclose(column(found, "apart"), table[["noise", "twin", "visits"]])


def test_rows_are_left_out_of_the_training_and_have_no_prediction(
    sql: Sql, spark: SparkSession, table: pd.DataFrame
) -> None:
    sql(
        "CREATE OR REPLACE MODEL dropping TRANSFORM ("
        "group_iqr_outliers(amount, store, 'drop', 2) a, null_share(array(empty, town), 0.5) gaps, "
        "null_share_selector(array(holed, empty)) h, vector_assembler(array(a, h, noise)) f) "
        "OPTIONS (MODEL_TYPE = 'linear_reg', LABEL = 'y') AS SELECT * FROM prepared_sales"
    )

    def within(x: pd.Series) -> pd.Series:
        reach = 2 * iqr(x)
        return x.between(x.quantile(0.25) - reach, x.quantile(0.75) + reach)

    kept = table.groupby("store")["amount"].transform(within)
    kept &= table[["empty", "town"]].isna().mean(axis=1) <= 0.5
    # Steps learn from the rows that those before them have kept.
    filled = table["holed"].fillna(table.loc[kept, "holed"].mean())
    x = table[["amount", "noise"]].assign(holed=filled, one=1.0)
    weights, *_ = np.linalg.lstsq(x[kept], table["y"][kept], rcond=None)
    expected = (x @ weights).where(kept)
    scored = sql("SELECT * FROM model_predict(dropping, latest, prepared_sales) ORDER BY id")
    np.testing.assert_allclose(scored.toPandas()["prediction"], expected, rtol=1e-6)
    rows = sql("SELECT * FROM model_training_info(dropping)").first()
    assert rows is not None
    assert int(kept.sum()) in tuple(rows)
    # A store that is new is judged by the figures of all.
    new = "SELECT 'new' AS store, 12D AS amount, 1D AS holed, 0D AS empty, 'x' AS town, 0D AS noise"
    row = sql(f"SELECT * FROM model_predict(dropping, latest, {new})").first()
    assert row is not None
    assert row.prediction is not None
    sql("PUBLISH MODEL dropping AS OR REPLACE TEMPORARY FUNCTION dropped")
    columns = load(spark, registry(spark).get("dropping")).columns
    call = f"dropped({', '.join(c.name for c in columns)})"
    published = spark.sql(f"SELECT {call} AS p FROM prepared_sales ORDER BY id").toPandas()["p"]
    np.testing.assert_allclose(published, expected, rtol=1e-6)


def test_features_that_tell_most(spark: SparkSession, table: pd.DataFrame) -> None:
    names = ["noise", "visits", "twin"]
    x = table[names].to_numpy()
    told = {}
    for name in ("label_correlation", "mutual_information", "importance"):
        spark.sql(
            f"CREATE OR REPLACE MODEL telling TRANSFORM (vector_assembler(array(noise, visits, "
            f"twin)) v, {name}_selector(v, 2) f) OPTIONS (MODEL_TYPE = 'linear_reg', LABEL = 'y') "
            "AS SELECT * FROM prepared_sales"
        )
        weights = spark.sql("SELECT * FROM model_weights(telling)").toPandas()
        told[name] = set(weights["processed_input"]) & set(names)
    correlations = np.abs([np.corrcoef(column, table["y"])[0, 1] for column in x.T])
    information = mutual_info_regression(x, table["y"], random_state=0)
    assert told["label_correlation"] == {names[i] for i in np.argsort(-correlations)[:2]}
    assert told["mutual_information"] == {names[i] for i in np.argsort(-information)[:2]}
    assert "twin" in told["importance"]


@pytest.mark.parametrize(
    ("item", "error"),
    [
        ("iqr_outliers(amount, 'move') f", "ACTION must be one of clip, flag, drop; got 'move'"),
        ("group_imputer(holed) f", "takes one column or more and then the column of groups; it"),
        ("group_imputer(holed, nothing) f", "Missing column 'nothing'"),
        ("null_share_selector(empty, 0.1) f", "the fullest in 0.* allow more by MAX_SHARE"),
        ("string_indexer(town) a, null_share_selector(a) f", "takes columns of the query"),
        ("null_share(array(empty, holed, town), 0) g, vector_assembler(id) f", ""),
        ("null_share(CAST, 0) f", "Missing column 'CAST'"),
    ],
)
def test_what_cannot_be_prepared(
    spark: SparkSession, table: pd.DataFrame, item: str, error: str
) -> None:
    statement = (
        f"CREATE OR REPLACE MODEL wrong TRANSFORM ({item}) OPTIONS (MODEL_TYPE = 'kmeans', "
        "NUM_CLUSTERS = 2) AS SELECT * FROM prepared_sales"
    )
    if not error:
        assert table[["empty", "holed", "town"]].notna().all(axis=1).sum() > 2
        spark.sql(statement)
        return
    with pytest.raises(AnalysisException, match=error) as told:
        spark.sql(statement)
    assert "\tat " not in str(told.value)
