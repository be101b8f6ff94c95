"""What is said of rows that an estimator does not take: models/training."""

from __future__ import annotations

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
            "OPTIONS (MODEL_TYPE = 'random_forest_classifier', LABEL_COL = 'label') "
            "AS SELECT id * 1.0 x, string(id) town, id % 2 label FROM range(50)"
        )
    spark.conf.unset("spark.sparkfl.trackingUri")
    told = str(caught.value)
    assert "MAX_BINS (= 32)" in told
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
