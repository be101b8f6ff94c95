"""Metrics of classes: scikit-learn, and MLlib's evaluator where there are more than two."""

from __future__ import annotations

import numpy as np
import pytest
from pyspark.ml.evaluation import MulticlassClassificationEvaluator
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from sklearn import metrics

from sparkfl.metrics.classification import classification

RNG = np.random.default_rng(8)
NAMES = ("accuracy", "precision", "recall", "f1")


@pytest.mark.parametrize(
    ("values", "type_", "classes"),
    [
        ([False, True], "boolean", ()),
        ([0, 1], "int", ()),
        (["no", "yes"], "string", ()),
        (["no", "yes"], "string", ("no", "yes")),
        (["yes", "no"], "string", ("yes", "no")),
    ],
)
def test_of_two_classes_those_of_the_positive_one(spark, values, type_, classes) -> None:
    true = [values[i] for i in RNG.integers(0, 2, 200)]
    said = [t if RNG.random() < 0.7 else values[0] for t in true]
    df = spark.createDataFrame(list(zip(true, said, strict=True)), f"t {type_}, s {type_}")
    row = classification(df, "t", "s", classes=classes).first()
    positive = classes[1] if classes else max(values)
    expected = [
        metrics.accuracy_score(true, said),
        *metrics.precision_recall_fscore_support(true, said, pos_label=positive, average="binary"),
    ]
    np.testing.assert_allclose([row[name] for name in NAMES], expected[:4])


def test_of_more_their_means_weighted_by_rows(spark: SparkSession) -> None:
    true, said = (RNG.integers(0, 4, 300).astype(float).tolist() for _ in range(2))
    df = spark.createDataFrame(list(zip(true, said, strict=True)), "t double, s double")
    row = classification(df, "t", "s", classes=(0.0, 1.0, 2.0, 3.0)).first()
    figures = ("accuracy", "weightedPrecision", "weightedRecall", "f1")
    for name, figure in zip(NAMES, figures, strict=True):
        evaluator = MulticlassClassificationEvaluator(
            labelCol="t", predictionCol="s", metricName=figure
        )
        assert row[name] == pytest.approx(evaluator.evaluate(df))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(True, True)], (1.0, 1.0, 1.0, 1.0)),
        ([(False, False)], (1.0, 0.0, 0.0, 0.0)),
        ([(False, True)], (0.0, 0.0, 0.0, 0.0)),
        ([(None, True), (True, None)], (None,) * 4),
    ],
)
def test_one_class_alone(spark: SparkSession, rows, expected) -> None:
    row = classification(spark.createDataFrame(rows, "t boolean, s boolean"), "t", "s").first()
    assert tuple(row[name] for name in NAMES) == expected


def test_a_label_that_the_model_does_not_know_counts_as_a_class(spark: SparkSession) -> None:
    rows = [("a", "a"), ("b", "b"), ("c", "b")]
    df = spark.createDataFrame(rows, "t string, s string").withColumn("g", F.lit("x"))
    (row,) = classification(df, "t", "s", classes=("a", "b"), by=("g",)).collect()
    true, said = zip(*rows, strict=True)
    assert row.recall == pytest.approx(metrics.recall_score(true, said, average="weighted"))
