from __future__ import annotations

import numpy as np
import pytest
from chispa import assert_df_equality
from pyspark.errors import AnalysisException

from sparkfl import FederatedClustering
from sparkfl.federation.evaluation import evaluate
from sparkfl.federation.schemas import PREDICTION
from sparkfl.serving.catalog import load, registry

CREATE = """CREATE FEDERATED MODEL {name} PARTITION BY shop
TRANSFORM (vector_assembler(array(a, b)) features)
OPTIONS (MODEL_TYPE = 'kmeans', NUM_CLUSTERS = 2, SEED = 3, GLOBAL_NUM_CLUSTERS = 3,
         GLOBAL_SEED = 4, MIN_CLUSTER_SIZE = 5, SCALING = 'federation', CONTAMINATION = 0.1)
AS SELECT shop, a, b, id FROM rows_of_shops"""
OUTPUTS = PREDICTION.names


@pytest.fixture(scope="module", autouse=True)
def shops(spark, own_registry):
    """Three shops of two groups of 40 customers, and one shop of 2."""
    rng = np.random.default_rng(1)
    rows = []
    for shop in ("north", "south", "west"):
        for centre in ((0.0, 0.0), (5.0, 3.0)):
            points = rng.normal(centre, 1.0, size=(40, 2))
            rows += [(shop, float(a), float(b)) for a, b in points]
    rows += [("kiosk", 1.0, 1.0), ("kiosk", 2.0, 2.0)]
    frame = [(i, *row) for i, row in enumerate(rows)]
    df = spark.createDataFrame(frame, "id int, shop string, a double, b double")
    df.createOrReplaceTempView("rows_of_shops")
    yield df
    spark.catalog.dropTempView("rows_of_shops")


@pytest.fixture(scope="module")
def fitted(spark, shops):
    """The same model by the Python API, and its SQL twin `fed` registered."""
    created = spark.sql(CREATE.format(name="fed")).first()
    assert (created.model_name, created.version) == ("fed", 1)
    return FederatedClustering(
        storeCol="shop",
        inputCols=["a", "b"],
        algorithm="kmeans",
        k=2,
        seed=3,
        globalK=3,
        globalSeed=4,
        minClusterSize=5,
        contamination=0.1,
    ).fit(shops)


def test_model_predict_gives_what_transform_gives(spark, shops, fitted):
    got = spark.sql("SELECT * FROM model_predict(fed, 1, SELECT * FROM rows_of_shops)")
    assert got.columns == ["id", "shop", "a", "b", *OUTPUTS]
    assert_df_equality(got, fitted.transform(shops), ignore_row_order=True, ignore_nullable=True)
    unseen = spark.sql(
        "SELECT * FROM model_predict(fed, 1, SELECT 'new' AS shop, 1D AS a, 1D AS b)"
    ).first()
    assert unseen.local_prediction is None
    assert unseen.prediction is not None


def test_columns_of_other_names_go_by_position(spark, fitted, caplog):
    renamed = "SELECT shop AS city, a AS x, b AS y FROM rows_of_shops"
    with caplog.at_level("WARNING", "sparkfl"):
        got = spark.sql(f"SELECT * FROM model_predict(fed, 1, {renamed})")
    assert "city as shop, x as a, y as b" in caplog.text
    assert got.columns == ["city", "x", "y", *OUTPUTS]
    expected = spark.sql(
        "SELECT shop AS city, a AS x, b AS y, * EXCEPT (shop, a, b) "
        "FROM model_predict(fed, 1, SELECT shop, a, b FROM rows_of_shops)"
    )
    assert_df_equality(got, expected, ignore_row_order=True)
    with pytest.raises(AnalysisException, match="Expected: shop string, a double, b double"):
        spark.sql("SELECT * FROM model_predict(fed, 1, SELECT shop, a FROM rows_of_shops)")


def test_model_evaluate_gives_what_evaluate_gives(spark, shops, fitted):
    got = spark.sql("SELECT * FROM model_evaluate(fed, latest, SELECT * FROM rows_of_shops)")
    expected = evaluate(fitted, shops)
    assert got.columns == ["shop", "rows", "local_silhouette", "global_silhouette", "agreement"]
    assert_df_equality(got, expected, ignore_row_order=True, ignore_nullable=True)
    assert {r.shop for r in got.collect()} == {"north", "south", "west", "kiosk"}


def test_rows_of_a_random_query_are_judged_once(spark, fitted):
    """Assigned by one draw and judged by another, half the rows would be in the wrong cluster."""
    drawn = "SELECT shop, IF(rand() < 0.5, -1000D, 1000D) AS a, b FROM rows_of_shops"
    rows = spark.sql(f"SELECT * FROM model_evaluate(fed, 1, {drawn})").collect()
    found = [row.local_silhouette for row in rows if row.shop != "kiosk"]
    assert len(found) == 3
    assert min(found) > 0.9


def test_update_keeps_options_and_features(spark, fitted):
    row = spark.sql("UPDATE MODEL fed AS SELECT shop, a, b FROM rows_of_shops").first()
    assert row.version == 2
    one, two = (
        spark.sql(f"SELECT * FROM model_predict(fed, {v}, SELECT * FROM rows_of_shops)")
        for v in (1, 2)
    )
    assert_df_equality(one, two, ignore_row_order=True)
    models = spark.sql("SHOW MODELS").collect()
    assert [(m.model_name, m.version, m.type) for m in models] == [
        ("fed", 2, "federated_clustering")
    ]


def test_two_columns_of_one_name_are_refused_by_it(spark, shops):
    create = CREATE.format(name="twice").replace("SELECT shop, a, b, id", "SELECT shop, a, b AS a")
    with pytest.raises(AnalysisException, match="Column 'a' is there twice; give one of them"):
        spark.sql(create)
    plain = create.replace("TRANSFORM (vector_assembler(array(a, b)) features)\n", "")
    with pytest.raises(AnalysisException, match=r"has two columns 'a'\. Leave one out, or give it"):
        spark.sql(plain)


def test_an_incremental_update_trains_the_stores_that_changed(spark, shops):
    spark.sql(CREATE.format(name="kept"))
    more = "SELECT shop, a, b, id FROM rows_of_shops UNION ALL SELECT 'north', 9D, 9D, 0"
    update = f"UPDATE MODEL kept OPTIONS (INCREMENTAL = TRUE) AS {more}"
    assert spark.sql(update).first().version == 2
    entry, model = registry(spark).get("kept"), load(spark, registry(spark).get("kept", 2))
    changes = {r["store"]: r["change"] for r in model.data.tables["changes"].to_pylist()}
    assert changes == {"kiosk": "kept", "north": "retrained", "south": "kept", "west": "kept"}
    assert "INCREMENTAL" not in entry.options
    again = update.replace("(INCREMENTAL", "(MODEL_TYPE = 'bisecting_kmeans', INCREMENTAL")
    with pytest.raises(AnalysisException, match="another value of MODEL_TYPE"):
        spark.sql(again)
    with pytest.raises(AnalysisException, match="no option INCREMENTL; did you mean INCREMENTAL"):
        spark.sql(update.replace("INCREMENTAL", "INCREMENTL"))
    with pytest.raises(AnalysisException, match="INCREMENTAL must be true or false"):
        spark.sql(update.replace("TRUE", "'some'"))
    assert registry(spark).get("kept").version == 2
    spark.sql("DROP MODEL kept")


def test_without_transform_all_numbers_are_features(spark):
    spark.sql(
        "CREATE FEDERATED MODEL auto PARTITION BY shop OPTIONS (MODEL_TYPE = 'bisecting_kmeans') "
        "AS SELECT shop, a, b FROM rows_of_shops"
    )
    described = {r.info_name: r.info_value for r in spark.sql("DESCRIBE MODEL auto").collect()}
    assert described["fields"] == "shop string, a double, b double"
    spark.sql("DROP MODEL auto")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("'kmeans'", "'dbscan'"), "dbscan"),
        (
            ("PARTITION BY shop", "PARTITION BY city"),
            "Missing column 'city'. PARTITION BY: .*shop, a, b, id",
        ),
        (("MIN_CLUSTER_SIZE = 5", "MIN_CLUSTER_SIZE = 1"), "minClusterSize|MIN_CLUSTER_SIZE"),
        (("CONTAMINATION = 0.1", "CONTAMINATION = 0.9"), "contamination|CONTAMINATION"),
        (("array(a, b)", "array(a, shop)"), "shop"),
        (("MIN_CLUSTER_SIZE = 5", "MIN_CLUSTER_SIZE = 500"), "500|released|too_small"),
    ],
)
def test_errors(spark, change, says):
    with pytest.raises(AnalysisException, match=says):
        spark.sql(CREATE.format(name="wrong").replace(*change))
