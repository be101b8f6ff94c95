"""Federated models in SQL over rows that are not what one would like them to be."""

from __future__ import annotations

import mlflow.pyfunc
import numpy as np
import pytest
from mlflow_address import mlflow_at
from pyspark.errors import AnalysisException

from sparkfl.serving import catalog
from sparkfl.serving.catalog import registry

CREATE = """CREATE OR REPLACE FEDERATED MODEL strange PARTITION BY {store} {transform}
OPTIONS (MODEL_TYPE = 'kmeans', NUM_CLUSTERS = 2, GLOBAL_NUM_CLUSTERS = 2{options}) AS {query}"""


def create(spark, query, options="", store="shop", transform=""):
    options = f", {options}" if options else ""
    text = CREATE.format(store=store, transform=transform, options=options, query=query)
    return spark.sql(text).first()


def load(uri, made):
    with mlflow_at(uri):
        return mlflow.pyfunc.load_model(f"models:/{made.model_name}/{made.version}")


@pytest.fixture(scope="module", autouse=True)
def rows(spark, tmp_path_factory, mlflow_database):
    """Two shops of two groups of 30, a shop of 3 and one whose customers have no `orders`."""
    uri = mlflow_database(tmp_path_factory.mktemp("strange"))
    spark.conf.set("spark.sparkfl.trackingUri", uri)
    rng = np.random.default_rng(2)
    made = [
        (shop, float(centre + rng.normal()), int(centre) + i % 4)
        for shop in ("north", "süd")
        for centre in (0.0, 50.0)
        for i in range(30)
    ]
    made += [("kiosk", 1.0, 1)] * 3 + [("empty", float(i), None) for i in range(30)]
    made += [("north", None, 1), ("north", float("nan"), 1), ("süd", float("inf"), 2)]
    df = spark.createDataFrame(made, "shop string, spend double, orders int")
    df.createOrReplaceTempView("strange_rows")
    yield uri
    spark.sql("DROP MODEL IF EXISTS strange")
    spark.catalog.dropTempView("strange_rows")
    spark.conf.unset("spark.sparkfl.trackingUri")


def test_an_invalid_value_is_an_error_that_names_columns_counts_and_stores(spark):
    with pytest.raises(AnalysisException) as error:
        create(spark, "SELECT * FROM strange_rows")
    text = str(error.value)
    for told in ("spend", "orders", "3", "30", "north", "süd", "empty", "HANDLE_INVALID"):
        assert told in text
    assert not registry(spark).exists("strange")


def test_rows_left_out_are_counted_and_stores_without_a_model_named(spark):
    made = create(spark, "SELECT * FROM strange_rows", "HANDLE_INVALID = 'skip'")
    assert (made.stores, made.stores_without_model) == (4, 2)
    told = {r.shop: r for r in spark.sql("SELECT * FROM model_verdicts(strange, 1)").collect()}
    assert {shop: row.verdict for shop, row in told.items()} == {
        "north": "ok",
        "süd": "ok",
        "kiosk": "too_small",
        "empty": "too_small",
    }
    left_out = {shop: row.skipped_rows for shop, row in told.items()}
    assert left_out == {"north": 2, "süd": 1, "kiosk": 0, "empty": 30}
    update = spark.sql("UPDATE MODEL strange AS SELECT * FROM strange_rows WHERE shop = 'north'")
    assert tuple(update.first())[-2:] == (1, 0)
    predicted = spark.sql(
        "SELECT shop, prediction FROM model_predict(strange, 1, SELECT * FROM strange_rows) "
        "WHERE NOT (isnotnull(orders) AND spend < 1000)"
    )
    assert {row.prediction for row in predicted.collect()} == {None}


def test_what_others_have_cached_stays_cached(spark):
    spark.sql("CACHE TABLE kept_rows AS SELECT * FROM strange_rows")
    try:
        for query in ("SELECT * FROM kept_rows", "TABLE kept_rows", "FROM kept_rows"):
            create(spark, query, "HANDLE_INVALID = 'skip'")
            assert spark.catalog.isCached("kept_rows")
    finally:
        spark.sql("UNCACHE TABLE kept_rows")


NESTED = """SELECT shop AS store_id,
named_struct('Spend', spend, 'more', named_struct('orders', orders)) AS Rfm,
array(spend, double(orders)) AS pair, decimal(round(spend, 2)) AS money FROM strange_rows
WHERE shop IN ('north', 'süd') AND spend < 1000"""


@pytest.mark.parametrize(
    ("columns", "features"),
    [
        ("rfm.spend, rfm.more.orders", ["Rfm.Spend", "Rfm.more.orders"]),
        ("pair", ["pair[0]", "pair[1]"]),
        ("MONEY, PAIR", ["money", "pair[0]", "pair[1]"]),
    ],
)
def test_nested_fields_and_arrays_are_features_by_name(spark, rows, columns, features):
    transform = f"TRANSFORM (vector_assembler(array({columns})) f)"
    made = create(spark, NESTED, store="STORE_ID", transform=transform)
    centres = spark.sql(f"SELECT * FROM model_centroids(strange, {made.version})").collect()
    assert [r.feature for r in centres if r.centroid_id == 0] == features
    query = f"SELECT *, 7 AS passenger FROM ({NESTED})"
    predicted = spark.sql(f"SELECT * FROM model_predict(strange, {made.version}, {query})")
    assert {row.local_prediction for row in predicted.collect()} == {0, 1}
    frame = spark.sql(NESTED).toPandas()
    scored = load(rows, made).predict(frame)
    assert scored["prediction"].tolist() == [r.prediction for r in predicted.collect()]


def test_a_pandas_frame_may_have_wider_integers_and_holes(spark, rows):
    query = "SELECT INT(length(shop)) AS shop, INT(spend) AS spend, orders FROM strange_rows"
    made = create(spark, f"{query} WHERE spend < 1000 AND orders IS NOT NULL")
    frame = (
        spark.sql(f"{query} WHERE spend < 1000")
        .toPandas()
        .head(3)
        .astype({"shop": "int64", "spend": "float64"})
    )
    frame.loc[1, "spend"] = np.nan
    scored = load(rows, made).predict(frame)
    assert scored["prediction"].isna().tolist() == [False, True, False]


@pytest.mark.parametrize("limit", ["0", "-1", "2"])
def test_any_number_of_records_a_batch(spark, limit):
    key = "spark.sql.execution.arrow.maxRecordsPerBatch"
    before = spark.conf.get(key)
    spark.conf.set(key, limit)
    try:
        made = create(spark, "SELECT * FROM strange_rows", "HANDLE_INVALID = 'skip'")
        assert made.stores == 4
        spark.sql("SELECT * FROM model_evaluate(strange, SELECT * FROM strange_rows)").collect()
        single = "OPTIONS (MODEL_TYPE = 'kmeans', HANDLE_INVALID = 'skip') AS SELECT spend FROM"
        spark.sql(f"CREATE OR REPLACE MODEL narrow {single} strange_rows")
    finally:
        spark.conf.set(key, before)
    spark.sql("DROP MODEL narrow")


@pytest.mark.parametrize(
    "option",
    [
        "SEED = -1",
        "GLOBAL_SEED = -1",
        "SEED = 99999999999999999999",
        "MIN_CLUSTER_SIZE = 2",
        "CONTAMINATION = 0.7",
        "SCALING = 'minmax'",
        "AGGREGATION = 'median'",
        "LOG1P_COLS = array('no_such')",
        "ALGORITHM_PARAMS = '{\"n_init\": 2}'",
        "CHECKPOINT_DIR = '/proc/nothing'",
        "WEIGHTED = 'maybe'",
        "NUM_CLUSTERS = 0",
        "NUM_CLUSTERS = 1.5",
        "GLOBAL_NUM_CLUSTERS = 0",
        "HANDLE_INVALID = 'keep'",
        "STORE_COL = 'shop'",
        "PREDICTION_COL = 'p'",
    ],
)
def test_an_option_is_refused_by_the_name_that_was_written(spark, option):
    valid = "SELECT * FROM strange_rows WHERE spend < 1000 AND orders IS NOT NULL"
    with pytest.raises(AnalysisException) as error:
        spark.sql(
            "CREATE FEDERATED MODEL refused PARTITION BY shop "
            f"OPTIONS (MODEL_TYPE = 'kmeans', {option}) AS {valid}"
        )
    assert option.split()[0] in str(error.value)
    assert not registry(spark).exists("refused")


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("CREATE FEDERATED MODEL `a/b` PARTITION BY shop {options}", "'a/b' cannot name a model"),
        ("CREATE MODEL `a/b` {options}", "'a/b' cannot name a model"),
        (
            "CREATE FEDERATED MODEL refused PARTITION BY shop "
            "TRANSFORM (vector_assembler(spend, Spend) f) {options}",
            "is named twice among the features",
        ),
        (
            "CREATE FEDERATED MODEL refused PARTITION BY shop OPTIONS (MODEL_TYPE = "
            "'sklearn.cluster.KMeans', ALGORITHM_PARAMS = '{{\"n_init\": -1}}')",
            "ALGORITHM_PARAMS: The 'n_init' parameter of KMeans must be .* Got -1 instead",
        ),
    ],
)
def test_a_statement_is_refused_before_it_reads_a_row(spark, statement, says):
    text = statement.format(options="OPTIONS (MODEL_TYPE = 'kmeans')")
    broken = "SELECT shop, spend, raise_error('a row was read') AS x FROM strange_rows"
    with pytest.raises(AnalysisException, match=says):
        spark.sql(f"{text} AS SELECT shop, spend FROM ({broken}) WHERE x IS NULL")


def test_options_of_an_update_stand_in_place_of_all(spark):
    valid = "SELECT * FROM strange_rows WHERE spend < 1000 AND orders IS NOT NULL"
    create(spark, valid)
    with pytest.raises(AnalysisException, match=r"no MODEL_TYPE.*'NUM_CLUSTERS': 2"):
        spark.sql(f"UPDATE MODEL strange OPTIONS (NUM_CLUSTERS = 3) AS {valid}")
    of_numbers = valid.replace("*", "length(shop) AS shop, spend, orders")
    with pytest.raises(AnalysisException, match=r"store shop string .* store shop int"):
        spark.sql(f"UPDATE MODEL strange OPTIONS (INCREMENTAL = TRUE) AS {of_numbers}")


def test_a_store_too_small_to_release_does_not_move_the_threshold(spark):
    valid = "SELECT shop, spend, orders FROM strange_rows WHERE spend < 1000 AND orders > 0"
    thresholds = []
    for more in ("", " UNION ALL SELECT 'one', 777D, 12"):
        query = f"SELECT * FROM ({valid}{more})"
        create(spark, query, "CONTAMINATION = 0.01, SCALING = 'none'")
        thresholds.append(catalog.load(spark, registry(spark).get("strange")).data.threshold)
    assert thresholds[0] == thresholds[1]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("SELECT * FROM strange_rows WHERE false", "no row"),
        ("SELECT * FROM strange_rows LIMIT 1", "too_small|too few|No store"),
        ("SELECT shop, DOUBLE(NULL) AS x FROM strange_rows", "x"),
        ("DROP TABLE strange_rows", "DROP"),
        ("INSERT INTO strange_rows SELECT 'a', 1D, 1", "INSERT"),
        ("CACHE TABLE strange_rows", "CACHE"),
        (
            "SELECT shop, spend * 1e300 AS x FROM strange_rows WHERE spend < 1000",
            "overflow.* The squares of the features .* by LOG1P_COLS",
        ),
        (
            "SELECT shop, IF(spend < 9, array(spend), array(spend, spend)) AS x FROM strange_rows "
            "WHERE spend < 1000",
            "elements of an array of another length.*leave such rows out: 'skip' for HANDLE_INV",
        ),
        ("SELECT shop, 1D AS prediction FROM strange_rows", "'prediction' has the name of an out"),
    ],
)
def test_what_cannot_be_trained_on_is_said_and_nothing_runs(spark, query, says):
    before = spark.sql("SELECT count(*) FROM strange_rows").first()[0]
    with pytest.raises(AnalysisException, match=says):
        create(spark, query)
    assert spark.sql("SELECT count(*) FROM strange_rows").first()[0] == before
