"""What is said of rows that an estimator does not take: models/training."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession

from sparkfl.models.training import train


def test_a_feature_that_mllib_numbers_is_named(spark: SparkSession, tracking_uri: str) -> None:
    spark.conf.set("spark.sparkfl.trackingUri", tracking_uri)
    with pytest.raises(AnalysisException) as caught:
        spark.sql(
            "CREATE MODEL m TRANSFORM (string_indexer(town) town_number, "
            "vector_assembler(array(x, town_number)) f) "
            "OPTIONS (MODEL_TYPE = 'random_forest_classifier', LABEL_COL = 'label', MAX_BINS = 9) "
            "AS SELECT id * 1.0 x, string(id) town, id % 2 label FROM range(50)"
        )
    spark.conf.unset("spark.sparkfl.trackingUri")
    told = str(caught.value)
    assert "MAX_BINS (= 9)" in told
    assert "categorical feature town_number has 50 values" in told


def test_a_label_of_quantities_is_no_class(spark: SparkSession, tracking_uri: str) -> None:
    spark.conf.set("spark.sparkfl.trackingUri", tracking_uri)
    options = "OPTIONS (MODEL_TYPE = 'random_forest_classifier', LABEL = 'label', NUM_TREES = 1)"
    rows = "SELECT id x, {} label FROM range(8)"
    with pytest.raises(
        AnalysisException, match=r"label has values such as 0\.5, .* cast them to S"
    ):
        spark.sql(f"CREATE MODEL m {options} AS {rows.format('id % 3 / 2')}")
    spark.sql(f"CREATE MODEL m {options} AS {rows.format('string(id % 3 / 2)')}")
    spark.conf.unset("spark.sparkfl.trackingUri")


def test_small_data_in_many_partitions_is_put_together(spark: SparkSession) -> None:
    rows = spark.range(1000).selectExpr("id % 10 * 1.0 AS x", "id * 1.0 AS y").repartition(20)
    jobs = spark.sparkContext.statusTracker()
    spark.sparkContext.setJobGroup("few", "train")
    train(rows, {"MODEL_TYPE": "kmeans", "NUM_CLUSTERS": 2, "SEED": 1}, None)
    stages = [
        jobs.getStageInfo(s)
        for j in jobs.getJobIdsForGroup("few")
        for s in jobs.getJobInfo(j).stageIds
    ]
    tasks = [stage.numTasks for stage in stages if stage]
    assert len([n for n in tasks if n == 2]) > 2 * len([n for n in tasks if n == 20])


@pytest.fixture
def blank(spark: SparkSession, tracking_uri: str) -> Iterator[SparkSession]:
    spark.conf.set("spark.sparkfl.trackingUri", tracking_uri)
    yield spark
    spark.conf.unset("spark.sparkfl.trackingUri")


KMEANS = "MODEL_TYPE = 'kmeans', NUM_CLUSTERS = 2, SEED = 1"


def test_means_take_the_place_of_nothing_unless_it_is_said_what_does(blank: SparkSession) -> None:
    rows = (
        "SELECT * FROM VALUES (0D, 0D), (1D, 1D), (100D, 100D), (101D, 100D), (NULL, 100D), "
        "(double('nan'), 0D), (double('inf'), 0D) AS t(a, b)"
    )
    create = "CREATE OR REPLACE MODEL m OPTIONS ({}) AS {}"
    scored = f"SELECT count(prediction) FROM model_predict(m, latest, {rows})"
    blank.sql(create.format(KMEANS, rows))
    assert blank.sql(scored).first() == (7,)
    with pytest.raises(AnalysisException, match="a: 3 of 7 rows"):
        blank.sql(create.format(f"{KMEANS}, HANDLE_INVALID = 'error'", rows))
    blank.sql(create.format(f"{KMEANS}, HANDLE_INVALID = 'skip'", rows))
    assert blank.sql(scored).first() == (4,)
    centres = blank.sql("SELECT numerical_value FROM model_centroids(m) WHERE feature = 'a'")
    assert sorted(row[0] for row in centres.collect()) == [0.5, 100.5]


@pytest.mark.parametrize("name", ["kmeans", "gaussian_mixture"])
def test_values_whose_squares_overflow_are_refused(blank: SparkSession, name: str) -> None:
    with pytest.raises(AnalysisException, match=r"squares of a up to 9e\+160 are no finite"):
        blank.sql(
            f"CREATE MODEL m OPTIONS (MODEL_TYPE = '{name}', NUM_CLUSTERS = 2) "
            "AS SELECT id * 1e160 a, id b FROM range(10)"
        )


def test_weights_that_are_all_zero_are_refused(blank: SparkSession) -> None:
    with pytest.raises(AnalysisException, match="WEIGHT_COL = 'w' is 0 in every row"):
        blank.sql(
            f"CREATE MODEL m OPTIONS ({KMEANS}, WEIGHT_COL = 'w') "
            "AS SELECT id a, 0 w FROM range(10)"
        )


def test_what_a_transformer_cannot_do_is_said_of_it(blank: SparkSession) -> None:
    for call, told in {
        "vector_slicer(v, array(5))": r"vector_slicer\(…\) does not go with .*index 5 invalid",
        "vector_slicer(v, array(0, 0))": r"vector_slicer\(…\) .*: INDICES given invalid value",
    }.items():
        with pytest.raises(AnalysisException, match=told):
            blank.sql(
                f"CREATE MODEL m TRANSFORM ({call} f) OPTIONS ({KMEANS}) "
                "AS SELECT array(id, id) v FROM range(9)"
            )
