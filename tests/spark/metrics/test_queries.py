"""Metrics of rankings, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from pyspark.sql import SparkSession
from sklearn.metrics import average_precision_score, ndcg_score

from sparkfl.metrics.queries import queries


@pytest.mark.parametrize("ties", [False, True])
def test_means_over_queries(spark: SparkSession, ties: bool) -> None:
    rng = np.random.default_rng(5)
    rows = [
        (shop, query, float(rng.integers(0, 4)), float(np.round(rng.normal(), 0 if ties else 9)))
        for shop in ("a", "b.c")
        for query in range(15)
        for _ in range(int(rng.integers(2, 30)))
    ]
    rows += [("a", 99, 0.0, 1.0), ("a", 99, 0.0, 2.0), ("a", None, 3.0, 1.0)]
    rows += [("b.c", 3, None, 1.0), ("b.c", 3, 2.0, float("nan"))]
    df = spark.createDataFrame(rows, "`the shop` string, q int, relevance double, score double")
    told = queries(df, "q", "relevance", "score", ["the shop"]).collect()
    assert len(told) == 2
    for row in told:
        own = [r for r in rows if r[0] == row["the shop"] and None not in r and r[3] == r[3]]
        ndcg, precision = [], []
        for query in {r[1] for r in own} - {99}:
            relevance = np.array([[r[2] for r in own if r[1] == query]])
            score = np.array([[r[3] for r in own if r[1] == query]])
            if relevance.any():
                ndcg.append(ndcg_score(relevance, score))
                precision.append(average_precision_score(relevance[0] > 0, score[0]))
        assert row.ndcg == pytest.approx(np.mean(ndcg))
        assert row.map == pytest.approx(np.mean(precision))


def test_no_row_has_no_rank(spark: SparkSession) -> None:
    row = queries(spark.sql("VALUES (1, 1D, 1D) LIMIT 0"), "col1", "col2", "col3").first()
    assert row is not None
    assert (row.ndcg, row.map) == (None, None)
