"""Forecasts of time series: statsforecast called directly is the oracle."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow_address import mlflow_at
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from statsforecast.models import ARIMA, AutoARIMA, AutoETS

from sparkfl.models.types import FORECASTING_TYPES

DAYS = 70
SHOPS = {"a.b": 100.0, "süd": 50.0}
ARIMA_111 = "MODEL_TYPE = 'arima', TIME_COL = 'day', LABEL = 'net sales', P = 1, D = 1, Q = 1"


def values(level: float) -> np.ndarray:
    rng = np.random.default_rng(int(level))
    days = np.arange(DAYS)
    return level + 0.2 * days + 8 * np.sin(2 * np.pi * days / 7) + rng.normal(size=DAYS)


@pytest.fixture(scope="module")
def series(spark: SparkSession, own_registry: str) -> Iterator[SparkSession]:
    first = date(2026, 1, 1)
    rows = [
        (shop, first + timedelta(days=i), float(value))
        for shop, level in SHOPS.items()
        for i, value in enumerate(values(level))
    ]
    rows += [("short", first, 1.0), ("süd", None, 3.0), (None, first, 3.0)]
    frame = spark.createDataFrame(rows, "`the shop` string, day date, `net sales` double")
    frame.createOrReplaceTempView("sales")
    spark.sql(f"CREATE MODEL of_shops PARTITION BY `the shop` OPTIONS ({ARIMA_111}) AS TABLE sales")
    yield spark
    spark.catalog.dropTempView("sales")


def test_forecasts_are_those_of_statsforecast(series: SparkSession) -> None:
    found = series.sql("SELECT * FROM model_forecast(of_shops, 1, 5, 0.9)").toPandas()
    assert [*found.columns] == [
        "the shop",
        "forecast_timestamp",
        "forecast_value",
        "standard_error",
        "confidence_level",
        "prediction_interval_lower_bound",
        "prediction_interval_upper_bound",
    ]
    for shop, level in SHOPS.items():
        alone = ARIMA(order=(1, 1, 1), season_length=7).fit(values(level)).predict(5, level=[90])
        own = found[found["the shop"] == shop]
        assert own.forecast_timestamp.tolist() == [
            date(2026, 1, 1) + timedelta(days=DAYS + i) for i in range(5)
        ]
        np.testing.assert_allclose(own.forecast_value, alone["mean"])
        np.testing.assert_allclose(own.prediction_interval_lower_bound, alone["lo-90"])
        np.testing.assert_allclose(own.prediction_interval_upper_bound, alone["hi-90"])


def test_a_series_that_fails_stops_no_other(series: SparkSession) -> None:
    found = series.sql("SELECT * FROM model_verdicts(of_shops)").collect()
    assert {(r["the shop"], r.verdict, r.rows) for r in found} == {
        ("a.b", "ok", DAYS),
        ("short", "failed", 1),
        ("süd", "ok", DAYS),
        (None, "no_store", 0),
    }
    told = {r["the shop"]: r.detail for r in found}
    assert told["a.b"] == "ARIMA(1,1,1)(0,0,0)[7]"
    assert "two moments" in told["short"]


def test_rows_are_told_what_was_and_what_comes(series: SparkSession) -> None:
    query = (
        "SELECT 'a.b' AS `the shop`, d AS day FROM VALUES (DATE '2025-12-31'), (DATE '2026-01-02'),"
        "(DATE '2026-03-13'), (NULL) v(d) UNION ALL SELECT 'new', DATE '2026-01-01'"
    )
    series.sql("SET advanced_statistics_show_hidden_fields = true")
    found = series.sql(f"SELECT * FROM model_predict(of_shops, 1, {query})").toPandas()
    series.sql("RESET advanced_statistics_show_hidden_fields")
    fitted = ARIMA(order=(1, 1, 1), season_length=7).fit(values(100.0))
    expected = [
        np.nan,
        fitted.predict_in_sample()["fitted"][1],
        fitted.predict(2)["mean"][1],
        np.nan,
        np.nan,
    ]
    np.testing.assert_allclose(found.prediction, expected)
    known = found.dropna()
    assert (known.prediction_interval_lower_bound < known.prediction).all()
    assert (known.prediction_interval_upper_bound > known.prediction).all()


def test_forecasts_are_judged_by_what_came(series: SparkSession) -> None:
    after = [(shop, date(2026, 3, 12) + timedelta(days=i), 120.0) for shop in SHOPS for i in (0, 1)]
    series.createDataFrame(after, series.table("sales").schema).createOrReplaceTempView("after")
    judged = series.sql("SELECT * FROM model_evaluate(of_shops, 1, TABLE(after))").toPandas()
    assert set(judged["the shop"]) == set(SHOPS)
    own = judged[judged["the shop"] == "a.b"].iloc[0]
    y = values(100.0)
    mean = ARIMA(order=(1, 1, 1), season_length=7).fit(y).predict(2)["mean"]
    off = np.abs(mean - 120.0)
    expected = {
        "mae": off.mean(),
        "rmse": np.sqrt((off**2).mean()),
        "mape": (off / 120).mean(),
        "smape": (2 * off / (mean + 120)).mean(),
        "mase": off.mean() / np.abs(y[7:] - y[:-7]).mean(),
    }
    assert own.drop("the shop").to_dict() == pytest.approx(expected)


def test_values_that_no_forecast_expects_are_anomalies(series: SparkSession) -> None:
    query = (
        "SELECT `the shop`, day, `net sales` + if(day = '2026-02-10', 60, 0) AS `net sales` "
        "FROM sales WHERE `the shop` = 'a.b'"
    )
    found = series.sql(f"SELECT * FROM model_detect_anomalies(of_shops, 1, 0.02, {query})")
    odd = found.where("is_anomaly").orderBy("anomaly_score", ascending=False).collect()
    assert odd[0].day == date(2026, 2, 10)
    assert odd[0].contributions[0].feature == "net sales"
    assert odd[0].contributions[0].contribution == odd[0].anomaly_score


@pytest.mark.parametrize("name", ["arima", "ets", "auto_forecast", "lstm"])
def test_each_type_without_groups(series: SparkSession, name: str) -> None:
    """They find the season by themselves, and forecast the next week better than its mean."""
    series.sql(
        f"CREATE OR REPLACE MODEL one OPTIONS (TYPE = '{name}', TIME_COL = day, HORIZON = 7, "
        "LABEL = `net sales`) AS SELECT * FROM sales WHERE `the shop` = 'a.b' "
        "AND day < '2026-03-05'"
    )
    found = series.sql("SELECT * FROM model_forecast(one)").toPandas()
    y = values(100.0)
    actual = y[63:]
    off = np.abs(found.forecast_value.to_numpy() - actual).mean()
    assert len(found) == 7
    assert off < 0.5 * np.abs(actual - actual.mean()).mean()
    direct = {"arima": AutoARIMA, "ets": AutoETS}.get(name)
    if direct is not None:
        alone = direct(season_length=7).fit(y[:63]).predict(7)["mean"]
        np.testing.assert_allclose(found.forecast_value, alone)
    assert name in FORECASTING_TYPES


def test_moments_come_back_as_they_are(series: SparkSession) -> None:
    """Timestamps by the wall clock, months by the calendar, numbers as numbers."""
    made = {
        "timestamp": ("add_months(TIMESTAMP '2025-01-31 00:00:00', CAST(id AS INT))", "timestamp"),
        "hours": ("TIMESTAMP_NTZ '2026-03-28 00:00:00' + make_interval(0,0,0,0,id,0,0)", ""),
        "numbers": ("id * 10", ""),
    }
    last = {
        "timestamp": datetime(2026, 1, 31),
        "hours": datetime(2026, 3, 28, 12),
        "numbers": 120,
    }
    for name, (moment, cast) in made.items():
        moment = f"CAST({moment} AS {cast})" if cast else moment
        series.sql(
            "CREATE OR REPLACE MODEL moments OPTIONS (TYPE = 'ets', TIME_COL = t, LABEL = y, "
            f"ETS_MODEL = 'AAN') AS SELECT {moment} t, id + 0.1 * (id % 3) y FROM range(12)"
        )
        row = series.sql("SELECT * FROM model_forecast(moments, latest, 1)").first()
        assert row is not None
        assert row.forecast_timestamp == last[name]
        assert row.forecast_value == pytest.approx(12.0, abs=0.5)


def test_a_saved_model_forecasts_without_sparkfl_in_sight(series: SparkSession) -> None:
    with mlflow_at(series.conf.get("spark.sparkfl.trackingUri")):
        scorer = mlflow.pyfunc.load_model("models:/of_shops/1")
    frame = pd.DataFrame({"day": [date(2026, 3, 12)], "the shop": ["süd"]})
    mean = ARIMA(order=(1, 1, 1), season_length=7).fit(values(50.0)).predict(1)["mean"]
    np.testing.assert_allclose(scorer.predict(frame)["prediction"], mean)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("OPTIONS (TYPE = 'arima', LABEL = y) AS SELECT 1 t, 2 y", "needs TIME_COL"),
        ("OPTIONS (TYPE = 'arima', TIME_COL = t, LABEL = z) AS SELECT 1 t, 2 y", "LABEL = 'z'"),
        ("OPTIONS (TYPE = 'arima', TIME_COL = t, LABEL = y, P = 9) AS SELECT 1 t, 2 y", "P must"),
        ("OPTIONS (TYPE = 'ets', TIME_COL = t, LABEL = t) AS SELECT 1 t, 2 y", "different columns"),
        (
            "OPTIONS (TYPE = 'ets', TIME_COL = t, LABEL = y) AS SELECT 1 t, 'a' y",
            "it must be a num",
        ),
        ("OPTIONS (TYPE = 'ets', TIME_COL = t, LABEL = y) AS SELECT 1 t, 2 y", "two moments"),
        ("OPTIONS (TYPE = 'ets', TIME_COL = t, LABEL = y) AS SELECT 0.5 t, 2 y", "a whole number"),
        (
            "OPTIONS (TYPE = 'ets', TIME_COL = t, LABEL = y) AS SELECT id t, id y FROM range(3)",
            "its 3 values are too few for AutoETS",
        ),
        ("OPTIONS (TYPE = 'ets', TIME_COL = t, LABEL = y) AS SELECT 1 t, 2 y LIMIT 0", "No row"),
        ("OPTIONS (TYPE = 'ets', TIME_COL = t, LABEL = y) AS SELECT 1 t, double(NULL) y", "No row"),
        (
            "TRANSFORM (vector_assembler(t) f) OPTIONS (TYPE = 'ets', TIME_COL = t, LABEL = y) "
            "AS SELECT 1 t, 2 y",
            "leave TRANSFORM out",
        ),
    ],
)
def test_refuses(series: SparkSession, statement: str, says: str) -> None:
    with pytest.raises(AnalysisException, match=says):
        series.sql(f"CREATE MODEL refused {statement}")


def test_other_models_have_no_forecast(series: SparkSession) -> None:
    series.sql(
        "CREATE MODEL line OPTIONS (TYPE = 'linear_reg', LABEL = y) AS SELECT id x, id y "
        "FROM range(9)"
    )
    with pytest.raises(AnalysisException, match="model_forecast cannot be asked of 'line'"):
        series.sql("SELECT * FROM model_forecast(line)")


def test_one_network_for_all_series(series: SparkSession) -> None:
    """The short series, which the others teach, has a verdict of its own; all are as saved."""
    options = "MODEL_TYPE = 'lstm', TIME_COL = day, LABEL = `net sales`, EPOCHS = 30, UNITS = 8"
    clause = f"PARTITION BY `the shop` OPTIONS ({options}, POOLED = TRUE)"
    series.sql(f"CREATE MODEL together {clause} AS SELECT * FROM sales WHERE day < '2026-03-05'")
    verdicts = series.sql("SELECT * FROM model_verdicts(together)").toPandas()
    assert dict(zip(verdicts["the shop"], verdicts.verdict, strict=True)) == {
        **dict.fromkeys(SHOPS, "ok"),
        "short": "failed",
        None: "no_store",
    }
    found = series.sql("SELECT * FROM model_forecast(together, 1, 7)").toPandas()
    for shop, level in SHOPS.items():
        actual = values(level)[63:]
        off = np.abs(found[found["the shop"] == shop].forecast_value.to_numpy() - actual).mean()
        assert off < 0.6 * np.abs(actual - actual.mean()).mean()
    alone = f"CREATE MODEL alone OPTIONS ({options}, POOLED = TRUE) AS TABLE sales"
    with pytest.raises(AnalysisException, match="POOLED = TRUE trains one network for the series"):
        series.sql(alone)
    few = f"CREATE MODEL few {clause} AS SELECT * FROM sales WHERE day = '2026-01-01'"
    with pytest.raises(AnalysisException, match="cannot be fitted by lstm together"):
        series.sql(few)
