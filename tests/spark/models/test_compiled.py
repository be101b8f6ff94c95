"""Predictions by functions of the SQL extension are those of MLlib's own models."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
from pyspark.ml.functions import array_to_vector
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from sparkfl.models.fitted import SqlModel
from sparkfl.models.types import MODEL_TYPES
from sparkfl.serving.catalog import load, registry

LABELS = {
    "decision_tree_classifier": "three",
    "decision_tree_regression": "y",
    "generalized_linear_reg": "y",
    "gradient_boosted_tree_classifier": "two",
    "gradient_boosted_tree_regression": "y",
    "linear_reg": "y",
    "linear_svc_classifier": "two",
    "naive_bayes_classifier": "three",
    "logistic_reg": "three",
    "random_forest_classifier": "three",
    "random_forest_regression": "y",
}
OPTIONS = {
    "generalized_linear_reg": [
        ", FAMILY = 'poisson'",
        ", FAMILY = 'gamma', LINK = 'log'",
        ", FAMILY = 'binomial', LABEL = 'share'",
        ", FAMILY = 'gaussian', LINK = 'inverse'",
    ],
    "gradient_boosted_tree_classifier": [", MAX_ITER = 4"],
    "gradient_boosted_tree_regression": [", MAX_ITER = 4"],
    "kmeans": [", K = 5", ", K = 2, DISTANCE_TYPE = 'cosine'"],
    "naive_bayes_classifier": [
        ", NAIVE_BAYES_TYPE = 'gaussian'",
        ", NAIVE_BAYES_TYPE = 'multinomial'",
    ],
    "linear_svc_classifier": ["", ", THRESHOLD = 0.4"],
    "logistic_reg": ["", ", LABEL = 'two'", ", LABEL = 'two', THRESHOLD = 0.3"],
    "random_forest_classifier": [", NUM_TREES = 7", ", NUM_TREES = 2, MAX_DEPTH = 1"],
    "random_forest_regression": [", NUM_TREES = 7"],
}
NOT_COMPILED = ("cosine",)
CASES = [
    (name, extra)
    for name, kind in MODEL_TYPES.items()
    if kind.compiles is not None
    for extra in OPTIONS.get(name, [""])
]
FEATURES = {
    "v": "",
    "standard": ", standard_scaler(v, TRUE, TRUE) s",
    "min_max": ", min_max_scaler(v, 0.0, 3.0) s",
    "max_abs": ", max_abs_scaler(v) s",
    "robust": ", robust_scaler(v, 0.25, 0.75, TRUE, TRUE) s",
    "twice": ", standard_scaler(v) w, min_max_scaler(w) s",
}
"""What k-means is tried behind; the others are behind nothing, or what makes counts of them."""


@pytest.fixture(scope="module")
def rows(spark: SparkSession, own_registry: str) -> Iterator[DataFrame]:
    rng = np.random.default_rng(9)
    x = rng.normal(size=(300, 4)) * [1, 10, 0.01, 3] + [0, 100, 0, -3]
    y = np.exp(0.3 * x[:, 0] + rng.normal(size=300) * 0.1) + 0.1
    two, three = (x[:, 0] > 0).astype(int), np.digitize(x[:, 0] + x[:, 3] / 9, [-1, 0.5])
    data = [
        (*map(float, own), float(t), int(a), int(b), float(a))
        for own, t, a, b in zip(x, y, two, three, strict=True)
    ]
    frame = spark.createDataFrame(
        data, "a double, b double, c double, d double, y double, two int, three int, share double"
    )
    frame.createOrReplaceTempView("compiled_rows")
    yield frame
    spark.catalog.dropTempView("compiled_rows")


def model_of(spark: SparkSession, name: str, extra: str, features: str) -> SqlModel:
    label = "" if name not in LABELS or "LABEL" in extra else f", LABEL = '{LABELS[name]}'"
    seed = ", SEED = 1" if any(o.key == "SEED" for o in MODEL_TYPES[name].options) else ""
    clause = f"TRANSFORM (vector_assembler(a, b, c, d) v{FEATURES[features]})"
    spark.sql(
        f"CREATE OR REPLACE MODEL compiled {clause} OPTIONS (TYPE = '{name}'{label}{seed}{extra}) "
        "AS SELECT * FROM compiled_rows"
    )
    found = load(spark, registry(spark).get("compiled"))
    assert isinstance(found, SqlModel)
    return found


@pytest.mark.parametrize(
    ("name", "extra", "features"),
    [
        *[("kmeans", "", features) for features in FEATURES],
        *[(name, extra, "min_max" if "multinomial" in extra else "v") for name, extra in CASES],
    ],
)
def test_it_is_what_mllib_predicts(
    spark: SparkSession, rows: DataFrame, name: str, extra: str, features: str
) -> None:
    model = model_of(spark, name, extra, features)
    found = model.predict(rows)
    plan = found._jdf.queryExecution().optimizedPlan().toString()
    functions = r"\bsparkfl_(nearest|weighted|strongest|likeliest|forest)\("
    compiled = re.search(functions, plan) is not None
    assert compiled == (not any(other in extra for other in NOT_COMPILED))
    packed = array_to_vector(F.array("a", "b", "c", "d"))
    own = rows.withColumn(model.inputs.readings[0].column, packed)
    for stage in (*model.stages, model.fitted):
        own = stage.transform(own)
    expected = own.select("a", "b", "c", "d", model.fitted.getPredictionCol()).toPandas()
    told = found.toPandas()
    if model.label and model.label.classes:
        classes = list(model.label.classes)
        told["prediction"] = [float(classes.index(value)) for value in told.prediction]
    merged = told.sort_values(["a", "b"]).prediction.to_numpy(float)
    np.testing.assert_allclose(
        merged, expected.sort_values(["a", "b"]).iloc[:, -1].to_numpy(float), rtol=1e-9
    )


@pytest.mark.parametrize("invalid", ["", ", HANDLE_INVALID = 'skip'"])
@pytest.mark.parametrize("name", ["kmeans", "linear_reg", "random_forest_classifier"])
def test_strange_rows_are_what_they_are_without_the_extension(
    spark: SparkSession, rows: DataFrame, name: str, invalid: str, monkeypatch
) -> None:
    """NULL, NaN and infinity, of columns of every kind that is a number; imputed or not valid."""
    label = f", LABEL = '{LABELS[name]}'" if name in LABELS else ""
    columns = (
        "a AS `the a`, CAST(b AS DECIMAL(9, 2)) AS b, int(c * 1000) AS c, d > 0 AS d, "
        "date_add(DATE '2026-01-01', two) AS day"
    )
    spark.sql(
        f"CREATE OR REPLACE MODEL strange OPTIONS (TYPE = '{name}'{label}{invalid}) AS "
        f"SELECT {columns}{', ' + LABELS[name] if label else ''} FROM compiled_rows"
    )
    model = load(spark, registry(spark).get("strange"))
    odd = spark.sql(
        "SELECT a AS `the a`, b, c, d, day, id FROM VALUES "
        "(1D, 100.00BD, 3, true, DATE '2026-01-02', 0), (NULL, 1.00BD, 3, true, NULL, 1), "
        "(double('nan'), NULL, NULL, NULL, DATE '1999-01-01', 2), "
        "(double('inf'), 100.00BD, 1, false, DATE '2026-01-01', 3), "
        "(-1e3D, -5.00BD, -7, false, DATE '2026-01-01', 4) AS t(a, b, c, d, day, id)"
    )
    quick = model.predict(odd).orderBy("id")
    plan = quick._jdf.queryExecution().analyzed().toString()
    assert re.search(r"\bsparkfl_(nearest|weighted|forest)\(", plan)
    found = [row.prediction for row in quick.collect()]
    monkeypatch.setattr("sparkfl.models.fitted.has_extension", lambda _: False)
    expected = [row.prediction for row in model.predict(odd).orderBy("id").collect()]
    assert found == [e if e is None else pytest.approx(e, rel=1e-12) for e in expected]
    assert (None in found) == bool(invalid)


def test_two_hundred_features_are_planned_in_seconds(spark: SparkSession, rows: DataFrame) -> None:
    wide = ", ".join(f"a * {i} + b AS c{i}" for i in range(200))
    query = f"SELECT {wide}, y FROM compiled_rows"
    spark.sql(f"CREATE OR REPLACE MODEL wide OPTIONS (TYPE = 'linear_reg', LABEL = y) AS {query}")
    model = load(spark, registry(spark).get("wide"))
    found = model.predict(spark.sql(query)).select("prediction")
    plan = found._jdf.queryExecution().optimizedPlan().toString()
    assert "sparkfl_weighted(" in plan
    assert "UDF" not in plan
    judged = spark.sql(f"SELECT r2 FROM model_evaluate(wide, latest, {query})").first()
    assert judged is not None
    assert judged.r2 > 0.3
