"""Types that learn from columns as they stand: MLlib called directly is the oracle."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from pyspark.errors import AnalysisException
from pyspark.ml.clustering import PowerIterationClustering
from pyspark.ml.evaluation import RegressionEvaluator
from pyspark.ml.fpm import FPGrowth, PrefixSpan
from pyspark.ml.recommendation import ALS
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from sparkfl.errors import ParameterError
from sparkfl.models.types import RELATION_TYPES

USERS, ITEMS = 12, 9


@pytest.fixture(scope="module")
def tables(spark: SparkSession, own_registry: str) -> Iterator[SparkSession]:
    rng = np.random.default_rng(1)
    ratings = [
        (f"user {u:02}", i, float(rng.integers(1, 6)), u)
        for u in range(USERS)
        for i in range(ITEMS)
        if (u + i) % 4
    ]
    frame = spark.createDataFrame(ratings, "who string, `the item` int, stars double, u int")
    frame.coalesce(1).createOrReplaceTempView("ratings")
    baskets = [(["a", "b", "c"],), (["a", "b"],), (["a", "c", "a"],), (["b"],), (None,)]
    spark.createDataFrame(baskets, "basket array<string>").createOrReplaceTempView("baskets")
    visits = [([[1, 2], [3]],), ([[1], [3, 2], [1, 2]],), ([[1, 2], [5]],), ([[6]],)]
    spark.createDataFrame(visits, "visits array<array<int>>").createOrReplaceTempView("visits")
    edges = [(f"n{a}", f"n{b}", 1.0) for g in (0, 5) for a in range(g, g + 5) for b in range(g, a)]
    edges.append(("n0", "n5", 0.05))
    spark.createDataFrame(edges, "a string, b string, w double").createOrReplaceTempView("edges")
    spark.sql(
        "CREATE MODEL stars OPTIONS (TYPE = 'als', USER_COL = who, ITEM_COL = `the item`, "
        "RATING_COL = stars, RANK = 3, MAX_ITER = 5, SEED = 7) AS TABLE ratings"
    )
    spark.sql(
        "CREATE MODEL together OPTIONS (TYPE = 'fp_growth', ITEMS_COL = basket, MIN_SUPPORT = 0.4, "
        "MIN_CONFIDENCE = 0.5) AS TABLE baskets"
    )
    yield spark
    for view in ("ratings", "baskets", "visits", "edges"):
        spark.catalog.dropTempView(view)


@pytest.fixture(scope="module")
def direct(tables: SparkSession) -> object:
    als = ALS(userCol="u", itemCol="the item", ratingCol="stars", rank=3, maxIter=5, seed=7)
    return als.fit(tables.table("ratings"))


def test_ratings_are_mllibs(tables: SparkSession, direct: object) -> None:
    expected = direct.transform(tables.table("ratings"))
    found = tables.sql("SELECT * FROM model_predict(stars, latest, TABLE(ratings))")
    key = ["who", "the item"]
    both = found.toPandas().merge(expected.toPandas(), on=key)
    np.testing.assert_allclose(both.prediction_x, both.prediction_y, rtol=1e-5)
    judged = tables.sql("SELECT rmse FROM model_evaluate(stars, 1, TABLE(ratings))").first()
    evaluator = RegressionEvaluator(labelCol="stars", predictionCol="prediction")
    assert judged is not None
    assert judged.rmse == pytest.approx(evaluator.evaluate(expected), rel=1e-5)


def test_recommendations_are_mllibs(tables: SparkSession, direct: object) -> None:
    found = tables.sql("SELECT * FROM model_recommend(stars, 1, 4)")
    assert found.columns == ["who", "the item", "predicted_rating", "place"]
    expected = {
        f"user {row.u:02}": [r["the item"] for r in row.recommendations]
        for row in direct.recommendForAllUsers(4).collect()
    }
    told: dict[str, list[int]] = {}
    for row in found.orderBy("who", "place").collect():
        told.setdefault(row.who, []).append(row["the item"])
    assert told == expected


def test_many_iterations_need_a_place_for_checkpoints(tables: SparkSession) -> None:
    """Without one the stack of Java overflows, which ends a local Spark."""
    options = "TYPE = 'als', USER = who, ITEM = `the item`, RATING = stars, MAX_ITER"
    tables.sql(f"CREATE MODEL long OPTIONS ({options} = 40) AS TABLE ratings")
    frame = tables.createDataFrame([("a", 1, 2.0)], "userCol string, itemCol int, ratingCol double")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(tables.conf), "get", lambda _self, _key, default=None: default)
        with pytest.raises(ParameterError, match=r"MAX_ITER = 6.*spark\.checkpoint\.dir"):
            RELATION_TYPES["als"].fit(frame, {"maxIter": 6})


def test_who_is_not_known_has_no_rating(tables: SparkSession) -> None:
    row = tables.sql(
        "SELECT ml_predict('stars', 'nobody', 1) a, ml_predict('stars', 'user 01', 99) b, "
        "ml_predict('stars', NULL, 1) c, ml_predict('stars', 'user 01', 1) d"
    ).first()
    assert row is not None
    assert (row.a, row.b, row.c) == (None, None, None)
    assert 0 < row.d < 7


def test_rules_are_mllibs(tables: SparkSession) -> None:
    items = tables.table("baskets").dropna().select(F.array_distinct("basket").alias("items"))
    fitted = FPGrowth(minSupport=0.4, minConfidence=0.5).fit(items)
    expected = {tuple(map(str, row)) for row in fitted.associationRules.collect()}
    found = tables.sql("SELECT * FROM model_rules(together)")
    assert {tuple(map(str, row)) for row in found.collect()} == expected
    told = tables.sql("SELECT * FROM model_predict(together, 1, TABLE(baskets))").collect()
    assert told[-1].prediction is None
    followed = fitted.transform(items).collect()
    assert [set(r.prediction) for r in told[:-1]] == [set(r.prediction) for r in followed]


def test_sequences_are_mllibs(tables: SparkSession) -> None:
    tables.sql(
        "CREATE MODEL orders OPTIONS (TYPE = 'prefix_span', SEQUENCE_COL = visits, MIN_SUPPORT = "
        "0.5) AS TABLE visits"
    )
    rows = tables.sql("SELECT CAST(visits AS array<array<string>>) sequence FROM visits")
    direct = PrefixSpan(minSupport=0.5).findFrequentSequentialPatterns(rows).collect()
    found = tables.sql("SELECT * FROM model_rules(orders)").collect()
    assert {(str(r.sequence), r.freq) for r in found} == {(str(r.sequence), r.freq) for r in direct}
    assert {r.support for r in found} == {r.freq / 4 for r in found}
    with pytest.raises(AnalysisException, match="model_predict cannot be asked of 'orders'"):
        tables.sql("SELECT * FROM model_predict(orders, 1, TABLE(visits))")


def test_graphs_are_cut_as_mllib_does(tables: SparkSession) -> None:
    tables.sql(
        "CREATE MODEL graph OPTIONS (TYPE = 'power_iteration_clustering', SRC_COL = a, "
        "DST_COL = b, WEIGHT_COL = w, K = 2, MAX_ITER = 20, INIT_MODE = 'degree') AS TABLE edges"
    )
    numbers = tables.sql(
        "SELECT CAST(substr(a, 2) AS LONG) src, CAST(substr(b, 2) AS LONG) dst, w FROM edges"
    )
    direct = PowerIterationClustering(k=2, maxIter=20, initMode="degree", weightCol="w")
    expected = {f"n{r.id}": r.cluster for r in direct.assignClusters(numbers).collect()}
    found = tables.sql(
        "SELECT * FROM model_predict(graph, 1, SELECT concat('n', id) a FROM range(11))"
    )
    assert {r.a: r.prediction for r in found.collect()} == {**expected, "n10": None}
    sizes = tables.sql("SELECT * FROM model_clusters(graph)").collect()
    assert sorted(r.n for r in sizes) == sorted(
        sum(c == k for c in expected.values()) for k in set(expected.values())
    )


def test_they_are_trained_again(tables: SparkSession) -> None:
    tables.sql("REFRESH MODEL together")
    first, second = (
        sorted(map(str, tables.sql(f"SELECT * FROM model_rules(together, {v})").collect()))
        for v in (1, 2)
    )
    assert first == second


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("OPTIONS (TYPE = 'als', USER = who, ITEM = who, RATING = stars) AS TABLE ratings",
         "different columns"),
        ("OPTIONS (TYPE = 'als', USER = who, ITEM = u) AS TABLE ratings", "needs RATING_COL"),
        ("OPTIONS (TYPE = 'als', USER = who, ITEM = u, RATING = who) AS TABLE ratings",
         "RATING = 'who' is string; it must be a number"),
        ("OPTIONS (TYPE = 'als', USER = who, ITEM = u, RATING = stars, RANK = 0) AS TABLE ratings",
         "RANK must be"),
        ("OPTIONS (TYPE = 'fp_growth', ITEMS = u) AS TABLE ratings", "must be an array"),
        ("OPTIONS (TYPE = 'fp_growth', ITEMS = basket) AS SELECT * FROM baskets LIMIT 0",
         "nothing to learn from"),
        ("PARTITION BY who OPTIONS (TYPE = 'als', USER = who, ITEM = u, RATING = stars) "
         "AS TABLE ratings", "leave PARTITION BY out"),
        ("TRANSFORM (vector_assembler(u) f) OPTIONS (TYPE = 'als', USER = who, ITEM = u, RATING = "
         "stars) AS TABLE ratings", "leave TRANSFORM out"),
        ("OPTIONS (TYPE = 'als', USER = who, ITEM = u, RATING = stars, NUM_TRIALS = 2) "
         "AS TABLE ratings", "nothing says what to search"),
    ],
)  # fmt: skip
def test_refuses(tables: SparkSession, statement: str, says: str) -> None:
    with pytest.raises(AnalysisException, match=says):
        tables.sql(f"CREATE MODEL refused {statement}")
