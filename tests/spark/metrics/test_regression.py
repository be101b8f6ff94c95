from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from sparkfl.metrics.regression import regression


def test_figures_are_those_of_scikit_learn(spark):
    rng = np.random.default_rng(5)
    label = rng.normal(50.0, 20.0, 200)
    told = label + rng.normal(3.0, 5.0, 200)
    rows = [*zip(label.tolist(), told.tolist(), strict=True)]
    rows += [(None, 1.0), (1.0, None), (float("nan"), 1.0), (1.0, float("inf"))]
    df = spark.createDataFrame(rows, "`the label` double, told double")
    (got,) = regression(df, "The Label", "told").collect()
    assert got.asDict() == {
        "rmse": pytest.approx(metrics.root_mean_squared_error(label, told)),
        "mse": pytest.approx(metrics.mean_squared_error(label, told)),
        "mae": pytest.approx(metrics.mean_absolute_error(label, told)),
        "r2": pytest.approx(metrics.r2_score(label, told)),
        "explained_variance": pytest.approx(metrics.explained_variance_score(label, told)),
    }


def test_a_label_that_never_differs_explains_nothing(spark):
    df = spark.sql("VALUES (3, 4.0D), (3, 2.0D) AS t(label, prediction)")
    assert tuple(regression(df).first()) == (1.0, 1.0, 1.0, None, None)
    assert tuple(regression(df.limit(0)).first()) == (None,) * 5
