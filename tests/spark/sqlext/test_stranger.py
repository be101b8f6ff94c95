"""What somebody found who knew the README alone."""

from __future__ import annotations

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow_address import mlflow_at
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from sparkfl.serving.catalog import registry

pytestmark = pytest.mark.usefixtures("own_registry")


def refused(spark: SparkSession, statement: str, told: str) -> None:
    with pytest.raises(AnalysisException, match=told) as caught:
        spark.sql(statement).collect()
    assert "Exception" not in caught.value.getMessage()


def test_a_copy_of_a_model_of_the_registry_is_what_it_was(spark: SparkSession) -> None:
    query = (
        "SELECT id * 1D AS a, DATE '2026-01-01' + CAST(id AS INT) AS d, id * 2D AS y FROM range(30)"
    )
    spark.sql(
        "CREATE MODEL first TRANSFORM (vector_assembler(a, d) f) OPTIONS (TYPE = 'linear_reg', "
        f"LABEL = y) AS {query}"
    )
    spark.sql("ALTER MODEL first SET ALIAS champion = 1")
    for uri in ("models:/first/1", "models:/first@champion", "models:/first/latest"):
        spark.sql(f"CREATE OR REPLACE MODEL copy FROM '{uri}'")
        for function in ("model_predict", "model_evaluate", "model_explain_predict"):
            found, before = (
                spark.sql(f"SELECT * FROM {function}({m}, latest, {query})").collect()
                for m in ("copy", "first")
            )
            assert found == before
    assert registry(spark).get("copy").model_type == "linear_reg"
    spark.sql("REFRESH MODEL copy")
    refused(spark, "CREATE MODEL no FROM 'models:/nosuch/1'", "There is no model 'nosuch'")
    refused(spark, "CREATE MODEL no FROM 'models:/first@nobody'", "no version '@nobody'")
    refused(spark, "CREATE MODEL no FROM ''", "There is no directory")
    refused(spark, "EXPORT MODEL first TO '/proc/nope/x'", "cannot write to /proc/nope/x")
    refused(spark, "EXPORT MODEL first TO ''", "names no directory")


@pytest.mark.parametrize("type_", ["lda", "naive_bayes"])
def test_counts_are_from_0_up(spark: SparkSession, type_: str) -> None:
    label = "" if type_ == "lda" else ", LABEL = k"
    query = "SELECT -50D - id % 30 AS a, id % 7 * 1D AS b, id % 2 AS k FROM range(60)"
    query = query if label else query.replace(", id % 2 AS k", "")
    statement = f"CREATE MODEL counted OPTIONS (TYPE = '{type_}'{label}) AS {query}"
    refused(spark, statement, r"takes features from 0 up, such as counts; a has -79")


def test_arrays_are_of_one_length(spark: SparkSession) -> None:
    query = (
        "SELECT array(id * 1D) AS v, id * 2D AS y FROM range(100) UNION ALL "
        "SELECT array(id * 1D, id % 3 * 1D), 3D * id FROM range(6)"
    )
    for type_ in ("'linear_reg', LABEL = y", "'kmeans'"):
        refused(
            spark,
            f"CREATE MODEL uneven OPTIONS (TYPE = {type_}) AS {query}",
            "Column v has arrays of 1 to 2 elements",
        )
    spark.sql(
        "CREATE MODEL uneven OPTIONS (TYPE = 'linear_reg', LABEL = y, HANDLE_INVALID = 'skip') "
        f"AS {query}"
    )


def test_many_groups_with_models_of_some_size(spark: SparkSession) -> None:
    spark.sql(
        "CREATE MODEL forests PARTITION BY g OPTIONS (TYPE = 'sklearn:ensemble."
        "RandomForestRegressor', LABEL = y, N_ESTIMATORS = 40) AS "
        "SELECT id % 60 AS g, rand(1) AS x, rand(2) AS y FROM range(6000)"
    )
    verdicts = spark.sql("SELECT DISTINCT verdict FROM model_verdicts(forests)").collect()
    assert verdicts == [("ok",)]
    refused(
        spark,
        "CREATE MODEL same PARTITION BY y OPTIONS (TYPE = 'sklearn:linear_model.LinearRegression', "
        "LABEL = Y) AS SELECT id * 1D AS x, id AS y FROM range(20)",
        "PARTITION BY y and LABEL name one column",
    )


def test_rows_without_a_group_have_a_verdict(spark: SparkSession) -> None:
    query = (
        "SELECT IF(id < 30, 'x', IF(id < 50, NULL, 'y')) AS g, id * 1D AS a, "
        "IF(id < 50 OR id % 2 = 0, id * 3D, NULL) AS y, id AS t FROM range(90)"
    )
    series = "TYPE = 'arima', P = 1, TIME_COL = t, LABEL = y"
    estimator = "TYPE = 'sklearn:linear_model.LinearRegression', LABEL = y, HANDLE_INVALID = 'skip'"
    for options in (series, estimator):
        spark.sql(f"CREATE OR REPLACE MODEL parts PARTITION BY g OPTIONS ({options}) AS {query}")
        rows = spark.sql("SELECT g, verdict, rows, skipped_rows FROM model_verdicts(parts)")
        found = {row.g: tuple(row)[1:] for row in rows.collect()}
        assert found["x"] == ("ok", 30, 0)
        assert found["y"] == ("ok", 20, 20)
        assert found[None] == ("no_store", 0, 20)


def test_groups_that_are_numbers_are_found_by_mlflow(spark: SparkSession) -> None:
    spark.sql(
        "CREATE MODEL numbered PARTITION BY g OPTIONS (TYPE = 'sklearn:linear_model."
        "LinearRegression', LABEL = y) AS SELECT CAST(id % 3 AS INT) AS g, id * 1D AS a, "
        "id * (1D + id % 3) AS y FROM range(60)"
    )
    with mlflow_at(registry(spark).tracking_uri):
        scored = mlflow.pyfunc.load_model("models:/numbered/1").predict(
            pd.DataFrame({"g": [1, 2], "a": [10.0, 10.0]})
        )
    np.testing.assert_allclose(scored.prediction, [20.0, 30.0])


def test_searches(spark: SparkSession) -> None:
    query = "SELECT id * 1D AS a, id % 5 * 1D AS b, id * 2D + rand(1) AS y FROM range(80)"

    def tried(options: str) -> list[str]:
        spark.sql(f"CREATE OR REPLACE MODEL searched OPTIONS ({options}) AS {query}")
        rows = spark.sql("SELECT options FROM model_trials(searched)").collect()
        return [str(row[0]) for row in rows]

    ends = tried("TYPE = 'linear_reg', LABEL = y, REG_PARAM = HPARAM_RANGE(0, 1), NUM_TRIALS = 3")
    assert len(set(ends)) == 3
    assert any(not end.endswith(("'1'}", "'0'}", "'1.0'}", "'0.0'}")) for end in ends)
    few = tried("TYPE = 'kmeans', K = HPARAM_RANGE(2, 4), NUM_TRIALS = 9")
    assert len(few) == len(set(few)) == 3
    for options, told in {
        "LABEL = HPARAM_CANDIDATES(['y', 'a'])": "LABEL names a column, which is no hyperparameter",
        "LABEL = y, REG_PARAM = HPARAM_RANGE(-1, 0)": "REG_PARAM must be a number of at least 0",
        "LABEL = y, REG_PARAM = HPARAM_RANGE(0, 1), DATA_SPLIT_METHOD = 'no_split'": (
            "leave DATA_SPLIT_METHOD = 'no_split' out"
        ),
    }.items():
        refused(
            spark, f"CREATE MODEL wrong OPTIONS (TYPE = 'linear_reg', {options}) AS {query}", told
        )


def test_as_many_rows_as_weights(spark: SparkSession) -> None:
    for type_ in ("linear_reg", "generalized_linear_reg"):
        spark.sql(
            f"CREATE OR REPLACE MODEL just OPTIONS (TYPE = '{type_}', LABEL = y) AS "
            "SELECT * FROM VALUES (1D, 3D), (2D, 4D) t(a, y)"
        )
        row = spark.sql("SELECT prediction FROM model_predict(just, 1, SELECT 3D AS a)").first()
        assert row is not None
        assert row.prediction == pytest.approx(5.0)


def test_labels_that_no_double_holds(spark: SparkSession) -> None:
    refused(
        spark,
        "CREATE MODEL large OPTIONS (TYPE = 'logistic_reg', LABEL = k) AS "
        "SELECT 9007199254740993L + 2 * (id % 2) AS k, rand(1) AS a FROM range(20)",
        "Cast it to STRING in the query",
    )


def test_metrics_of_texts_and_a_curve_without_scores(spark: SparkSession) -> None:
    refused(
        spark,
        "SELECT * FROM metrics('regression', SELECT 'a' AS actual, 1D AS predicted)",
        "metrics: actual is string; a regression is judged by numbers",
    )
    query = "SELECT id % 2 = 0 AS k, id * 1D AS a FROM range(20)"
    spark.sql(f"CREATE MODEL svc OPTIONS (TYPE = 'sklearn:svm.SVC', LABEL = k) AS {query}")
    refused(
        spark, f"SELECT * FROM model_roc_curve(svc, 1, {query})", "this one tells the class only"
    )


def test_trees_have_bins_for_all_categories(spark: SparkSession) -> None:
    query = "SELECT 'c' || id % 40 AS c, id * 1D AS y FROM range(400)"
    options = "TYPE = 'random_forest_regression', LABEL = y, NUM_TREES = 2"
    spark.sql(f"CREATE MODEL wide OPTIONS ({options}) AS {query}")
    refused(
        spark, f"CREATE MODEL no OPTIONS ({options}, MAX_BINS = 10) AS {query}", "maxBins|MAX_BINS"
    )


def test_what_splits_and_bounds_cannot_be(spark: SparkSession) -> None:
    query = "SELECT id * 1D AS a, id * 2D AS y, true AS held FROM range(20)"
    refused(
        spark,
        "CREATE MODEL no OPTIONS (TYPE = 'linear_reg', LABEL = y, DATA_SPLIT_METHOD = 'custom', "
        f"DATA_SPLIT_COL = held) AS {query}",
        "DATA_SPLIT_METHOD = 'custom' holds all out",
    )
    refused(
        spark,
        "CREATE MODEL no TRANSFORM (bucketizer(a, array(10, 5)) b, vector_assembler(b) f) "
        f"OPTIONS (TYPE = 'linear_reg', LABEL = y) AS {query}",
        "must rise",
    )
