"""Statements of BigQuery ML, typed as they stand in its documentation."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import SparkSession

pytestmark = pytest.mark.usefixtures("own_registry")


@pytest.fixture(scope="module")
def penguins(spark: SparkSession, own_registry: str) -> Iterator[SparkSession]:
    rows = [
        (("Adelie", "Gentoo")[i % 2], 40.0 + i % 9, 180.0 + i % 13 + 20 * (i % 2), 3.0 + i % 5, i)
        for i in range(120)
    ]
    schema = "species string, culmen double, flipper double, body_mass_g double, day int"
    spark.createDataFrame(rows, schema).createOrReplaceTempView("penguins")
    spark.sql(
        """CREATE OR REPLACE MODEL `default.penguins_model`
        OPTIONS
          (model_type='linear_reg',
          input_label_cols=['body_mass_g'], data_split_method='AUTO_SPLIT') AS
        SELECT * FROM penguins WHERE body_mass_g IS NOT NULL"""
    )
    spark.sql(
        "CREATE MODEL groups OPTIONS (model_type='kmeans', num_clusters=2, "
        "kmeans_init_method='KMEANS++') AS SELECT culmen, flipper FROM penguins"
    )
    spark.sql(
        "CREATE MODEL visits OPTIONS (model_type='ARIMA_PLUS', time_series_timestamp_col='day', "
        "time_series_data_col='flipper') AS SELECT day, flipper FROM penguins"
    )
    yield spark
    spark.catalog.dropTempView("penguins")


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (
            "SELECT * FROM ML.EVALUATE(MODEL `default.penguins_model`, (SELECT * FROM penguins "
            "WHERE body_mass_g IS NOT NULL))",
            "SELECT * FROM model_evaluate(penguins_model, 1, TABLE(penguins))",
        ),
        (
            "SELECT * FROM ML.PREDICT(MODEL `default.penguins_model`, "
            "(SELECT * FROM penguins WHERE species = 'Gentoo'))",
            "SELECT * FROM model_predict(penguins_model, 1, SELECT * FROM penguins "
            "WHERE species = 'Gentoo')",
        ),
        (
            "SELECT * FROM ml.explain_predict(MODEL default.penguins_model, TABLE penguins, "
            "STRUCT(3 AS top_k_features))",
            "SELECT * FROM model_explain_predict(penguins_model, 1, penguins, 3)",
        ),
        (
            "SELECT * FROM ML.GLOBAL_EXPLAIN(MODEL penguins_model, TABLE penguins)",
            "SELECT * FROM model_global_explain(penguins_model, penguins)",
        ),
        (
            "SELECT * FROM ML.WEIGHTS(MODEL penguins_model)",
            "SELECT * FROM model_weights(penguins_model)",
        ),
        ("SELECT * FROM ML.CENTROIDS(MODEL groups)", "SELECT * FROM model_centroids(groups)"),
        (
            "SELECT * FROM ML.DETECT_ANOMALIES(MODEL groups, STRUCT(0.02 AS contamination), "
            "TABLE penguins)",
            "SELECT * FROM model_detect_anomalies(groups, 0.02, penguins)",
        ),
        (
            "SELECT * FROM ML.FORECAST(MODEL visits, "
            "STRUCT(3 AS horizon, 0.8 AS confidence_level))",
            "SELECT * FROM model_forecast(visits, 1, 3, 0.8)",
        ),
        (
            "SELECT p.species, count(*) FROM ML.PREDICT(MODEL groups, (SELECT * FROM penguins)) p "
            "JOIN ML.CENTROIDS(MODEL groups) c ON p.prediction = c.centroid_id GROUP BY 1",
            "SELECT p.species, count(*) FROM model_predict(groups, 1, SELECT * FROM penguins) p "
            "JOIN model_centroids(groups) c ON p.prediction = c.centroid_id GROUP BY 1",
        ),
        (
            "SELECT * FROM ML.EVALUATE(MODEL penguins_model, (SELECT * EXCEPT (prediction) FROM "
            "ML.PREDICT(MODEL penguins_model, TABLE penguins)))",
            "SELECT * FROM model_evaluate(penguins_model, penguins)",
        ),
        (
            "SELECT * FROM model_evaluate(MODEL penguins_model, (SELECT * FROM penguins))",
            "SELECT * FROM model_evaluate(penguins_model, penguins)",
        ),
    ],
)
def test_their_calls_are_ours(penguins: SparkSession, theirs: str, ours: str) -> None:
    found, expected = penguins.sql(theirs), penguins.sql(ours)
    assert found.columns == expected.columns
    assert sorted(map(repr, found.collect())) == sorted(map(repr, expected.collect()))


def test_a_table_made_of_their_call(penguins: SparkSession) -> None:
    penguins.sql("CREATE TEMP TABLE told AS SELECT * FROM ML.PREDICT(MODEL groups, TABLE penguins)")
    assert penguins.table("told").count() == 120
    penguins.catalog.dropTempView("told")


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("ML.PREDICT(MODEL nobody, TABLE penguins)", "'nobody'"),
        ("ML.PREDICT(MODEL groups, TABLE penguins, STRUCT(1 AS threshold))", "THRESHOLD"),
        ("ML.EVALUATE(MODEL groups)", "model_evaluate takes"),
        ("ML.CENTROIDS(MODEL groups, DROP TABLE penguins)", "DROP TABLE"),
    ],
)
def test_what_cannot_be_asked_is_told(penguins: SparkSession, call: str, told: str) -> None:
    with pytest.raises((AnalysisException, ParseException), match=told):
        penguins.sql(f"SELECT * FROM {call}")


def test_a_label_called_so_needs_no_option(penguins: SparkSession) -> None:
    query = "SELECT culmen, flipper, body_mass_g AS Label FROM penguins"
    penguins.sql(f"CREATE MODEL unnamed OPTIONS (model_type='linear_reg') AS {query}")
    judged = penguins.sql(f"SELECT * FROM ML.EVALUATE(MODEL unnamed, ({query}))").first()
    assert judged is not None
    assert judged.rmse > 0


@pytest.mark.parametrize(("rows", "held_out"), [(499, False), (1000, True)])
def test_auto_split(penguins: SparkSession, rows: int, held_out: bool) -> None:
    penguins.sql(
        "CREATE OR REPLACE MODEL parted OPTIONS (model_type='linear_reg', label='y', "
        f"data_split_method='AUTO_SPLIT') AS SELECT id AS x, rand(1) AS y FROM range({rows})"
    )
    trained = penguins.sql("SELECT rows FROM model_training_info(parted)").first()
    assert trained is not None
    assert (trained.rows < rows) is held_out
    assert trained.rows > 0.7 * rows
