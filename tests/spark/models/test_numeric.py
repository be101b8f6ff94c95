"""What workers say of rows in numpy is what MLlib's own models say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyspark.ml.classification import (
    DecisionTreeClassifier,
    GBTClassifier,
    LogisticRegression,
    MultilayerPerceptronClassifier,
    OneVsRest,
    RandomForestClassifier,
)
from pyspark.ml.clustering import LDA, BisectingKMeans
from pyspark.ml.functions import array_to_vector
from pyspark.ml.regression import GeneralizedLinearRegression
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from sklearn.utils import murmurhash3_32

from sparkfl.models.stock.hashes import murmur_sql
from sparkfl.models.stock.numeric import scores

X = np.random.default_rng(4).poisson([1.0, 3.0, 6.0], (60, 3)).astype(float) + 0.5
Y = np.digitize(X[:, 2] - X[:, 0], [4, 7]).astype(float)

ESTIMATORS: dict[str, Callable[[], Any]] = {
    "bisecting": lambda: BisectingKMeans(k=4, distanceMeasure="cosine", seed=1, maxIter=3),
    "boosted": lambda: OneVsRest(classifier=GBTClassifier(maxIter=2, maxDepth=2, seed=1)),
    "forest": lambda: OneVsRest(classifier=RandomForestClassifier(numTrees=2, maxDepth=3, seed=1)),
    "perceptron": lambda: OneVsRest(
        classifier=MultilayerPerceptronClassifier(layers=[3, 2, 2], maxIter=4, seed=1)
    ),
    "topics": lambda: LDA(k=3, maxIter=2, seed=1),
    "tree": lambda: OneVsRest(classifier=DecisionTreeClassifier(maxDepth=2)),
}


@pytest.fixture(scope="module")
def rows(spark: SparkSession) -> Iterator[DataFrame]:
    made = [(x.tolist(), float(y), float(x[1] / 9)) for x, y in zip(X, Y, strict=True)]
    df = spark.createDataFrame(made, "x array<double>, label double, more double")
    df = df.withColumn("features", array_to_vector(F.col("x"))).coalesce(1).cache()
    yield df
    df.unpersist()


def saved(fitted: Any, home: Path) -> Path:
    fitted.write().save((home / "model").as_uri())
    return home / "model"


@pytest.mark.parametrize("name", ESTIMATORS)
def test_it_says_what_mllib_says(rows: DataFrame, tmp_path: Path, name: str) -> None:
    fitted = ESTIMATORS[name]().fit(rows)
    told = fitted.transform(rows).toPandas()
    known = scores(fitted, saved(fitted, tmp_path))
    assert known is not None
    found = known["predictionCol"](X)
    if name == "topics":
        shares = np.vstack([each.toArray() for each in told.topicDistribution])
        np.testing.assert_allclose(known["probabilityCol"](X), shares, rtol=1e-9)
        assert found.tolist() == shares.argmax(axis=1).tolist()
        assert known["probabilityCol"](np.zeros((1, 3))).tolist() == [[0.0, 0.0, 0.0]]
    else:
        assert found.tolist() == told.prediction.tolist()
        assert len({*found}) > 1


def test_texts_are_hashed_as_mllib_does(spark: SparkSession) -> None:
    texts = ["", "a", "ab", "abc", "abcd", "größe", "😀", "it's $1", "x" * 37]
    df = spark.createDataFrame([(text,) for text in texts], "t string")
    found = [row[0] for row in df.select(F.expr(murmur_sql("t"))).collect()]
    assert found == [murmurhash3_32(text, 42) for text in texts]


def test_a_threshold_that_no_share_is(rows: DataFrame, tmp_path: Path) -> None:
    two = rows.withColumn("label", (F.col("label") > 0).cast("double"))
    fitted = LogisticRegression(maxIter=3, threshold=1.0).fit(two)
    known = scores(fitted, tmp_path)
    assert known is not None
    told = fitted.transform(two).toPandas().probability
    np.testing.assert_allclose(known["probabilityCol"](X), np.vstack(told), rtol=1e-12)


@pytest.mark.parametrize(
    ("family", "link"), [("gaussian", "identity"), ("poisson", "sqrt"), ("binomial", "cloglog")]
)
def test_an_offset(rows: DataFrame, tmp_path: Path, family: str, link: str) -> None:
    own = rows.withColumn("label", F.least("label", F.lit(1.0))) if family == "binomial" else rows
    fitted = GeneralizedLinearRegression(
        family=family, link=link, offsetCol="more", maxIter=4, regParam=0.1
    ).fit(own)
    known = scores(fitted, tmp_path)
    assert known is not None
    told = fitted.transform(own).toPandas()
    found = known["predictionCol"](np.column_stack([X, told.more]))
    np.testing.assert_allclose(found, told.prediction, rtol=1e-12)
