from __future__ import annotations

import logging

import numpy as np
import pytest
from pyspark.errors import AnalysisException, ParseException
from pyspark.ml.evaluation import ClusteringEvaluator
from pyspark.ml.feature import StandardScaler, VectorAssembler
from pyspark.sql import functions as F
from sklearn.metrics import adjusted_rand_score

from sparkfl.models.types import ALL_TYPES
from sparkfl.serving.catalog import load, registry
from sparkfl.sqlext.statements.show_models import MODELS

CREATE = """CREATE MODEL {name} TRANSFORM (vector_assembler(array(x, y)) features)
OPTIONS (MODEL_TYPE = '{type}', NUM_CLUSTERS = 3, SEED = 1) AS SELECT x, y FROM blobs"""


@pytest.fixture(scope="module", autouse=True)
def blobs(spark, own_registry):
    """Three groups of 60 rows around (-4, 0), (4, 0) and (0, 6), centred on zero."""
    rng = np.random.default_rng(0)
    centres = np.array([[-4.0, 0.0], [4.0, 0.0], [0.0, 6.0]])
    rows = np.repeat(centres, 60, axis=0) + rng.normal(size=(180, 2))
    rows -= rows.mean(axis=0)
    group = np.repeat([0, 1, 2], 60)
    frame = [(i, int(group[i]), float(x), float(y)) for i, (x, y) in enumerate(rows)]
    spark.createDataFrame(frame, "id int, group int, x double, y double").createOrReplaceTempView(
        "blobs"
    )
    yield
    spark.catalog.dropTempView("blobs")


@pytest.fixture(scope="module", params=["bisecting_kmeans", "kmeans", "gaussian_mixture"])
def model(request, spark):
    name = f"m_{request.param}"
    create = CREATE.format(name=name, type=request.param)
    row = spark.sql(create.replace("MODEL", "MODEL IF NOT EXISTS", 1)).first()
    assert (row.model_name, row.version) == (name, 1)
    return name


@pytest.fixture(scope="module")
def kmeans(spark):
    """One model, for what is the same for every type."""
    create = CREATE.format(name="m_kmeans", type="kmeans")
    return spark.sql(create.replace("MODEL", "MODEL IF NOT EXISTS", 1)).first().model_name


def test_finds_the_groups(spark, model):
    rows = spark.sql(f"SELECT * FROM model_predict({model}, 1, SELECT * FROM blobs)").collect()
    assert rows[0].__fields__ == ["id", "group", "x", "y", "prediction"]
    assert len(rows) == 180
    assert adjusted_rand_score([r.group for r in rows], [r.prediction for r in rows]) > 0.95


def test_silhouette_equals_mllib(spark, model):
    scored = spark.sql(f"SELECT * FROM model_predict({model}, 1, SELECT * FROM blobs)")
    assembled = VectorAssembler(inputCols=["x", "y"], outputCol="features").transform(scored)
    expected = ClusteringEvaluator().evaluate(assembled)
    got = spark.sql(f"SELECT * FROM model_evaluate({model}, 1, SELECT x, y FROM blobs)").collect()
    assert [r.silhouette for r in got] == [pytest.approx(expected, abs=1e-9)]


def test_bisecting_kmeans_assigns_to_the_nearest_centre(spark):
    model = "m_bisecting_kmeans"
    create = CREATE.format(name=model, type="bisecting_kmeans")
    spark.sql(create.replace("MODEL", "MODEL IF NOT EXISTS", 1))
    served = load(spark, registry(spark).get(model, 1))
    centres = np.array(served.pipeline.stages[-1].clusterCenters())
    rows = np.array(spark.table("blobs").select("x", "y").collect())
    nearest = ((rows[:, None, :] - centres) ** 2).sum(axis=2).argmin(axis=1)
    scored = spark.sql(f"SELECT prediction FROM model_predict({model}, 1, TABLE(blobs))")
    assert [r.prediction for r in scored.collect()] == nearest.tolist()


@pytest.mark.parametrize(
    "query",
    [
        "WITH b AS (SELECT x, y FROM blobs) SELECT * FROM b",
        "VALUES (0.0D, 1.0D) AS t(x, y)",
        "FROM blobs SELECT x, y",
        "(SELECT x, y FROM blobs)",
        "TABLE(blobs)",
        "TABLE(SELECT x, y FROM blobs)",
    ],
)
def test_every_form_of_query_anywhere(spark, kmeans, query):
    call = f"model_predict({kmeans}, latest, {query})"
    count = spark.sql(f"SELECT * FROM {call}").count()
    nested = f"WITH p AS (SELECT * FROM {call}) SELECT count(*) n FROM p JOIN {call} q USING (x, y)"
    assert spark.sql(nested).first().n == count
    spark.sql(f"CREATE OR REPLACE TEMP VIEW v AS SELECT prediction FROM {call} WHERE x > -100")
    assert spark.table("v").count() == count


def test_scaled_features_and_hidden_columns(spark):
    spark.sql(
        """CREATE MODEL scaled TRANSFORM (vector_assembler(x, y) raw, vector_assembler(id) unused,
        standard_scaler(raw, true, true) AS features)
        OPTIONS (TYPE = 'gaussian_mixture', K = 3) AS SELECT x, y, id FROM blobs"""
    )
    query = "SELECT * FROM model_predict(scaled, 1, SELECT x, y, x AS features FROM blobs)"
    assert spark.sql(query).columns == ["x", "y", "features", "prediction"]
    spark.sql("SET advanced_statistics_show_hidden_fields = true")
    try:
        hidden = spark.sql(query)
        assert hidden.columns == ["x", "y", "features", "prediction", "probability"]
        assert np.allclose([sum(r.probability) for r in hidden.collect()], 1.0)
    finally:
        spark.sql("RESET advanced_statistics_show_hidden_fields")
    scaler = load(spark, registry(spark).get("scaled", 1)).pipeline.stages[1]
    assembled = VectorAssembler(inputCols=["x", "y"], outputCol="v").transform(spark.table("blobs"))
    expected = StandardScaler(inputCol="v", outputCol="s", withMean=True).fit(assembled)
    assert np.allclose(scaler.std.toArray(), expected.std.toArray())


def test_without_transform_null_becomes_the_mean(spark):
    spark.sql(
        "CREATE MODEL auto OPTIONS (MODEL_TYPE = 'kmeans', NUM_CLUSTERS = 2) AS "
        "SELECT if(id = 0, NULL, x) AS x, y FROM blobs"
    )
    mean = spark.table("blobs").where("id > 0").agg(F.avg("x")).first()[0]
    got = spark.sql(
        "SELECT prediction FROM model_predict(auto, 1, "
        f"SELECT CAST(NULL AS DOUBLE) x, 1D y UNION ALL SELECT {mean!r}D, 1D)"
    ).collect()
    assert got[0].prediction == got[1].prediction
    with pytest.raises(AnalysisException, match="m map<string,double>"):
        spark.sql("CREATE MODEL no OPTIONS (TYPE = 'kmeans') AS SELECT x, map('a', y) m FROM blobs")


def test_invalid_values(spark):
    dirty = "SELECT CASE id WHEN 0 THEN NULL WHEN 1 THEN double('NaN') ELSE x END x, y FROM blobs"
    sql = CREATE.format(name="dirty", type="kmeans").replace("SELECT x, y FROM blobs", dirty)
    with pytest.raises(AnalysisException, match=r"x: 2 of 180 rows.*HANDLE_INVALID"):
        spark.sql(sql)
    spark.sql(sql.replace("SEED = 1", "HANDLE_INVALID = 'skip'"))
    rows = spark.sql(f"SELECT * FROM model_predict(dirty, 1, {dirty})").collect()
    assert sum(r.prediction is None for r in rows) == 2
    evaluated = spark.sql(f"SELECT * FROM model_evaluate(dirty, 1, {dirty})").first()
    assert evaluated.silhouette > 0.5


def test_columns_go_by_name_then_by_position(spark, kmeans, caplog):
    by_name = (
        f"SELECT prediction FROM model_predict({kmeans}, 1, SELECT y, X FROM blobs ORDER BY id)"
    )
    moved = (
        f"SELECT * FROM model_predict({kmeans}, 1, SELECT x AS a, y AS b FROM blobs ORDER BY id)"
    )
    with caplog.at_level(logging.WARNING, "sparkfl"):
        by_position = spark.sql(moved)
    assert "a as x, b as y" in caplog.text
    assert by_position.columns == ["a", "b", "prediction"]
    expected = [r.prediction for r in spark.sql(by_name).collect()]
    assert [r.prediction for r in by_position.collect()] == expected
    with pytest.raises(AnalysisException, match=r"Expected: x double, y double\. Got: x double, b"):
        spark.sql(f"SELECT * FROM model_predict({kmeans}, 1, SELECT x, y AS b FROM blobs)")


def test_versions_are_never_reused(spark):
    quick = "KMEANS_INIT_METHOD = 'random', MAX_ITERATIONS = 1, SEED"
    sql = CREATE.format(name="versioned", type="kmeans").replace("SEED", quick)
    spark.sql(sql)
    with pytest.raises(AnalysisException, match="OR REPLACE") as error:
        spark.sql(sql)
    assert error.value.getCondition() == "SPARKFL_MODEL_ALREADY_EXISTS"
    kept = spark.sql(sql.replace("MODEL", "MODEL IF NOT EXISTS", 1)).first()
    assert kept.version == 1
    assert spark.sql(sql.replace("CREATE", "CREATE OR REPLACE", 1)).first().version == 2
    assert spark.sql("UPDATE MODEL versioned AS SELECT x, y FROM blobs").first().version == 3
    shown = spark.sql("SHOW MODEL VERSIONS versioned").collect()
    assert [(r.version, r.replaced_by) for r in shown] == [(3, None), (2, None), (1, 2)]
    spark.sql("DROP MODEL versioned 3")
    incremental = "UPDATE MODEL versioned OPTIONS (INCREMENTAL = TRUE) AS SELECT x, y FROM blobs"
    with pytest.raises(AnalysisException, match="INCREMENTAL = true, but the model is a kmeans"):
        spark.sql(incremental)
    assert spark.sql("UPDATE MODEL versioned AS SELECT x, y FROM blobs").first().version == 4
    spark.sql("DROP MODEL versioned")
    assert "versioned" not in [r.model_name for r in spark.sql("SHOW MODELS").collect()]
    with pytest.raises(AnalysisException, match="versioned"):
        spark.sql("DROP MODEL versioned")
    assert spark.sql("DROP MODEL IF EXISTS versioned").collect() == []
    assert spark.sql(sql).first().version == 5


def test_show_and_describe(spark, kmeans):
    row = next(r for r in spark.sql("SHOW MODELS").collect() if r.model_name == kmeans)
    assert row.__fields__ == MODELS.names
    assert row.source == "SELECT x, y FROM blobs"
    assert row.transform == "vector_assembler(array(x, y)) features"
    described = {r.info_name: r.info_value for r in spark.sql(f"DESC MODEL {kmeans} 1").collect()}
    assert described["model_id"] == row.model_id
    assert described["uri"] == f"models:/{kmeans}/1"
    assert spark.sql(f"DESC MODEL {kmeans} latest").count() == len(described)
    scored = spark.sql(f"SELECT * FROM model_predict({kmeans}, latest, TABLE(blobs))")
    assert scored.count() == 180


def test_describe_model_is_sparks_where_a_table_model_has_the_column(spark):
    spark.sql("CREATE TEMP VIEW model AS SELECT 1 AS seats")
    try:
        rows = spark.sql("DESCRIBE MODEL seats").collect()
        assert ("col_name", "seats") in [tuple(r) for r in rows]
        with pytest.raises(AnalysisException, match="doors"):
            spark.sql("DESCRIBE MODEL doors")
    finally:
        spark.catalog.dropTempView("model")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            ("'kmeans'", "'kmedoids'"),
            f"'kmedoids'.*{', '.join(map(repr, sorted(ALL_TYPES)))}",
        ),
        (("MODEL_TYPE = 'kmeans', ", ""), "no MODEL_TYPE.*'bisecting_kmeans'"),
        (("SEED", "SEEDS"), "no option SEEDS; did you mean SEED"),
        (("= 3", "= 'three'"), "NUM_CLUSTERS must be an integer of at least 2; got 'three'"),
        (("= 3", "= 1000"), "NUM_CLUSTERS = 1000, but there are 180 rows"),
        (("array(x, y)", "array(x, z)"), "Missing column 'z'.*the query has: x, y"),
        (
            ("vector_assembler", "vector_assembly"),
            "no transformer vector_assembly.*vector_assembler",
        ),
        (("SELECT x, y", "SELECT x, 'a' AS y"), "y is a string; it takes"),
        (("FROM blobs", "FROM blobs WHERE x > 100"), "no rows"),
        (("FROM blobs", "FROM nowhere"), "nowhere"),
    ],
)
def test_errors_name_the_thing_and_the_remedy(spark, change, says):
    sql = CREATE.format(name="wrong", type="kmeans").replace(*change)
    with pytest.raises(AnalysisException, match=says) as error:
        spark.sql(sql)
    assert not any(w in str(error.value) for w in ("py4j", "Py4J", "Traceback", "\tat "))
    assert "wrong" not in [r.model_name for r in spark.sql("SHOW MODELS").collect()]


def test_unknown_model_version_and_taken_output_name(spark, kmeans):
    with pytest.raises(AnalysisException, match="nobody"):
        spark.sql("SELECT * FROM model_predict(nobody, 1, SELECT 1)")
    with pytest.raises(AnalysisException, match="9"):
        spark.sql(f"SELECT * FROM model_predict({kmeans}, 9, SELECT x, y FROM blobs)")
    with pytest.raises(AnalysisException, match="Rename it or leave it out"):
        spark.sql(f"SELECT * FROM model_predict({kmeans}, 1, SELECT *, 1 AS prediction FROM blobs)")


def test_syntax_error_has_its_position(spark):
    with pytest.raises(ParseException, match=r"line 2, pos 13"):
        spark.sql("CREATE MODEL m\nOPTIONS (a=1 AS SELECT 1")
    with pytest.raises(ParseException, match=r"line 2, pos 9"):
        spark.sql("CREATE MODEL m OPTIONS (MODEL_TYPE = 'kmeans') AS SELECT 1\nFROM t u v w")


def test_vectors_and_arrays_are_inputs(spark):
    spark.sql(
        "CREATE MODEL arrays TRANSFORM (vector_assembler(array(v, n)) f) OPTIONS (TYPE = 'kmeans') "
        "AS SELECT array(x, y) AS v, id AS n FROM blobs"
    )
    rows = spark.sql(
        "SELECT prediction FROM model_predict(arrays, 1, "
        "SELECT array(1D, 2D) v, 1 n UNION ALL SELECT NULL, 2 UNION ALL SELECT array(1D), 3)"
    ).collect()
    assert [r.prediction is None for r in rows] == [False, True, True]
    with pytest.raises(AnalysisException, match=r"v: 180 of 180 rows"):
        spark.sql(
            "CREATE MODEL ragged OPTIONS (TYPE = 'kmeans') TRANSFORM (vector_assembler(v) f) "
            "AS SELECT array(x, NULL) AS v FROM blobs"
        )


def test_temp_table_is_a_snapshot(spark):
    spark.sql("CREATE TEMP TABLE snap AS SELECT id, rand() AS r FROM blobs")
    assert spark.table("snap").collect() == spark.table("snap").collect()
    with pytest.raises(AnalysisException, match="OR REPLACE"):
        spark.sql("CREATE TEMPORARY TABLE snap AS SELECT 1 AS one")
    spark.sql("CREATE TEMP TABLE IF NOT EXISTS snap AS SELECT 1 AS one")
    assert spark.table("snap").columns == ["id", "r"]
    spark.sql("CREATE OR REPLACE TEMP TABLE snap AS SELECT id FROM snap WHERE id < 5")
    assert spark.table("snap").count() == 5
    assert not spark.newSession().catalog.tableExists("snap")
    spark.catalog.dropTempView("snap")


def test_explain_neither_trains_nor_scores(spark, model):
    tracker = spark.sparkContext.statusTracker()
    # The model is read when it is first meant.
    spark.sql(f"SELECT * FROM model_predict({model}, 1, TABLE(blobs))")
    spark.sparkContext.setJobGroup(f"explain {model}", "nothing may run")
    try:
        spark.sql("EXPLAIN " + CREATE.format(name="explained", type="kmeans")).collect()
        spark.sql(f"EXPLAIN SELECT * FROM model_predict({model}, 1, TABLE(blobs))").collect()
        assert len(tracker.getJobIdsForGroup(f"explain {model}")) == 0
    finally:
        spark.sparkContext.setLocalProperty("spark.jobGroup.id", None)
    assert "explained" not in [r.model_name for r in spark.sql("SHOW MODELS").collect()]


def test_a_silhouette_is_by_the_distance_of_the_model(spark):
    spark.sql(
        "CREATE OR REPLACE MODEL rays OPTIONS (MODEL_TYPE = 'kmeans', NUM_CLUSTERS = 2, SEED = 1, "
        "DISTANCE_TYPE = 'cosine') AS SELECT id % 9 + 1 x, (id % 9 + 1) * if(id % 2 = 0, 9, 0.1) y "
        "FROM range(60)"
    )
    (got,) = spark.sql(
        "SELECT * FROM model_evaluate(rays, 1, SELECT id % 9 + 1 x, "
        "(id % 9 + 1) * if(id % 2 = 0, 9, 0.1) y FROM range(60))"
    ).collect()
    assert got.silhouette == pytest.approx(1.0)


def test_one_cluster_has_no_silhouette(spark, model):
    one = f"SELECT * FROM model_evaluate({model}, 1, SELECT 4D x, 0D y FROM range(5))"
    assert spark.sql(one).first().silhouette is None


def test_a_filter_is_pushed_below_the_prediction(spark, model):
    plan = spark.sql(
        f"EXPLAIN SELECT * FROM model_predict({model}, 1, SELECT id, x, y FROM blobs) WHERE id = 7"
    ).first()[0]
    assert plan.count("Filter") <= 1
