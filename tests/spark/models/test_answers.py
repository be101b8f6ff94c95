"""What models are asked besides predictions, against closed forms, scikit-learn and pandas."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from sklearn import metrics

LINEAR = {
    "line": "OPTIONS (MODEL_TYPE = 'linear_reg', LABEL = 'y')",
    "logit": "OPTIONS (MODEL_TYPE = 'logistic_reg', LABEL = 'up')",
    "logits": "OPTIONS (MODEL_TYPE = 'logistic_reg', LABEL = 'kind')",
    "margin": "OPTIONS (MODEL_TYPE = 'linear_svc', LABEL = 'up')",
}
TREES = {
    "tree": "OPTIONS (MODEL_TYPE = 'decision_tree_regression', LABEL = 'y')",
    "forest": "OPTIONS (MODEL_TYPE = 'random_forest_classifier', LABEL = 'kind', NUM_TREES = 3)",
    "boosted": "OPTIONS (MODEL_TYPE = 'gbt_classifier', LABEL = 'up', MAX_ITER = 3)",
}
SPREAD = "OPTIONS (MODEL_TYPE = 'kmeans', K = 3, SEED = 1)"
FEATURES = "a, b, city"


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    n = 150
    a, b = rng.normal(size=n), rng.normal(size=n) + 5.0
    city = rng.choice(["Köln", "lyon", "oslo"], n)
    y = 2 * a - b + (city == "lyon") + rng.normal(size=n)
    kind = np.where(y > -3, "high", np.where(y > -5, "mid", "low"))
    return pd.DataFrame(
        {"id": range(n), "a": a, "b": b, "city": city, "y": y, "up": y > -4, "kind": kind}
    )


@pytest.fixture(scope="module")
def asked(spark: SparkSession, frame: pd.DataFrame, own_registry: str) -> Iterator[SparkSession]:
    spark.createDataFrame(frame).coalesce(1).createOrReplaceTempView("told")
    clause = "TRANSFORM (string_indexer(city) c, vector_assembler(a, b, c) f)"
    for name, options in {**LINEAR, **TREES}.items():
        spark.sql(f"CREATE MODEL {name} {clause} {options} AS SELECT * FROM told")
    clause = "TRANSFORM (vector_assembler(a, b) f)"
    spark.sql(f"CREATE MODEL groups {clause} {SPREAD} AS SELECT a, b FROM told")
    yield spark
    spark.catalog.dropTempView("told")


def explained(spark: SparkSession, model: str) -> pd.DataFrame:
    call = f"model_explain_predict({model}, latest, SELECT * FROM told)"
    return spark.sql(f"SELECT * FROM {call} ORDER BY id").toPandas()


def scored(spark: SparkSession, model: str) -> pd.DataFrame:
    options = "OPTIONS(SHOW_HIDDEN_FIELDS = TRUE)"
    call = f"model_predict({model}, latest, {options}, TABLE(told))"
    return spark.sql(f"SELECT * FROM {call} ORDER BY id").toPandas()


@pytest.mark.parametrize("model", [*LINEAR, *TREES])
def test_attributions_add_up_to_what_the_model_says(asked: SparkSession, model: str) -> None:
    found, told = explained(asked, model), scored(asked, model)
    sums = found.attributions.map(lambda rows: sum(r["attribution"] for r in rows))
    np.testing.assert_allclose(found.baseline + sums, found.explained_value, atol=1e-9)
    column = {"line": "prediction", "tree": "prediction", "forest": "probability"}.get(
        model, "rawPrediction"
    )
    said = told[column]
    if column != "prediction":
        said = said.map(lambda v: v[1] if len(v) == 2 else max(v))
    np.testing.assert_allclose(found.explained_value, said, atol=1e-9)
    assert (found.prediction == told.prediction).all()
    assert {r["feature"] for r in found.attributions[0]} == {"a", "b", "city"}
    sizes = [[abs(r["attribution"]) for r in rows] for rows in found.attributions]
    assert all(each == sorted(each, reverse=True) for each in sizes)


def test_the_largest_attributions_alone(asked: SparkSession) -> None:
    for call in (
        "model_explain_predict(line, 1, SELECT a, b, city FROM told, 2)",
        "model_explain_predict(line, told, 2)",
        "model_explain_predict(line, OPTIONS(TOP_K = 2), TABLE(told))",
    ):
        row = asked.sql(f"SELECT size(attributions) n FROM {call}").first()
        assert row == (2,), call
    order = "SELECT a, b, city FROM told ORDER BY 1, 2"
    assert asked.sql(f"SELECT * FROM model_explain_predict(line, 1, {order})").count() == 150


@pytest.mark.parametrize("model", ["line", "forest"])
def test_a_global_explanation_is_the_mean_size(asked: SparkSession, model: str) -> None:
    rows = asked.sql(f"SELECT * FROM model_global_explain({model}, latest, told)").collect()
    parts = explained(asked, model).attributions
    for row in rows:
        own = [r for each in parts for r in each if r["feature"] == row.feature]
        assert row.attribution == pytest.approx(np.mean([abs(r["attribution"]) for r in own]))
    assert [r.attribution for r in rows] == sorted((r.attribution for r in rows), reverse=True)


def test_anomalies_of_clusters(asked: SparkSession, frame: pd.DataFrame) -> None:
    query = "SELECT id, a, b FROM told UNION ALL SELECT -1, 50D, 5D UNION ALL SELECT -2, NULL, 5D"
    call = f"model_detect_anomalies(groups, latest, 0.1, {query})"
    found = asked.sql(f"SELECT * FROM {call} ORDER BY id").toPandas().set_index("id")
    assert found.columns.tolist() == [
        *("a", "b", "is_anomaly", "anomaly_score", "severity", "contributions")
    ]
    assert found.loc[-2].isna().sum() == 5
    far, own = found.loc[-1], found.loc[0:]
    assert far.severity == 100.0
    assert far.contributions[0]["feature"] == "a"
    assert own.is_anomaly.sum() == 15
    for row in found[found.is_anomaly == True].itertuples():  # noqa: E712
        parts = sum(part["contribution"] for part in row.contributions)
        assert parts == pytest.approx(row.anomaly_score)
    assert own[own.is_anomaly == False].contributions.isna().all()  # noqa: E712
    centres = asked.sql("SELECT * FROM model_centroids(groups)").toPandas()
    centres = centres.pivot(index="centroid_id", columns="feature", values="numerical_value")
    spread = asked.sql("SELECT * FROM model_clusters(groups)").toPandas().spread.to_numpy()
    points = frame[["a", "b"]].to_numpy()
    distance = np.linalg.norm(points[:, None] - centres.to_numpy()[None], axis=2)
    nearest = distance.argmin(axis=1)
    np.testing.assert_allclose(own.anomaly_score, distance.min(axis=1) / spread[nearest])


def test_clusters_are_those_of_the_rows(asked: SparkSession) -> None:
    rows = asked.sql("SELECT * FROM model_predict(groups, latest, told)").toPandas()
    told = asked.sql("SELECT * FROM model_clusters(groups) ORDER BY centroid_id").toPandas()
    for cluster, own in rows.groupby("prediction")[["a", "b"]]:
        assert told.n[cluster] == len(own)
        spread = np.sqrt(((own - own.mean()) ** 2).sum(axis=1).mean())
        assert told.spread[cluster] == pytest.approx(spread)
    assert told.share.sum() == pytest.approx(1.0)


def test_weights_have_the_errors_of_least_squares(asked: SparkSession, frame: pd.DataFrame) -> None:
    told = asked.sql("SELECT * FROM model_weights(line)").toPandas().set_index("processed_input")
    index = scored_index(asked, frame)
    x = np.column_stack([frame.a, frame.b, index, np.ones(len(frame))])
    weights, squares, *_ = np.linalg.lstsq(x, frame.y, rcond=None)
    names = ["a", "b", "city", "__INTERCEPT__"]
    np.testing.assert_allclose(told.weight[names], weights, rtol=1e-6)
    variance = squares[0] / (len(x) - 4)
    errors = np.sqrt(variance * np.diag(np.linalg.inv(x.T @ x)))
    np.testing.assert_allclose(told.standard_error[names], errors, rtol=1e-6)
    np.testing.assert_allclose(told.t_value[names], weights / errors, rtol=1e-6)
    classes = asked.sql("SELECT class, count(*) FROM model_weights(logits) GROUP BY class")
    assert sorted(classes.collect()) == [("high", 4), ("low", 4), ("mid", 4)]


@pytest.mark.parametrize("label", ["7.0", "2.0 * id"])
def test_there_are_no_errors_where_the_equations_are_singular(
    asked: SparkSession, label: str
) -> None:
    asked.sql(
        "CREATE OR REPLACE MODEL singular TRANSFORM (vector_assembler(x, z) f) "
        "OPTIONS (TYPE = 'linear_reg', LABEL = 'y') "
        f"AS SELECT id * 1.0 x, id * 2.0 z, {label} y FROM range(9)"
    )
    rows = asked.sql("SELECT * FROM model_weights(singular)").collect()
    assert [row.standard_error for row in rows] == [None] * 3
    assert rows[0].weight + 2 * rows[1].weight == pytest.approx(
        2.0 if "id" in label else 0, abs=1e-4
    )


def scored_index(spark: SparkSession, frame: pd.DataFrame) -> np.ndarray:
    made = spark.sql("SELECT c FROM model_transform(line, latest, told) ORDER BY id").toPandas()
    return made.c.to_numpy()


def test_the_curve_and_the_matrix_are_those_of_scikit_learn(asked: SparkSession) -> None:
    told = scored(asked, "logit")
    score = told.probability.map(lambda v: v[1])
    call = "model_roc_curve(logit, latest, OPTIONS(NUM_THRESHOLDS = 1000), told)"
    curve = asked.sql(f"SELECT * FROM {call}").toPandas()
    fpr, tpr, thresholds = metrics.roc_curve(told.up, score, drop_intermediate=False)
    np.testing.assert_allclose(curve.threshold, thresholds[1:])
    np.testing.assert_allclose(curve.recall, tpr[1:])
    np.testing.assert_allclose(curve.false_positive_rate, fpr[1:])
    few = asked.sql(f"SELECT * FROM {call.replace('1000', '7')}").toPandas()
    assert len(few) == 7
    assert few.recall.iloc[-1] == 1.0
    judged = asked.sql("SELECT * FROM model_evaluate(logit, latest, told)").first()
    assert judged is not None
    assert judged.auc_roc == pytest.approx(metrics.roc_auc_score(told.up, score))
    precision, recall, _ = metrics.precision_recall_curve(told.up, score)
    assert judged.auc_pr == pytest.approx(metrics.auc(recall, precision), abs=0.01)
    assert judged.log_loss == pytest.approx(metrics.log_loss(told.up, score))
    counted = asked.sql("SELECT * FROM model_confusion_matrix(logits, latest, told)").toPandas()
    many = scored(asked, "logits")
    matrix = metrics.confusion_matrix(many.kind, many.prediction, labels=["high", "low", "mid"])
    pairs = counted.pivot(index="actual", columns="predicted", values="n").fillna(0)
    np.testing.assert_array_equal(
        pairs.reindex(columns=["high", "low", "mid"], fill_value=0), matrix
    )


def test_feature_info_is_that_of_pandas(asked: SparkSession, frame: pd.DataFrame) -> None:
    asked.sql(
        "CREATE OR REPLACE MODEL holed OPTIONS (MODEL_TYPE = 'kmeans') AS "
        "SELECT if(id < 9, NULL, a) a, if(id < 4, NULL, city) city, up FROM told"
    )
    told = asked.sql("SELECT * FROM model_feature_info(holed)").toPandas().set_index("input")
    a = frame.a[frame.id >= 9]
    known = told.loc["a", ["min", "max", "mean", "stddev"]].astype(float)
    np.testing.assert_allclose(known, [a.min(), a.max(), a.mean(), a.std()])
    assert told.null_count.to_dict() == {"a": 9, "city": 4, "up": 0}
    assert told.category_count["city"] == 3
    assert told.kind.to_dict() == {"a": "number", "city": "string", "up": "boolean"}
    rows = asked.sql(
        "SELECT * FROM model_predict(holed, latest, SELECT NULL a, 'new' city, NULL up)"
    )
    assert rows.first().prediction is not None


def test_importance_and_training_info(asked: SparkSession) -> None:
    told = asked.sql("SELECT * FROM model_feature_importance(forest)").toPandas()
    assert told.importance.sum() == pytest.approx(1.0)
    assert set(told.feature) == {"a", "b", "city"}
    history = asked.sql("SELECT * FROM model_training_info(logit)").toPandas()
    assert history.loss.is_monotonic_decreasing
    assert set(history.rows) == {150}
    with pytest.raises(AnalysisException, match="has no pca"):
        asked.sql("SELECT * FROM model_principal_components(forest)")


def test_metrics_of_any_query(asked: SparkSession) -> None:
    told = scored(asked, "line")
    query = "SELECT y actual, prediction predicted, city FROM model_predict(line, latest, told)"
    (judged,) = asked.sql(f"SELECT * FROM metrics('regression', {query})").collect()
    assert judged.mse == pytest.approx(metrics.mean_squared_error(told.y, told.prediction))
    options = "OPTIONS(GROUPS = array('city'))"
    by = asked.sql(f"SELECT * FROM metrics('regression', {options}, {query})").collect()
    for row in by:
        own = told[told.city == row.city]
        assert row.mae == pytest.approx(metrics.mean_absolute_error(own.y, own.prediction))
    named = "OPTIONS(ACTUAL = 'kind', PREDICTED = 'prediction', GROUPS = array('up'))"
    query = "SELECT kind, prediction, up FROM model_predict(logits, latest, told)"
    classes = asked.sql(f"SELECT * FROM metrics('classification', {named}, {query})").toPandas()
    many = scored(asked, "logits")
    for row in classes.itertuples():
        own = many[many.up == row.up]
        assert row.accuracy == pytest.approx(metrics.accuracy_score(own.kind, own.prediction))
    with pytest.raises(AnalysisException, match="Missing column 'actual'"):
        asked.sql("SELECT * FROM metrics('regression', told)")
