"""Explanations of types that are neither linear nor trees, against what the models say."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from sparkfl.serving.catalog import load, registry

LOG_ODDS = {
    "bayes": ("up", "'naive_bayes', NAIVE_BAYES_TYPE = 'gaussian'"),
    "counts": ("up", "'naive_bayes'"),
    "absent": ("up", "'naive_bayes', NAIVE_BAYES_TYPE = 'bernoulli'"),
    "complement": ("up", "'naive_bayes', NAIVE_BAYES_TYPE = 'complement'"),
    "pairs": ("up", "'factorization_machines_classifier', FACTOR_SIZE = 2, MAX_ITER = 30"),
}
NUMBERS = {
    "pairs_of_numbers": ("y", "'factorization_machines_regression', MAX_ITER = 20"),
    "survival": ("later", "'survival_regression', CENSOR_COL = seen"),
    "near": ("y", "'knn_regressor', K = 3"),
    "scikit": ("y", "'sklearn:svm.SVR'"),
}
PROBABILITIES = {
    "perceptron": ("up", "'mlp_classifier', MAX_ITER = 20"),
    "perceptrons": ("kind", "'mlp_classifier', LAYERS = array(3, 5, 4, 3), MAX_ITER = 20"),
    "nearest": ("kind", "'knn_classifier', K = 7"),
    "mixed": ("kind", "'sklearn:ensemble.RandomForestClassifier', RANDOM_STATE = 0"),
}
SAMPLED = {"near", "scikit", *PROBABILITIES, "ridge", "odd", "by_city"}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    n = 120
    a, b, c = rng.integers(0, 2, (3, n)).astype(float)
    y = 2 * a - b + a * c + rng.normal(size=n)
    kind = np.where(y > 1, "high", np.where(y > 0, "mid", "low"))
    later, seen = np.exp(y / 3), rng.choice([0.0, 1.0], n)
    city = rng.choice(["oslo", "köln"], n)
    columns = {"id": range(n), "a": a, "b": b, "c": c, "y": y, "up": y > 0.5, "kind": kind}
    return pd.DataFrame({**columns, "later": later, "seen": seen, "city": city})


@pytest.fixture(scope="module")
def told(spark: SparkSession, frame: pd.DataFrame, own_registry: str) -> Iterator[SparkSession]:
    spark.createDataFrame(frame).coalesce(1).createOrReplaceTempView("explained")
    clause = "TRANSFORM (vector_assembler(a, b, c) f)"
    others = {"ridge": ("kind", "'sklearn:linear_model.RidgeClassifier'")}
    for name, (label, kind) in {**LOG_ODDS, **NUMBERS, **PROBABILITIES, **others}.items():
        options = f"OPTIONS (MODEL_TYPE = {kind}, LABEL = {label})"
        spark.sql(f"CREATE MODEL {name} {clause} {options} AS TABLE explained")
    spark.sql(
        f"CREATE MODEL odd {clause} OPTIONS (MODEL_TYPE = 'isolation_forest', SEED = 0) "
        "AS TABLE explained"
    )
    spark.sql(
        f"CREATE MODEL by_city PARTITION BY city {clause} OPTIONS (MODEL_TYPE = "
        "'sklearn:linear_model.LinearRegression', LABEL = y) AS TABLE explained"
    )
    spark.sql(
        "CREATE MODEL curve TRANSFORM (vector_assembler(a, b) f) "
        "OPTIONS (MODEL_TYPE = 'isotonic_regression', LABEL = y, FEATURE_INDEX = 1, "
        "ISOTONIC = FALSE) AS TABLE explained"
    )
    yield spark
    spark.catalog.dropTempView("explained")


def explained(spark: SparkSession, model: str) -> pd.DataFrame:
    call = f"model_explain_predict({model}, latest, TABLE explained)"
    found = spark.sql(f"SELECT * FROM {call} ORDER BY id").toPandas()
    sums = found.attributions.map(lambda rows: sum(r["attribution"] for r in rows))
    np.testing.assert_allclose(found.baseline + sums, found.explained_value, atol=1e-9)
    exact = found.approximation_error == 0
    assert exact.all() if model not in SAMPLED else not exact.all()
    return found


def scored(spark: SparkSession, model: str) -> pd.DataFrame:
    options = "OPTIONS(SHOW_HIDDEN_FIELDS = TRUE)"
    call = f"model_predict({model}, latest, {options}, TABLE(explained))"
    return spark.sql(f"SELECT * FROM {call} ORDER BY id").toPandas()


def parts(found: pd.DataFrame, feature: str) -> pd.Series:
    return found.attributions.map(
        lambda rows: next(r["attribution"] for r in rows if r["feature"] == feature)
    )


@pytest.mark.parametrize("model", LOG_ODDS)
def test_of_two_classes_the_log_odds(told: SparkSession, model: str) -> None:
    probability = np.vstack(scored(told, model).probability.map(np.array))
    odds = np.log(probability[:, 1] / probability[:, 0])
    np.testing.assert_allclose(explained(told, model).explained_value, odds, atol=1e-7)


@pytest.mark.parametrize("model", NUMBERS)
def test_of_numbers_the_prediction(told: SparkSession, model: str) -> None:
    found = explained(told, model)
    said = np.exp(found.explained_value) if model == "survival" else found.explained_value
    np.testing.assert_allclose(said, found.prediction)


@pytest.mark.parametrize("model", PROBABILITIES)
def test_of_classes_the_probability(told: SparkSession, model: str) -> None:
    said = np.vstack(scored(told, model).probability.map(np.asarray))
    said = said[:, 1] if said.shape[1] == 2 else said.max(axis=1)
    np.testing.assert_allclose(explained(told, model).explained_value, said, atol=1e-9)


def test_of_outliers_the_score(told: SparkSession) -> None:
    found = explained(told, "odd")
    np.testing.assert_allclose(found.explained_value, scored(told, "odd").anomaly_score)


def test_several_classes_of_naive_bayes_are_told_from_their_mean(
    told: SparkSession, frame: pd.DataFrame
) -> None:
    told.sql(
        "CREATE OR REPLACE MODEL three TRANSFORM (vector_assembler(a, b, c) f) OPTIONS "
        "(MODEL_TYPE = 'naive_bayes', LABEL = kind) AS TABLE explained"
    )
    logs = np.log(np.vstack(scored(told, "three").probability.map(np.array)))
    said = (logs - logs.mean(axis=1, keepdims=True)).max(axis=1)
    np.testing.assert_allclose(explained(told, "three").explained_value, said, atol=1e-7)


def test_factorization_machines_have_the_shapley_values_of_all_orders(
    told: SparkSession, frame: pd.DataFrame
) -> None:
    """Against their definition, with the model's own predictions of mixed rows."""
    names = ["a", "b", "c"]
    usual, row = frame[names].mean(), frame[names].iloc[0]
    mixed = {
        chosen: [float(row[n] if n in chosen else usual[n]) for n in names]
        for size in range(4)
        for chosen in {tuple(sorted(order[:size])) for order in permutations(names)}
    }
    query = ", ".join(f"({', '.join(f'{v!r}D' for v in values)})" for values in mixed.values())
    said = told.sql(
        "SELECT * FROM model_predict(pairs_of_numbers, latest, "
        f"SELECT * FROM VALUES {query} AS t(a, b, c))"
    ).toPandas()
    value = dict(zip(mixed, said.prediction, strict=True))
    expected = dict.fromkeys(names, 0.0)
    for order in permutations(names):
        for place, name in enumerate(order):
            before, after = (tuple(sorted(order[:end])) for end in (place, place + 1))
            expected[name] += (value[after] - value[before]) / 6
    found = explained(told, "pairs_of_numbers").iloc[:1]
    for name in names:
        assert parts(found, name).iloc[0] == pytest.approx(expected[name], abs=1e-9)


def test_a_curve_is_explained_by_its_one_feature(told: SparkSession) -> None:
    found = explained(told, "curve")
    np.testing.assert_allclose(found.explained_value, found.prediction)
    assert (parts(found, "a") == 0).all()


def test_groups_are_explained_by_their_own_rows(told: SparkSession, frame: pd.DataFrame) -> None:
    """Of a sum the values are its terms, told from the mean of the group's sample."""
    found = explained(told, "by_city")
    model = load(told, registry(told).get("by_city"))
    for city, (fitted, kept) in model.opened():
        own = found[found.city == city]
        weight = fitted.coef_[0] * (own.a - kept.background[:, 0].mean())
        np.testing.assert_allclose(parts(own, "a"), weight, atol=1e-9)
        assert len(kept.background) == 16


@pytest.mark.parametrize("model", ["perceptron", "bayes", "ridge", "by_city"])
def test_a_global_explanation_is_the_mean_size(told: SparkSession, model: str) -> None:
    rows = told.sql(f"SELECT * FROM model_global_explain({model}, latest, TABLE explained)")
    assert rows.columns == ["feature", "attribution", "approximation_error"]
    found, told_by = explained(told, model), rows.toPandas().set_index("feature")
    for feature in "abc":
        mean = parts(found, feature).abs().mean()
        assert told_by.attribution[feature] == pytest.approx(mean)
    np.testing.assert_allclose(told_by.approximation_error, found.approximation_error.mean())


def test_one_vs_rest_is_explained_by_the_model_of_the_class(told: SparkSession) -> None:
    """The score that decides, of linear models and of trees."""
    few = ", MAX_ITER = 3"
    for kind, given in (("linear_svc", few), ("gbt_classifier", few), ("naive_bayes", "")):
        told.sql(
            "CREATE OR REPLACE MODEL rest TRANSFORM (vector_assembler(a, b, c) f) OPTIONS "
            f"(MODEL_TYPE = '{kind}', LABEL = kind, ONE_VS_REST = TRUE{given}) AS TABLE explained"
        )
        raw = np.vstack(scored(told, "rest").rawPrediction.map(np.array))
        found = explained(told, "rest")
        if kind != "naive_bayes":
            np.testing.assert_allclose(found.explained_value, raw.max(axis=1), atol=1e-9)


def test_too_many_features_for_a_sample_are_refused(told: SparkSession) -> None:
    told.sql(
        "CREATE OR REPLACE MODEL wide TRANSFORM (hashing_tf(w, 2000) f) OPTIONS "
        "(MODEL_TYPE = 'knn_classifier', LABEL = up) AS SELECT up, array(kind, city) w "
        "FROM explained"
    )
    with pytest.raises(AnalysisException, match=r"2000 features.*1000 features at most"):
        told.sql("SELECT * FROM model_explain_predict(wide, latest, SELECT array('low') w)")
